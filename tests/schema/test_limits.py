"""Limits of a document: at each limit it is answered, one above it is refused."""

import pytest
from graphql import get_introspection_query, parse

from schema.engine import extensions
from schema.engine.documents import DocumentCache, count_tokens
from schema.engine.limits import INTROSPECTION_DEPTH

LEAF = "totalCount"


def ask(client, query, **variables):
    """The limit that the query exceeds. None if it is answered, or invalid for other reasons."""
    answer = client.ask_for_answer(query, **variables)
    if "errors" not in answer:
        return None
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED", answer
    assert str(error["extensions"]["maximum"]) in error["message"].replace("one", "1")
    return error["extensions"]["limit"]


@pytest.fixture(autouse=True)
def no_known_documents():
    extensions.valid_documents.clear()


def test_tokens(as_nobody, settings):
    settings.PAYMENTS_GRAPHQL_MAX_TOKENS = 10
    assert as_nobody.ask("{ " + "__typename " * 8 + "}")
    error = as_nobody.ask_for_error("{ " + "__typename " * 9 + "}")
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    assert "more than 10 tokens" in error["message"]


def test_comments(as_nobody, settings):
    settings.PAYMENTS_GRAPHQL_MAX_TOKENS = 10
    assert as_nobody.ask("#\n" * 10 + "{ __typename }")
    error = as_nobody.ask_for_error("#\n" * 11 + "{ __typename }")
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


def test_depth(as_alice, settings):
    query = "{ paymentIntents { edges { node { booking { id } } } } }"
    settings.PAYMENTS_GRAPHQL_MAX_DEPTH = 5
    assert ask(as_alice, query) is None
    settings.PAYMENTS_GRAPHQL_MAX_DEPTH = 4
    assert ask(as_alice, query) == "depth"


@pytest.mark.parametrize(
    "query",
    [
        (
            "{ paymentIntents { ...A } } fragment A on PaymentIntentConnection { edges { ...B } } "
            "fragment B on PaymentIntentEdge { node { booking { id } } }"
        ),
        (
            "{ ... { paymentIntents { ... on PaymentIntentConnection { edges { ...B } } } } } "
            "fragment B on PaymentIntentEdge { node { ... { ...C } } } "
            "fragment C on PaymentIntent { booking { id } }"
        ),
        (
            "fragment C on PaymentIntent { booking { ... { id } } } "
            "{ paymentIntents { edges { node { id ...C } } } }"
        ),
    ],
)
def test_depth_through_fragments(as_alice, settings, query):
    settings.PAYMENTS_GRAPHQL_MAX_DEPTH = 5
    assert ask(as_alice, query) is None
    settings.PAYMENTS_GRAPHQL_MAX_DEPTH = 4
    assert ask(as_alice, query) == "depth"


def test_depth_of_introspection(as_nobody, settings):
    settings.PAYMENTS_GRAPHQL_INTROSPECTION = True
    settings.PAYMENTS_GRAPHQL_MAX_DEPTH = 3

    def nest(count):
        return '{ __type(name: "Query") { ' + "ofType { " * count + "name " + "} " * count + "} }"

    assert ask(as_nobody, nest(INTROSPECTION_DEPTH - 1)) is None
    assert ask(as_nobody, nest(INTROSPECTION_DEPTH)) == "depth"


def test_the_whole_schema_can_be_asked_for_where_introspection_is_on(as_nobody, settings):
    settings.PAYMENTS_GRAPHQL_INTROSPECTION = True
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True
    )
    answer = as_nobody.ask(query)
    assert answer["__schema"]["queryType"]["name"] == "Query"


def test_fields(as_nobody, settings):
    settings.PAYMENTS_GRAPHQL_MAX_FIELDS = 6
    fragment = "fragment F on Query { __typename __typename }"
    assert ask(as_nobody, "{ ...F ...F } " + fragment) is None
    assert ask(as_nobody, "{ ...F ...F __typename } " + fragment) == "fields"


def test_fields_of_fragments_that_spread_one_another_many_times(as_nobody):
    fragments = "".join(
        f"fragment F{number} on Query {{ ...F{number + 1} ...F{number + 1} }} "
        for number in range(100)
    )
    query = f"{{ ...F0 }} {fragments} fragment F100 on Query {{ __typename }}"
    assert ask(as_nobody, query) == "fields"


def test_fields_of_all_operations_of_a_document(as_nobody, settings):
    settings.PAYMENTS_GRAPHQL_MAX_FIELDS = 4
    document = "query A { __typename __typename } query B { __typename __typename }"
    body = {"query": document, "operationName": "A"}
    assert "errors" not in as_nobody.post(body).json()
    settings.PAYMENTS_GRAPHQL_MAX_FIELDS = 3
    assert as_nobody.post(body).json()["errors"][0]["extensions"]["limit"] == "fields"


def test_aliases(as_nobody, settings):
    settings.PAYMENTS_GRAPHQL_MAX_ALIASES = 4
    assert ask(as_nobody, "{ a: __typename b: __typename c: __typename d: __typename }") is None
    fragment = "fragment F on Query { a: __typename b: __typename }"
    assert ask(as_nobody, f"{{ ...F ...F }} {fragment}") is None
    assert ask(as_nobody, f"{{ ...F ...F e: __typename }} {fragment}") == "aliases"


def test_directives(as_nobody, settings):
    settings.PAYMENTS_GRAPHQL_MAX_DIRECTIVES = 4
    query = """query($on: Boolean = true) {
      __typename @include(if: $on) @skip(if: false)
      ... @include(if: $on) { __typename }
      ...F @include(if: $on)
    } fragment F on Query { __typename %s }"""
    assert ask(as_nobody, query % "") is None
    assert ask(as_nobody, query % "@skip(if: false)") == "directives"


@pytest.mark.parametrize(
    "query",
    [
        "query { __typename %s }",
        "query %s { __typename }",
        "query($a: Int %s) { __typename }",
        "{ ... %s { __typename } }",
        "{ ...F %s } fragment F on Query { __typename }",
        "{ ...F } fragment F on Query %s { __typename }",
    ],
)
def test_directives_in_one_place(as_nobody, settings, query):
    settings.PAYMENTS_GRAPHQL_MAX_DIRECTIVES_PER_NODE = 2
    answer = as_nobody.ask_for_answer(query % "@a @b")
    codes = {error["extensions"]["code"] for error in answer["errors"]}
    assert codes == {"GRAPHQL_VALIDATION_FAILED"}
    assert ask(as_nobody, query % "@a @b @c") == "directivesPerNode"


def test_repeats(as_nobody, settings):
    settings.PAYMENTS_GRAPHQL_MAX_REPEATS = 3
    fragment = "fragment F on Query { __typename }"
    assert ask(as_nobody, f"{{ __typename ...F ... {{ __typename }} }} {fragment}") is None
    query = f"{{ __typename ...F ... {{ __typename }} __typename }} {fragment}"
    assert ask(as_nobody, query) == "repeats"


def test_repeats_below_fields_that_become_one(as_alice, settings):
    settings.PAYMENTS_GRAPHQL_MAX_REPEATS = 4
    twice = "bookings { totalCount totalCount }"
    assert ask(as_alice, f"{{ {twice} {twice} }}") is None
    assert ask(as_alice, f"{{ {twice} {twice} bookings {{ totalCount }} }}") == "repeats"


def test_fields_of_different_places_are_no_repeats(as_alice, settings):
    settings.PAYMENTS_GRAPHQL_MAX_REPEATS = 1
    assert ask(as_alice, "{ bookings { totalCount } refunds { totalCount } }") is None


CANCEL = 'cancelPaymentIntent(input: {paymentIntentId: "x"}) { errors { code } }'
REFUND = 'createRefund(input: {idempotencyKey: "k", paymentIntentId: "x"}) { errors { code } }'


@pytest.mark.parametrize(
    "mutation",
    [
        f"mutation {{ {CANCEL} {REFUND} }}",
        f"mutation {{ {CANCEL} {CANCEL} }}",
        f"mutation {{ a: {CANCEL} b: {CANCEL} }}",
        f"mutation {{ {CANCEL} ... {{ {REFUND} }} }}",
        (
            f"mutation {{ ...A ...B }} fragment A on Mutation {{ {CANCEL} }} "
            f"fragment B on Mutation {{ ... on Mutation {{ {REFUND} }} }}"
        ),
        f"mutation {{ ...A ...A }} fragment A on Mutation {{ a: {CANCEL} }}",
        f"mutation {{ {CANCEL} ... @include(if: false) {{ {REFUND} }} }}",
        f"mutation {{ {CANCEL} ... @skip(if: true) {{ {REFUND} }} }}",
    ],
)
def test_one_mutation(as_alice, mutation):
    assert ask(as_alice, mutation) == "mutations"


@pytest.mark.parametrize(
    "mutation",
    [
        f"mutation {{ {CANCEL} }}",
        f"mutation {{ __typename {CANCEL} }}",
        f"mutation {{ ...A }} fragment A on Mutation {{ ... {{ {CANCEL} }} }}",
    ],
)
def test_one_mutation_is_answered(as_alice, mutation):
    payload = as_alice.ask(mutation)["cancelPaymentIntent"]
    assert payload["errors"] == [{"code": "NOT_FOUND"}]


def test_one_of_several_mutations_by_its_name(as_alice):
    document = f"mutation A {{ {CANCEL} }} mutation B {{ {CANCEL} }}"
    assert "data" in as_alice.post({"query": document, "operationName": "B"}).json()
    [error] = as_alice.post({"query": document}).json()["errors"]
    assert "operationName" in error["message"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ ...A } fragment A on Query { ...A }", "within itself"),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "within itself"),
        ("{ __typename } fragment A on Query { ...B } fragment B on Query { ...A }", "itself"),
        ("{ __typename } fragment A on Query { __typename }", "never used"),
        ("{ ...A } " + "fragment A on Query { __typename } " * 2, "only one fragment"),
        ("{ ...A }", "Unknown fragment"),
    ],
)
def test_fragments_that_cannot_be_are_invalid(as_nobody, query, said):
    error = as_nobody.ask_for_error(query)
    assert said in error["message"]
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_page_size(as_alice, settings):
    settings.PAYMENTS_GRAPHQL_MAX_PAGE = 50
    for argument in ("first", "last"):
        assert as_alice.ask(f"{{ bookings({argument}: 50) {{ totalCount }} }}")
        error = as_alice.ask_for_error(f"{{ bookings({argument}: 51) {{ totalCount }} }}")
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert "between 1 and 50" in error["message"]


def test_a_valid_document_is_kept(as_nobody):
    for _ in range(3):
        as_nobody.ask("{ __typename }")
    assert len(extensions.valid_documents) == 1


@pytest.mark.parametrize("query", ["{", "{ nothing }", "{ a: nothing " + "b: nothing " * 50 + "}"])
def test_what_is_refused_is_not_kept(as_nobody, query):
    as_nobody.ask_for_answer(query)
    assert len(extensions.valid_documents) == 0


def test_a_kept_document_is_bound_by_limits_that_were_lowered(as_nobody, settings):
    query = "{ a: __typename b: __typename }"
    assert ask(as_nobody, query) is None
    settings.PAYMENTS_GRAPHQL_MAX_ALIASES = 1
    assert ask(as_nobody, query) == "aliases"


def test_the_least_recently_used_documents_go_when_there_are_too_many():
    cache = DocumentCache(most_documents=2, most_tokens=1000)
    document = parse("{ a }")
    cache.put("first", document)
    cache.put("second", document)
    assert cache.get("first") is document
    cache.put("third", document)
    assert cache.get("second") is None
    assert cache.get("first") is document
    assert len(cache) == 2


def test_documents_go_when_they_are_too_long_together():
    cache = DocumentCache(most_documents=100, most_tokens=20)
    for number in range(10):
        cache.put(number, parse("{ a b c d e }"))
        cache.put(number, parse("{ a b c d e }"))
    assert len(cache) == 2
    assert cache.tokens == 2 * count_tokens(parse("{ a b c d e }"))
    cache.put("long", parse("{ " + "a " * 100 + "}"))
    assert len(cache) == 0
    assert cache.tokens == 0
