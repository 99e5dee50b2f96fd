"""The site's own GraphQL schema. See docs/merging.md."""

from django.core import checks
from django.utils.module_loading import import_string

from .messages import TAG, get_value, make_error


@checks.register(TAG)
def check_graphql_schema(**_: object) -> list[checks.CheckMessage]:
    path = get_value("PAYMENTS_GRAPHQL_SCHEMA", "")
    if not path or not isinstance(path, str):
        return []
    hint = 'Set it to the dotted path of a strawberry.Schema, such as "mysite.schema.schema".'
    try:
        schema = import_string(path)
    except (ImportError, AttributeError) as error:
        return [make_error(61, f"PAYMENTS_GRAPHQL_SCHEMA cannot be imported: {error}.", hint)]
    if callable(getattr(schema, "execute_sync", None)):
        return []
    return [make_error(61, f"PAYMENTS_GRAPHQL_SCHEMA {path!r} is not a schema.", hint)]
