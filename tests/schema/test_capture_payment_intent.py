import pytest
from django.contrib.auth.models import Permission

SELECTION = "paymentIntent { status amountReceived amountCapturable captureBefore }"


@pytest.fixture
def capture(service, alice, global_id):
    created = service.create_payment_intent(
        user=alice, amount="80.00", currency="USD", capture_method="manual"
    )
    intent = created["payment_intent"]
    assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]

    def capture(client, **input):
        given = {"paymentIntentId": global_id("PaymentIntent", intent.pk), **input}
        return client.mutate("capturePaymentIntent", given, SELECTION)

    return capture


@pytest.fixture
def trusted_alice(alice):
    alice.user_permissions.add(Permission.objects.get(codename="capture_payment"))


def test_without_the_permission_nothing_is_captured(as_alice, capture):
    payload = capture(as_alice)

    assert payload["errors"][0]["__typename"] == "PermissionError"
    assert payload["paymentIntent"]["status"] == "REQUIRES_CAPTURE"
    assert payload["paymentIntent"]["amountCapturable"] == "80.00"


def test_a_part_is_captured_and_the_rest_released(as_alice, trusted_alice, capture):
    payload = capture(as_alice, amount="50")

    assert payload["errors"] == []
    assert payload["paymentIntent"]["status"] == "SUCCEEDED"
    assert payload["paymentIntent"]["amountReceived"] == "50.00"
    assert payload["paymentIntent"]["amountCapturable"] == "0.00"


def test_more_than_is_authorized_is_refused(as_alice, trusted_alice, capture):
    payload = capture(as_alice, amount="80.01")

    [error] = payload["errors"]
    assert (error["__typename"], error["maximum"]) == ("AmountError", "80.00")
    assert error["path"] == ["input", "amount"]
    assert payload["paymentIntent"]["status"] == "REQUIRES_CAPTURE"


def test_capturing_twice_is_refused(as_alice, trusted_alice, capture):
    capture(as_alice)
    payload = capture(as_alice)

    assert payload["errors"][0]["currentStatus"] == "SUCCEEDED"
    assert payload["errors"][0]["allowed"] == ["REQUIRES_CAPTURE"]


def test_staff_with_the_permission_capture_a_customers_payment(as_sam, capture):
    payload = capture(as_sam)

    assert payload["errors"] == []
    assert payload["paymentIntent"]["status"] == "SUCCEEDED"


def test_another_persons_payment_is_as_if_it_did_not_exist(as_bob, capture):
    payload = capture(as_bob)

    assert payload["errors"][0]["__typename"] == "NotFoundError"
    assert payload["paymentIntent"] is None
