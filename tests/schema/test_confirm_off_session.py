"""Charging a saved card while the customer is away: `confirmPaymentIntent` with `offSession`."""

import pytest
from django.contrib.auth.models import Permission

from payments_graphql.models import Operation

SELECTION = """
    nextAction { type }
    paymentIntent {
      status amountReceived clientSecret nextAction { type } lastError { code declineCode }
    }
"""


@pytest.fixture
def unpaid(sandbox, service, alice):
    result = service.create_payment_intent(user=alice, amount="99.99", currency="USD")
    return result["payment_intent"]


@pytest.fixture
def save(sandbox, alice, service, authenticate):
    """Alice pays once with this card while she is present, and saves it."""

    def save(method="pm_card_visa"):
        created = service.create_payment_intent(
            user=alice, amount="5", currency="USD", save_payment_method=True
        )
        intent = created["payment_intent"]
        confirmed = service.confirm_payment_intent(intent, payment_method=method)
        assert confirmed["success"], confirmed
        if confirmed["requires_action"]:
            sandbox.advance(60)  # an event of about the same time would need another read
            authenticate(intent, "succeed")
            service.sync_payment_intent(intent)
        intent.refresh_from_db()
        assert intent.payment_method.is_attached
        return intent.payment_method

    return save


@pytest.fixture
def charge(unpaid, global_id):
    def charge(client, method=None, **input):
        given = {"paymentIntentId": global_id("PaymentIntent", unpaid.pk), "offSession": True}
        if method is not None:
            given["paymentMethodId"] = global_id("PaymentMethod", method.pk)
        return client.mutate("confirmPaymentIntent", {**given, **input}, SELECTION)

    return charge


def list_sent(sandbox, intent):
    path = f"/v1/payment_intents/{intent.stripe_payment_intent_id}/confirm"
    return sandbox.requests("POST", path)


def test_staff_charge_the_saved_card_of_any_customer(as_sam, save, charge, unpaid, sandbox):
    payload = charge(as_sam, save())

    assert payload["errors"] == []
    assert payload["paymentIntent"]["status"] == "SUCCEEDED"
    assert payload["paymentIntent"]["amountReceived"] == "99.99"
    [sent] = list_sent(sandbox, unpaid)
    assert sent.parameters["off_session"] in (True, "true")


def test_a_bank_that_wants_the_customer_says_what_the_page_must_do(
    as_sam, as_alice, save, charge, unpaid, service, global_id, authenticate, sandbox
):
    saved = save("pm_card_authenticationRequired")
    payload = charge(as_sam, saved)

    [error] = payload["errors"]
    assert (error["__typename"], error["code"]) == ("CardError", "AUTHENTICATION_REQUIRED")
    assert error["declineCode"] == "authentication_required"
    assert error["retryable"] is False
    for named in ("page", "Stripe.js", "client secret"):
        assert named in error["advice"]
    shown = payload["paymentIntent"]
    assert shown["status"] == "REQUIRES_PAYMENT_METHOD"
    assert shown["lastError"]["code"] == "authentication_required"
    # The secret is for the customer's page only.
    assert shown["clientSecret"] is None

    on_page = as_alice.mutate(
        "confirmPaymentIntent",
        {
            "paymentIntentId": global_id("PaymentIntent", unpaid.pk),
            "paymentMethodId": global_id("PaymentMethod", saved.pk),
        },
        SELECTION,
    )
    assert on_page["errors"] == []
    assert on_page["paymentIntent"]["status"] == "REQUIRES_ACTION"
    assert on_page["paymentIntent"]["clientSecret"]
    assert on_page["nextAction"]
    sandbox.advance(1)
    authenticate(unpaid, "succeed")
    service.sync_payment_intent(unpaid)
    assert unpaid.status == "succeeded"


def test_a_card_that_was_set_up_for_it_needs_nobody(as_sam, save, charge):
    payload = charge(as_sam, save("pm_card_authenticationRequiredOnSetup"))
    assert payload["paymentIntent"]["status"] == "SUCCEEDED"


def test_without_the_permission_nobody_is_charged(as_alice, save, charge, unpaid, sandbox):
    payload = charge(as_alice, save())

    [error] = payload["errors"]
    assert (error["__typename"], error["path"]) == ("PermissionError", ["input", "offSession"])
    assert payload["paymentIntent"]["status"] == "REQUIRES_PAYMENT_METHOD"
    assert list_sent(sandbox, unpaid) == []
    assert not Operation.objects.filter(
        payment_intent=unpaid, kind="confirm_payment_intent"
    ).exists()


def test_another_persons_payment_is_as_if_it_did_not_exist(
    as_bob, bob, save, charge, unpaid, sandbox
):
    # The permission for payments is needed, not others.
    bob.user_permissions.set(Permission.objects.exclude(codename="charge_saved_card"))
    saved = save()
    foreign = charge(as_bob, saved)

    assert foreign == charge(as_bob, saved, paymentIntentId="bm90aGluZw==")
    assert foreign["paymentIntent"] is None
    assert foreign["errors"][0]["__typename"] == "NotFoundError"
    assert foreign["errors"][0]["path"] == ["input", "paymentIntentId"]
    assert list_sent(sandbox, unpaid) == []


def test_staff_do_not_reach_it_while_the_customer_is_there(as_sam, save, charge):
    payload = charge(as_sam, save(), offSession=False)

    assert payload["errors"][0]["__typename"] == "NotFoundError"
    assert payload["paymentIntent"] is None


def test_staff_cannot_charge_the_card_of_another(as_sam, bob, pay, charge, unpaid, sandbox):
    of_bob = pay(bob, save_payment_method=True).payment_method
    payload = charge(as_sam, of_bob)

    assert payload["errors"][0]["__typename"] == "NotFoundError"
    assert payload["errors"][0]["path"] == ["input", "paymentMethodId"]
    assert list_sent(sandbox, unpaid) == []


def test_it_needs_a_saved_method(as_sam, charge, unpaid, sandbox):
    without = charge(as_sam)
    assert without["errors"][0]["__typename"] == "ValidationError"
    assert without["errors"][0]["path"] == ["input", "paymentMethodId"]

    from_the_page = charge(as_sam, stripePaymentMethodId="pm_card_visa")
    assert from_the_page["errors"][0]["__typename"] == "ValidationError"
    assert from_the_page["errors"][0]["path"] == ["input", "stripePaymentMethodId"]
    assert list_sent(sandbox, unpaid) == []


def test_a_method_that_was_detached_is_not_charged(as_sam, save, service, charge, unpaid, sandbox):
    saved = save()
    assert service.detach_payment_method(saved)["success"]
    payload = charge(as_sam, saved)

    assert payload["errors"][0]["path"] == ["input", "paymentMethodId"]
    assert list_sent(sandbox, unpaid) == []


def test_charging_twice_charges_once(as_sam, save, charge, unpaid, sandbox):
    saved = save()
    charge(as_sam, saved)
    payload = charge(as_sam, saved)

    assert payload["errors"][0]["currentStatus"] == "SUCCEEDED"
    assert len(list_sent(sandbox, unpaid)) == 1


def test_a_card_whose_bank_wants_no_more_charges_is_refused(as_sam, save, charge, unpaid, sandbox):
    saved = save()
    type(saved).objects.update(advice_code="do_not_try_again", advised_at=saved.as_of)
    payload = charge(as_sam, saved)

    [error] = payload["errors"]
    assert (error["__typename"], error["adviceCode"]) == ("CardError", "do_not_try_again")
    assert error["path"] == ["input", "paymentMethodId"]
    assert error["advice"] == "Try another card."
    assert list_sent(sandbox, unpaid) == []


def test_a_decline_tells_how_to_go_on(as_alice, unpaid, global_id):
    given = {
        "paymentIntentId": global_id("PaymentIntent", unpaid.pk),
        "stripePaymentMethodId": "pm_card_chargeDeclinedExpiredCard",
    }
    payload = as_alice.mutate(
        "confirmPaymentIntent", given, "paymentIntent { lastError { adviceCode } }"
    )

    assert payload["errors"][0]["adviceCode"] == "confirm_card_data"
    assert payload["paymentIntent"]["lastError"]["adviceCode"] == "confirm_card_data"
