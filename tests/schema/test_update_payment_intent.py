import pytest

from payments_graphql.models import Booking

SELECTION = """
    paymentIntent {
      status amount description receiptEmail metadata { key value } clientSecret version
    }
"""


@pytest.fixture
def unpaid(sandbox, service, alice):
    result = service.create_payment_intent(
        user=alice, amount="99.99", currency="USD", metadata={"room": "12", "floor": "3"}
    )
    return result["payment_intent"]


@pytest.fixture
def unpaid_booking(sandbox, service, alice, booking):
    return service.create_payment_intent(user=alice, booking=booking)["payment_intent"]


@pytest.fixture
def update(global_id):
    def update(client, intent, **input):
        given = {"paymentIntentId": global_id("PaymentIntent", intent.pk), **input}
        return client.mutate("updatePaymentIntent", given, SELECTION)

    return update


@pytest.fixture
def at_stripe(dashboard):
    def at_stripe(intent):
        return dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)

    return at_stripe


def count_calls(sandbox, intent):
    return len(sandbox.requests("POST", f"/v1/payment_intents/{intent.stripe_payment_intent_id}"))


def test_everything_that_can_be_changed_is_changed(as_alice, unpaid, update, at_stripe):
    payload = update(
        as_alice,
        unpaid,
        amount="120.50",
        description="Two nights more",
        receiptEmail="accounts@example.com",
        metadata=[{"key": "room", "value": "14"}, {"key": "view", "value": "sea"}],
        savePaymentMethod=True,
    )
    assert payload["errors"] == []
    shown = payload["paymentIntent"]
    assert (shown["amount"], shown["description"]) == ("120.50", "Two nights more")
    assert shown["receiptEmail"] == "accounts@example.com"
    assert {entry["key"]: entry["value"] for entry in shown["metadata"]} == {
        "room": "14",
        "floor": "3",
        "view": "sea",
    }
    assert shown["clientSecret"]
    stripe = at_stripe(unpaid)
    assert (stripe.amount, stripe.description) == (12050, "Two nights more")
    assert stripe.setup_future_usage == "off_session"
    assert stripe.metadata["payments_payment_intent"] == str(unpaid.pk)


def test_what_is_left_out_or_null_stays(as_alice, unpaid, update):
    payload = update(as_alice, unpaid, description="Suite", amount=None, receiptEmail=None)

    shown = payload["paymentIntent"]
    assert (shown["description"], shown["amount"]) == ("Suite", "99.99")
    assert shown["receiptEmail"] == "alice@example.com"
    assert len(shown["metadata"]) == 2


def test_what_is_empty_is_removed(as_alice, unpaid, update, at_stripe):
    update(as_alice, unpaid, description="Suite")
    payload = update(
        as_alice,
        unpaid,
        description="",
        receiptEmail="",
        metadata=[{"key": "room", "value": ""}],
    )
    assert payload["errors"] == []
    shown = payload["paymentIntent"]
    assert (shown["description"], shown["receiptEmail"]) == (None, None)
    assert shown["metadata"] == [{"key": "floor", "value": "3"}]
    assert not at_stripe(unpaid).description


def test_a_card_that_was_to_be_saved_no_longer_is(as_alice, unpaid, update, at_stripe):
    update(as_alice, unpaid, savePaymentMethod=True)
    payload = update(as_alice, unpaid, savePaymentMethod=False)

    assert payload["errors"] == []
    assert at_stripe(unpaid).setup_future_usage is None


def test_the_same_change_twice_is_no_error(as_alice, unpaid, update):
    first = update(as_alice, unpaid, amount="50")
    second = update(as_alice, unpaid, amount="50")

    assert (first["errors"], second["errors"]) == ([], [])
    assert first["paymentIntent"] == second["paymentIntent"]


def test_what_is_due_for_a_booking_can_be_asked_for(
    as_alice, unpaid_booking, booking, update, at_stripe
):
    Booking.objects.filter(pk=booking.pk).update(amount=12000)
    payload = update(as_alice, unpaid_booking, amount="120")

    assert payload["errors"] == []
    assert payload["paymentIntent"]["amount"] == "120.00"
    assert at_stripe(unpaid_booking).amount == 12000


def test_less_than_is_due_for_a_booking_needs_partial(as_alice, unpaid_booking, update, sandbox):
    refused = update(as_alice, unpaid_booking, amount="50")
    [error] = refused["errors"]
    assert (error["__typename"], error["code"]) == ("AmountError", "AMOUNT_MISMATCH")
    assert error["path"] == ["input", "amount"]
    assert (error["maximum"], error["currency"]) == ("99.99", "USD")
    assert refused["paymentIntent"]["amount"] == "99.99"
    assert count_calls(sandbox, unpaid_booking) == 0

    payload = update(as_alice, unpaid_booking, amount="50", partial=True)
    assert payload["errors"] == []
    assert payload["paymentIntent"]["amount"] == "50.00"


def test_more_than_is_due_for_a_booking_is_refused(as_alice, unpaid_booking, update):
    payload = update(as_alice, unpaid_booking, amount="100", partial=True)

    assert payload["errors"][0]["code"] == "AMOUNT_MISMATCH"
    assert payload["paymentIntent"]["amount"] == "99.99"


def test_without_a_booking_the_client_names_no_price_unless_the_site_lets_it(
    as_alice, unpaid, update, sandbox, settings
):
    settings.PAYMENTS_ALLOW_FREE_AMOUNT = False
    payload = update(as_alice, unpaid, amount="1")

    assert payload["errors"][0]["__typename"] == "ValidationError"
    assert payload["errors"][0]["path"] == ["input", "amount"]
    assert payload["paymentIntent"]["amount"] == "99.99"
    assert count_calls(sandbox, unpaid) == 0
    assert update(as_alice, unpaid, description="Suite")["errors"] == []


def test_a_booking_names_the_price_where_clients_do_not(as_alice, unpaid_booking, update, settings):
    settings.PAYMENTS_ALLOW_FREE_AMOUNT = False
    payload = update(as_alice, unpaid_booking, amount="10", partial=True)
    assert payload["paymentIntent"]["amount"] == "10.00"


@pytest.mark.parametrize(
    ("input", "path"),
    [
        ({"amount": "NaN"}, "amount"),
        ({"amount": "Infinity"}, "amount"),
        ({"amount": "1e400"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "10.999"}, "amount"),
        ({"amount": "0.01"}, "amount"),
        ({"description": "d" * 1001}, "description"),
        ({"description": "\0"}, "description"),
        ({"receiptEmail": "nobody"}, "receiptEmail"),
        ({"metadata": [{"key": "", "value": "a"}]}, "metadata"),
        ({"metadata": [{"key": "k" * 41, "value": "a"}]}, "metadata"),
        ({"metadata": [{"key": "a", "value": "v" * 501}]}, "metadata"),
        ({"metadata": [{"key": "payments_operation", "value": "mine"}]}, "metadata"),
        ({"metadata": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, "metadata"),
        ({"metadata": [{"key": f"k{number}", "value": "v"} for number in range(41)]}, "metadata"),
    ],
)
def test_bad_input_is_an_error_that_names_the_field(as_alice, unpaid, update, input, path):
    payload = update(as_alice, unpaid, **input)

    assert payload["errors"][0]["path"] == ["input", path]
    shown = payload["paymentIntent"]
    assert shown is None or (shown["amount"], len(shown["metadata"])) == ("99.99", 2)


@pytest.mark.parametrize("input", [{}, {"metadata": []}, {"partial": True}])
def test_nothing_to_change_is_an_error(as_alice, unpaid, update, sandbox, input):
    payload = update(as_alice, unpaid, **input)

    assert payload["errors"][0]["__typename"] == "ValidationError"
    assert count_calls(sandbox, unpaid) == 0


def test_a_paid_payment_stays_as_it_is(as_alice, alice, pay, update, sandbox):
    paid = pay(alice)
    payload = update(as_alice, paid, description="Suite")

    [error] = payload["errors"]
    assert (error["__typename"], error["currentStatus"]) == ("InvalidStateError", "SUCCEEDED")
    assert error["path"] == ["input", "paymentIntentId"]
    assert "REQUIRES_PAYMENT_METHOD" in error["allowed"]
    assert payload["paymentIntent"]["description"] is None
    assert count_calls(sandbox, paid) == 0


def test_another_persons_payment_is_as_if_it_did_not_exist(as_bob, unpaid, update, sandbox):
    foreign = update(as_bob, unpaid, amount="1")
    assert foreign == update(as_bob, unpaid, amount="1", paymentIntentId="bm90aGluZw==")
    assert foreign["paymentIntent"] is None
    assert foreign["errors"][0]["__typename"] == "NotFoundError"
    assert foreign["errors"][0]["path"] == ["input", "paymentIntentId"]
    assert count_calls(sandbox, unpaid) == 0


def test_it_needs_to_be_signed_in(as_nobody):
    error = as_nobody.ask_for_error(
        'mutation { updatePaymentIntent(input: {paymentIntentId: "a"}) { errors { code } } }'
    )
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
