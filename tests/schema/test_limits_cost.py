"""The cost of an operation: the number of values its answer may contain, by its page sizes."""

import pytest

PAGE = "edges { cursor node { id amount refunds { id status } } }"
OF_EACH = 1 + 1 + 2 + 1 + 3 * 2
"""The cursor, the node, two values, the list of refunds, and two values of three."""


def ask_for_cost(client, query, **variables):
    return client.ask_for_answer(query, **variables)["extensions"]["cost"]["requested"]


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("{ __typename }", {}, 1),
        ("{ paymentsConfig { publishableKey currencies { code } } }", {}, 1 + 1 + 1 + 3),
        ("{ paymentIntents { totalCount pageInfo { endCursor } } }", {}, 1 + 500 + 1 + 1),
        ("{ paymentIntents { hasMoreThanTotalCount } }", {}, 1 + 500),
        (f"{{ paymentIntents(first: 1) {{ {PAGE} }} }}", {}, 2 + OF_EACH),
        (f"{{ paymentIntents(first: 10) {{ {PAGE} }} }}", {}, 2 + 10 * OF_EACH),
        ("{ paymentIntents(first: 10) { edges { cursor } } }", {}, 2 + 10),
        ("{ paymentIntents(last: 10) { edges { cursor } } }", {}, 2 + 10),
        ("{ paymentIntents { edges { cursor } } }", {}, 2 + 20),
        ("{ paymentIntents(first: 10) { nodes { id } } }", {}, 2 + 10),
        ("{ paymentIntents { nodes { id } } }", {}, 2 + 20),
        (
            "{ paymentIntents(first: 10) { nodes { refunds { id } } } }",
            {},
            2 + 10 * (1 + 3),
        ),
        ("{ paymentIntents(first: null) { edges { cursor } } }", {}, 2 + 20),
        ("query($n: Int) { paymentIntents(first: $n) { edges { cursor } } }", {"n": 7}, 2 + 7),
        ("query($n: Int) { paymentIntents(first: $n) { edges { cursor } } }", {}, 2 + 20),
        ("query($n: Int = 3) { paymentIntents(first: $n) { edges { cursor } } }", {}, 2 + 3),
        (
            (
                "{ paymentIntents(first: 10) { edges { ...E } } } "
                "fragment E on PaymentIntentEdge { ... { cursor } ... @skip(if: true) { cursor } }"
            ),
            {},
            2 + 20,
        ),
        ("{ a: __typename b: __typename @skip(if: true) }", {}, 2),
    ],
)
def test_the_cost_is_that_of_the_pages(as_alice, query, variables, cost):
    assert ask_for_cost(as_alice, query, **variables) == cost


@pytest.mark.parametrize("size", [0, -1, 101, 10**6, 2**31 - 1])
def test_a_page_that_is_none_is_refused_for_that(as_alice, size):
    query = f"{{ paymentIntents(first: {size}) {{ edges {{ cursor }} }} }}"
    assert as_alice.ask_for_error(query)["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(("size", "counted"), [(0, 1), (-5, 1), (10**9, 100), (50.0, 50)])
def test_no_page_size_makes_an_operation_cheaper_than_it_is(as_alice, size, counted):
    query = "query($n: Int) { paymentIntents(first: $n) { edges { cursor } } }"
    assert ask_for_cost(as_alice, query, n=size) == 2 + counted


@pytest.mark.parametrize("size", ["x", 1.5, [1], {"a": 1}, 2**40, True])
def test_a_page_size_of_another_kind_is_a_coercion_error(as_alice, size):
    query = "query($n: Int) { paymentIntents(first: $n) { edges { cursor } } }"
    error = as_alice.ask_for_error(query, n=size)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


def test_the_cost_has_a_maximum(as_alice, settings):
    query = "{ paymentIntents(first: 10) { edges { cursor } } }"
    settings.PAYMENTS_GRAPHQL_MAX_COST = 12
    answer = as_alice.ask_for_answer(query)
    assert answer["extensions"] == {"cost": {"requested": 12, "maximum": 12}}
    assert answer["data"] == {"paymentIntents": {"edges": []}}

    settings.PAYMENTS_GRAPHQL_MAX_COST = 11
    answer = as_alice.ask_for_answer(query)
    assert answer["extensions"] == {"cost": {"requested": 12, "maximum": 11}}
    assert "data" not in answer
    [error] = answer["errors"]
    assert error["extensions"] == {
        "code": "LIMIT_EXCEEDED", "limit": "cost", "maximum": 11, "requested": 12
    }  # fmt: skip


def test_a_document_that_is_kept_costs_what_its_variables_say(as_alice):
    query = "query($n: Int) { paymentIntents(first: $n) { edges { cursor } } }"
    assert [ask_for_cost(as_alice, query, n=n) for n in (1, 50, 2)] == [3, 52, 4]


def test_a_page_of_all_that_a_payment_shows_may_be_asked_for(as_alice):
    query = """{ paymentIntents(first: 100) { pageInfo { endCursor hasNextPage } edges { node {
      id stripePaymentIntentId livemode version status amount amountReceived amountCapturable
      amountRefunded amountRefundable currency description captureMethod captureBefore
      receiptEmail receiptUrl createdAt updatedAt metadata { key value }
      paymentMethod { id brand last4 expMonth expYear isExpired isDefault }
      booking { id reference description amount amountDue }
      refunds { id status amount currency createdAt reason }
    } } } }"""
    assert as_alice.ask(query) == {
        "paymentIntents": {"pageInfo": {"endCursor": None, "hasNextPage": False}, "edges": []}
    }


def test_introspection_is_dear(as_nobody, settings):
    settings.PAYMENTS_GRAPHQL_INTROSPECTION = True
    one = "{ __schema { queryType { name } } }"
    assert 1000 < ask_for_cost(as_nobody, one) <= 10_000
    three = (
        "{ a: __schema { description } b: __schema { description } c: __schema { description } }"
    )
    assert as_nobody.ask_for_error(three)["extensions"]["limit"] == "cost"


def test_a_request_that_was_not_valid_has_no_cost(as_nobody):
    assert "extensions" not in as_nobody.ask_for_answer("{ nothing }")
