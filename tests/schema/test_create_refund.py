import pytest

from payments_graphql.models import StripeRefund

SELECTION = """
    replayed
    refund { id stripeRefundId status amount currency reason description }
    paymentIntent { amountReceived amountRefunded amountRefundable }
"""


@pytest.fixture
def paid(alice, pay):
    return pay(alice, "99.99", "USD")


@pytest.fixture
def refund(paid, global_id):
    def refund(client, **input):
        given = {
            "idempotencyKey": "refund-1",
            "paymentIntentId": global_id("PaymentIntent", paid.pk),
            **input,
        }
        return client.mutate("createRefund", given, SELECTION)

    return refund


def test_a_part_and_then_the_rest_is_given_back(as_alice, refund):
    part = refund(as_alice, amount=10.10, reason="REQUESTED_BY_CUSTOMER", description="A night")
    assert part["errors"] == []
    assert part["refund"]["stripeRefundId"].startswith("re_")
    assert part["refund"]["amount"] == "10.10"
    assert part["refund"]["reason"] == "REQUESTED_BY_CUSTOMER"
    assert part["refund"]["description"] == "A night"
    assert part["refund"]["status"] == "SUCCEEDED"
    assert part["paymentIntent"]["amountRefunded"] == "10.10"
    assert part["paymentIntent"]["amountRefundable"] == "89.89"

    rest = refund(as_alice, idempotencyKey="refund-2")
    assert rest["refund"]["amount"] == "89.89"
    assert rest["refund"]["reason"] is None
    assert rest["paymentIntent"]["amountRefundable"] == "0.00"


def test_the_same_key_gives_the_same_refund(as_alice, refund):
    first = refund(as_alice, amount="10")
    second = refund(as_alice, amount="10")

    assert (first["replayed"], second["replayed"]) == (False, True)
    assert first["refund"] == second["refund"]
    assert StripeRefund.objects.count() == 1


def test_more_than_is_left_is_refused(as_alice, refund):
    payload = refund(as_alice, amount="100")

    [error] = payload["errors"]
    assert (error["__typename"], error["maximum"]) == ("AmountError", "99.99")
    assert error["path"] == ["input", "amount"]
    assert payload["refund"] is None
    assert payload["paymentIntent"]["amountRefundable"] == "99.99"


@pytest.mark.parametrize(
    ("input", "path"),
    [
        ({"amount": "NaN"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"idempotencyKey": ""}, "idempotencyKey"),
        ({"description": "d" * 501}, "description"),
        ({"description": "\0"}, "description"),
    ],
)
def test_bad_input_is_an_error_that_names_the_field(as_alice, refund, input, path):
    payload = refund(as_alice, **input)

    assert payload["errors"][0]["path"] == ["input", path]
    assert not StripeRefund.objects.exists()


def test_an_unpaid_payment_cannot_be_refunded(as_alice, alice, service, refund, global_id):
    unpaid = service.create_payment_intent(user=alice, amount="5", currency="USD")
    its_id = global_id("PaymentIntent", unpaid["payment_intent"].pk)
    payload = refund(as_alice, paymentIntentId=its_id)

    assert payload["errors"][0]["currentStatus"] == "REQUIRES_PAYMENT_METHOD"
    assert payload["errors"][0]["allowed"] == ["SUCCEEDED"]
    assert payload["refund"] is None


def test_another_persons_payment_is_as_if_it_did_not_exist(as_bob, refund):
    payload = refund(as_bob)
    assert payload["paymentIntent"] is None
    assert payload["errors"][0]["__typename"] == "NotFoundError"
    assert not StripeRefund.objects.exists()


def test_staff_with_the_permission_refund_a_customers_payment(as_sam, refund):
    payload = refund(as_sam)
    assert payload["errors"] == []
    assert payload["paymentIntent"]["amountRefundable"] == "0.00"
    assert StripeRefund.objects.get().status == "succeeded"


def test_owners_may_refund_only_where_the_site_lets_them(as_alice, refund, settings):
    settings.PAYMENTS_OWNERS_MAY_REFUND = False
    payload = refund(as_alice)

    assert payload["errors"][0]["__typename"] == "PermissionError"
    assert payload["paymentIntent"]["amountRefundable"] == "99.99"
    assert not StripeRefund.objects.exists()


MEANING = """
    refund { reducesAmountDue amountDueReduction }
    paymentIntent { booking { amountPaid amountDue amountOverpaid } }
"""


@pytest.fixture
def refund_booking(alice, booking, pay, global_id):
    def refund(client, **input):
        intent = pay(alice, None, None, booking=booking)
        its_id = global_id("PaymentIntent", intent.pk)
        given = {"idempotencyKey": "refund-1", "paymentIntentId": its_id, "amount": "20", **input}
        return client.mutate("createRefund", given, MEANING)

    return refund


@pytest.mark.parametrize(
    ("input", "reduction", "due"),
    [
        ({}, "20.00", "0.00"),
        ({"reducesAmountDue": True, "reason": "DUPLICATE"}, "20.00", "0.00"),
        ({"reducesAmountDue": False}, "0.00", "20.00"),
        ({"reason": "FRAUDULENT"}, "0.00", "20.00"),
    ],
)
def test_it_says_what_it_means_for_the_booking(as_sam, refund_booking, input, reduction, due):
    payload = refund_booking(as_sam, **input)

    assert payload["errors"] == []
    assert payload["refund"]["amountDueReduction"] == reduction
    assert payload["refund"]["reducesAmountDue"] == (reduction != "0.00")
    assert StripeRefund.objects.get().payment_intent.booking.amount_due == int(float(due) * 100)


def test_owners_owe_again_what_they_refund_themselves(as_alice, refund_booking, booking):
    payload = refund_booking(as_alice, reducesAmountDue=True)
    [error] = payload["errors"]
    assert error["__typename"] == "PermissionError"
    assert error["path"] == ["input", "reducesAmountDue"]
    assert not StripeRefund.objects.exists()


def test_what_owners_refund_themselves_is_due_again(as_alice, refund_booking):
    payload = refund_booking(as_alice)
    assert payload["refund"] == {"reducesAmountDue": False, "amountDueReduction": "0.00"}
    assert payload["paymentIntent"]["booking"] == {
        "amountPaid": "79.99",
        "amountDue": "20.00",
        "amountOverpaid": "0.00",
    }
