import pytest

from payments_graphql.log_redaction import RedactingFilter

QUERY = """
query($by: PaymentIntentBy!) {
  paymentIntent(by: $by) {
    __typename id stripePaymentIntentId status amount clientSecret nextAction { type }
  }
}
"""


@pytest.fixture
def unpaid(sandbox, service, alice):
    result = service.create_payment_intent(user=alice, amount="99.99", currency="USD")
    return result["payment_intent"]


def test_it_is_found_by_either_id(as_alice, unpaid, global_id):
    its_id = global_id("PaymentIntent", unpaid.pk)
    by_id = as_alice.ask(QUERY, by={"id": its_id})["paymentIntent"]
    by_stripe_id = as_alice.ask(QUERY, by={"stripeId": unpaid.stripe_payment_intent_id})

    assert by_id["id"] == its_id
    assert by_id["__typename"] == "PaymentIntent"
    assert by_stripe_id["paymentIntent"] == by_id


def test_its_client_secret_is_read_from_stripe_once(as_alice, unpaid, sandbox, global_id):
    its_id = global_id("PaymentIntent", unpaid.pk)
    answer = as_alice.ask(
        """query($by: PaymentIntentBy!) {
          first: paymentIntent(by: $by) { clientSecret }
          second: paymentIntent(by: $by) { clientSecret }
        }""",
        by={"id": its_id},
    )
    secret = answer["first"]["clientSecret"]
    assert secret.startswith(f"{unpaid.stripe_payment_intent_id}_secret_")
    assert answer["second"]["clientSecret"] == secret
    path = f"/v1/payment_intents/{unpaid.stripe_payment_intent_id}"
    assert len(sandbox.requests("GET", path)) == 1


def test_stripe_is_not_asked_when_nothing_of_it_is_selected(as_alice, unpaid, sandbox, global_id):
    as_alice.ask(
        "query($by: PaymentIntentBy!) { paymentIntent(by: $by) { status amount } }",
        by={"id": global_id("PaymentIntent", unpaid.pk)},
    )
    assert sandbox.requests("GET") == []


def test_client_secrets_of_two_payments_are_one_too_many(as_alice, alice, unpaid, service):
    other = service.create_payment_intent(user=alice, amount="5", currency="USD")["payment_intent"]
    answer = as_alice.ask_for_answer(
        """query($first: String, $second: String) {
          first: paymentIntent(by: {stripeId: $first}) { clientSecret }
          second: paymentIntent(by: {stripeId: $second}) { clientSecret }
        }""".replace("String,", "String!,").replace("String)", "String!)"),
        first=unpaid.stripe_payment_intent_id,
        second=other.stripe_payment_intent_id,
    )
    assert answer["data"]["first"]["clientSecret"]
    assert answer["data"]["second"]["clientSecret"] is None
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_paid_payment_has_no_client_secret(as_alice, alice, pay, global_id):
    paid = as_alice.ask(QUERY, by={"id": global_id("PaymentIntent", pay(alice).pk)})
    assert paid["paymentIntent"]["status"] == "SUCCEEDED"
    assert paid["paymentIntent"]["clientSecret"] is None


def test_no_cache_keeps_it_and_no_referrer_tells_of_it(as_alice, unpaid, global_id):
    variables = {"by": {"id": global_id("PaymentIntent", unpaid.pk)}}
    response = as_alice.post({"query": QUERY, "variables": variables})

    assert "_secret_" in response.json()["data"]["paymentIntent"]["clientSecret"]
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"


def test_nothing_of_the_client_secret_is_logged(as_alice, unpaid, global_id, caplog):
    # Like a site that debugs the Stripe SDK, which logs bodies: see `build_logging`.
    caplog.set_level("DEBUG")
    variables = {"by": {"id": global_id("PaymentIntent", unpaid.pk)}}
    with caplog.filtering(RedactingFilter()):
        secret = as_alice.ask(QUERY, **variables)["paymentIntent"]["clientSecret"]

    assert caplog.text
    assert secret.partition("_secret_")[2] not in caplog.text


def test_another_persons_is_as_if_it_did_not_exist(as_bob, as_sam, unpaid, global_id):
    for client in (as_bob, as_sam):
        for by in (
            {"id": global_id("PaymentIntent", unpaid.pk)},
            {"stripeId": unpaid.stripe_payment_intent_id},
        ):
            assert client.ask(QUERY, by=by) == {"paymentIntent": None}


@pytest.mark.parametrize(
    "by",
    [
        {"id": "nothing"},
        {"id": ""},
        {"id": "é"},
        {"id": "UGF5bWVudEludGVudDoAAA=="},
        {"id": "UGF5bWVudEludGVudDo="},
        {"id": 5},
        {"stripeId": ""},
        {"stripeId": "pi_nothing"},
        {"stripeId": "\0"},
    ],
)
def test_a_malformed_id_finds_nothing(as_alice, by):
    assert as_alice.ask(QUERY, by=by) == {"paymentIntent": None}


@pytest.mark.parametrize("by", [{}, {"id": "a", "stripeId": "b"}, {"id": None}])
def test_exactly_one_id_must_be_given(as_alice, by):
    assert as_alice.ask_for_error(QUERY, by=by)["extensions"]["code"] == "BAD_USER_INPUT"


def test_while_stripe_is_out_of_reach_the_rest_is_answered(as_alice, unpaid, sandbox, global_id):
    sandbox.stop()
    answer = as_alice.ask_for_answer(QUERY, by={"id": global_id("PaymentIntent", unpaid.pk)})

    assert answer["data"]["paymentIntent"]["amount"] == "99.99"
    [error] = answer["errors"]
    assert error["path"] == ["paymentIntent", "clientSecret"]
    assert error["extensions"] == {"code": "PROVIDER_ERROR", "retryable": True}
