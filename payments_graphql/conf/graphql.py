"""The API and its limits."""

from django.conf import settings

from .reading import get


class GraphQLSettings:
    """GraphQL"""

    @property
    def PAYMENTS_GRAPHIQL(self) -> bool:
        """Whether to serve GraphiQL at the API's address. Outside of development it requires
        signing in, at `LOGIN_URL`."""
        return bool(get("PAYMENTS_GRAPHIQL", settings.DEBUG))

    @property
    def PAYMENTS_GRAPHQL_SCHEMA(self) -> str:
        """Dotted path of the site's own schema, if it includes our types. Empty: our schema."""
        return str(get("PAYMENTS_GRAPHQL_SCHEMA", ""))

    @property
    def PAYMENTS_GRAPHQL_INTROSPECTION(self) -> bool:
        """Whether clients may query `__schema` and `__type`. By default only with DEBUG."""
        return bool(get("PAYMENTS_GRAPHQL_INTROSPECTION", settings.DEBUG))

    @property
    def PAYMENTS_GRAPHQL_SUGGESTIONS(self) -> bool:
        """Whether errors suggest names ("Did you mean ...?"). By default only with DEBUG."""
        return bool(get("PAYMENTS_GRAPHQL_SUGGESTIONS", settings.DEBUG))

    @property
    def PAYMENTS_GRAPHQL_MAX_BODY(self) -> int:
        """The maximum size of a request's body or query string, in bytes.

        Raise it to submit long dispute evidence, which may have up to 150,000 characters.
        """
        return int(get("PAYMENTS_GRAPHQL_MAX_BODY", 65_536))

    @property
    def PAYMENTS_GRAPHQL_MAX_TOKENS(self) -> int:
        """The maximum number of tokens in a document, and of comments. Introspection uses about
        200 tokens."""
        return int(get("PAYMENTS_GRAPHQL_MAX_TOKENS", 2000))

    @property
    def PAYMENTS_GRAPHQL_MAX_DEPTH(self) -> int:
        """The maximum nesting of fields, including fragments. Introspection has its own limit."""
        return int(get("PAYMENTS_GRAPHQL_MAX_DEPTH", 12))

    @property
    def PAYMENTS_GRAPHQL_MAX_FIELDS(self) -> int:
        """The maximum number of fields and fragments in a document. A fragment counts each time it
        is spread."""
        return int(get("PAYMENTS_GRAPHQL_MAX_FIELDS", 1000))

    @property
    def PAYMENTS_GRAPHQL_MAX_ALIASES(self) -> int:
        """The maximum number of aliases in an operation. Those of a fragment count each time it is
        spread."""
        return int(get("PAYMENTS_GRAPHQL_MAX_ALIASES", 30))

    @property
    def PAYMENTS_GRAPHQL_MAX_REPEATS(self) -> int:
        """How often a field may be selected in the same place, directly or through fragments."""
        return int(get("PAYMENTS_GRAPHQL_MAX_REPEATS", 30))

    @property
    def PAYMENTS_GRAPHQL_MAX_DIRECTIVES(self) -> int:
        """The maximum number of directives in a document."""
        return int(get("PAYMENTS_GRAPHQL_MAX_DIRECTIVES", 50))

    @property
    def PAYMENTS_GRAPHQL_MAX_DIRECTIVES_PER_NODE(self) -> int:
        """The maximum number of directives on one field, fragment, variable or operation."""
        return int(get("PAYMENTS_GRAPHQL_MAX_DIRECTIVES_PER_NODE", 5))

    @property
    def PAYMENTS_GRAPHQL_MAX_PAGE(self) -> int:
        """The maximum of `first` and `last`."""
        return int(get("PAYMENTS_GRAPHQL_MAX_PAGE", 100))

    @property
    def PAYMENTS_GRAPHQL_MAX_COST(self) -> int:
        """The maximum number of values in an answer, computed from the requested page sizes.
        `extensions.cost` shows it."""
        return int(get("PAYMENTS_GRAPHQL_MAX_COST", 10_000))

    @property
    def PAYMENTS_GRAPHQL_MAX_ERRORS(self) -> int:
        """The maximum number of errors in an answer. A last error says how many were left out."""
        return int(get("PAYMENTS_GRAPHQL_MAX_ERRORS", 10))

    @property
    def PAYMENTS_GRAPHQL_PLANS(self) -> bool:
        """Whether queries are answered by plans that are made once per document, which is several
        times faster. False: by graphql-core alone."""
        return bool(get("PAYMENTS_GRAPHQL_PLANS", True))
