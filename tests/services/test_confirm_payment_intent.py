"""Charges a card from the server."""

import pytest
from django.db import connection
from django.utils import timezone

from payments_graphql.errors import (
    CardError,
    ErrorCode,
    InvalidStateError,
    NotFoundError,
    PermissionDeniedError,
    ValidationError,
)
from payments_graphql.models import (
    Operation,
    StatusChange,
    StripePaymentIntent,
    StripePaymentMethod,
)
from payments_graphql.operations import resume_due
from payments_graphql.services import payment_intents
from tests.faulty_stripe import faulty_stripe

DECLINES = [
    ("pm_card_chargeDeclined", "generic_decline"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ("pm_card_visa_chargeDeclinedLostCard", "lost_card"),
    ("pm_card_visa_chargeDeclinedStolenCard", "stolen_card"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
    ("pm_card_chargeDeclinedProcessingError", "processing_error"),
    ("pm_card_radarBlock", "fraudulent"),
    ("pm_card_chargeCustomerFail", "generic_decline"),
]


@pytest.fixture
def intent(service, alice, sandbox):
    return service.create_payment_intent(user=alice, amount="99.99", currency="USD")[
        "payment_intent"
    ]


def test_a_good_card_pays(service, intent):
    result = service.confirm_payment_intent(intent, payment_method="pm_card_visa")

    assert result["success"], result
    assert (intent.status, intent.amount_received) == ("succeeded", 9999)
    assert not result["requires_action"]
    assert result["next_action"] is None
    assert intent.receipt_url
    method = intent.payment_method
    assert (method.brand, method.last4, method.is_attached) == ("visa", "4242", False)


def test_what_stripe_is_asked_and_what_is_recorded(intent, alice, sandbox):
    payment_intents.confirm_payment_intent(
        payment_intent=intent, payment_method="pm_card_visa", user=alice
    )

    (sent,) = sandbox.requests("POST", "/v1/payment_intents/*/confirm")
    assert sent.parameters["payment_method"] == "pm_card_visa"
    assert "off_session" not in sent.parameters
    operation = Operation.objects.get(kind="confirm_payment_intent")
    assert (operation.payment_intent, operation.actor) == (intent, f"user:{alice.pk}")


@pytest.mark.parametrize(("card", "decline_code"), DECLINES)
def test_a_declined_card_leaves_the_intent_payable(service, intent, card, decline_code):
    result = service.confirm_payment_intent(intent, payment_method=card)

    assert not result["success"]
    assert result["error_code"] == decline_code
    assert result["payment_intent"].status == "requires_payment_method"
    assert result["payment_intent"].is_payable
    assert intent.last_error["decline_code"] == decline_code or (
        intent.last_error["code"] == decline_code
    )
    change = StatusChange.objects.last()
    assert (change.to_status, change.failure_code) == ("requires_payment_method", decline_code)


def test_a_decline_says_what_the_person_can_do(intent):
    with pytest.raises(CardError, match="expired") as caught:
        payment_intents.confirm_payment_intent(
            payment_intent=intent, payment_method="pm_card_chargeDeclinedExpiredCard"
        )

    assert caught.value.code == ErrorCode.CARD_DECLINED
    assert "another card" in caught.value.advice


def test_another_card_pays_after_a_decline(service, intent):
    service.confirm_payment_intent(intent, payment_method="pm_card_chargeDeclined")

    assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]
    assert intent.status == "succeeded"
    assert intent.last_error is None


def test_each_decline_is_in_the_history(service, intent):
    for _ in range(2):
        service.confirm_payment_intent(intent, payment_method="pm_card_chargeDeclined")

    failures = StatusChange.objects.filter(payment_intent=intent).exclude(failure_code="")
    assert failures.count() == 2


def test_without_any_card_stripe_refuses(service, intent):
    result = service.confirm_payment_intent(intent)

    assert not result["success"]
    assert intent.status == "requires_payment_method"


@pytest.mark.parametrize("method", ["pm_no_such", "", "4242424242424242", "pm_card_visa\x00"])
def test_an_unknown_card_is_refused_with_its_field(intent, method):
    with pytest.raises((NotFoundError, ValidationError)) as caught:
        payment_intents.confirm_payment_intent(payment_intent=intent, payment_method=method)

    assert caught.value.path == ("paymentMethodId",)
    assert "4242424242424242" not in caught.value.message


def test_a_card_number_is_neither_sent_nor_stored(service, intent, sandbox):
    result = service.confirm_payment_intent(intent, payment_method="4242 4242 4242 4242")

    assert result["error_code"] == "not_found"
    assert not sandbox.requests("POST", "/v1/payment_intents/*/confirm")
    assert not Operation.objects.filter(kind="confirm_payment_intent").exists()


def test_a_paid_payment_is_not_paid_again(alice, pay, sandbox):
    intent = pay(alice)

    with pytest.raises(InvalidStateError) as caught:
        payment_intents.confirm_payment_intent(payment_intent=intent, payment_method="pm_card_visa")

    assert caught.value.current_status == "succeeded"
    assert len(sandbox.requests("POST", "/v1/payment_intents/*/confirm")) == 1


def test_a_payment_paid_in_the_browser_is_not_paid_again(intent, dashboard):
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )

    with pytest.raises(InvalidStateError):
        payment_intents.confirm_payment_intent(payment_intent=intent, payment_method="pm_card_visa")

    intent.refresh_from_db()
    assert intent.status == "succeeded"  # Stripe's refusal contains the current payment


@pytest.fixture
def with_voucher(intent):
    """She got a voucher, and may have written its number down."""
    voucher = StripePaymentMethod.objects.create(
        customer=intent.customer, stripe_payment_method_id="pm_boleto", type="boleto"
    )
    StripePaymentIntent.objects.update(
        status="requires_action",
        next_action_type="boleto_display_details",
        payment_method=voucher,
    )
    return intent


@pytest.mark.parametrize("method", [None, "pm_boleto"])
def test_a_second_voucher_is_not_created(with_voucher, sandbox, method):
    with pytest.raises(InvalidStateError, match="waiting for the customer") as caught:
        payment_intents.confirm_payment_intent(payment_intent=with_voucher, payment_method=method)

    assert caught.value.path == ("paymentIntentId",)
    assert caught.value.current_status == "requires_action"
    assert not sandbox.requests("POST", "/v1/payment_intents/*/confirm")


def test_a_card_may_replace_a_voucher(with_voucher):
    paid = payment_intents.confirm_payment_intent(
        payment_intent=with_voucher, payment_method="pm_card_visa"
    )
    assert paid.payment_intent.status == "succeeded"


@pytest.mark.parametrize(
    "method", ["pm_" + "x" * 201, "card_1 ", "Pm_1", "p_1", "pmpmpmpmpmpm_1", "pm_"]
)
def test_an_invalid_id_is_not_sent_to_stripe(intent, sandbox, method):
    with pytest.raises(NotFoundError) as caught:
        payment_intents.confirm_payment_intent(payment_intent=intent, payment_method=method)

    assert caught.value.path == ("paymentMethodId",)
    assert not sandbox.requests("POST", "/v1/payment_intents/*/confirm")


def test_her_own_card_may_be_given_by_its_id(service, alice, intent, pay):
    card = pay(alice, save_payment_method=True).payment_method

    paid = service.confirm_payment_intent(intent, payment_method=card.stripe_payment_method_id)

    assert paid["success"], paid
    assert intent.payment_method == card


def test_the_next_action_is_returned(service, intent, dashboard):
    asked = service.confirm_payment_intent(intent, payment_method="pm_card_threeDSecureRequired")

    at_stripe = dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)
    assert asked["next_action"] == at_stripe.next_action.to_dict()


def test_only_the_owner_confirms(intent, bob, sam, sandbox):
    for person in (bob, sam):
        with pytest.raises(PermissionDeniedError):
            payment_intents.confirm_payment_intent(
                payment_intent=intent, payment_method="pm_card_visa", user=person
            )

    assert not sandbox.requests("POST", "/v1/payment_intents/*/confirm")


def test_another_customers_saved_card_does_not_exist(intent, bob, pay, sandbox):
    card = pay(bob, save_payment_method=True).payment_method
    before = len(sandbox.requests("POST", "/v1/payment_intents/*/confirm"))

    for method in (card, card.stripe_payment_method_id):
        with pytest.raises(NotFoundError) as caught:
            payment_intents.confirm_payment_intent(payment_intent=intent, payment_method=method)
        assert caught.value.path == ("paymentMethodId",)
    (sent,) = sandbox.requests("POST", "/v1/payment_intents/*/confirm")[before:]
    assert sent.parameters["payment_method"] == "pm_unknown"  # takes as long as an unknown id


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("card", "status"),
    [("pm_card_threeDSecureRequired", "requires_action"), ("pm_card_visa", "succeeded")],
)
def test_the_next_action_is_returned_even_if_another_process_settled_it(
    intent, card, status, sandbox, settings, dashboard
):
    """This one was slow, and its lease ended before Stripe's answer arrived."""

    def let_another_process_take_over():
        link.before_answer = None
        now = timezone.now()
        Operation.objects.filter(state="calling").update(lease_expires_at=now, next_attempt_at=now)
        resume_due()
        connection.close()  # of the link's thread

    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        link.before_answer = let_another_process_take_over
        confirmed = payment_intents.confirm_payment_intent(
            payment_intent=intent, payment_method=card
        )

    assert Operation.objects.get(kind="confirm_payment_intent").fence == 2
    assert confirmed.payment_intent.status == status
    at_stripe = dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)
    expected = at_stripe.next_action and at_stripe.next_action.to_dict()
    assert confirmed.next_action == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "//shop.example/",
        "javascript:alert(1)",
        "http://shop.example/",
        "https://[",
    ],
)
def test_only_allowed_return_urls_are_accepted(intent, sandbox, url):
    with pytest.raises(ValidationError) as caught:
        payment_intents.confirm_payment_intent(
            payment_intent=intent, payment_method="pm_card_visa", return_url=url
        )

    assert caught.value.path == ("returnUrl",)
    assert not sandbox.requests("POST", "/v1/payment_intents/*/confirm")
