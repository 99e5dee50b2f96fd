"""Note [What may be repeated]: an answer that never came blocks nobody who asks anew."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql.errors import OperationInProgressError
from payments_graphql.models import (
    Operation,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
)
from payments_graphql.operations import resume_due
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import disputes, payment_intents, payment_methods, refunds
from tests import faulty_stripe as faults

AFTER_THE_LEASE = timedelta(minutes=3)
EVIDENCE = {"uncategorized_text": "They flew"}


def _operation(kind: str) -> Operation:
    return Operation.objects.filter(kind=kind).latest("created_at")


def _posts(stripe_link, path: str) -> list[str]:
    return [key for method, to, key in stripe_link.received if method == "POST" and path in to]


@pytest.fixture
def held(service, alice, pay, stripe_link):
    return pay(alice, capture_method="manual")


@pytest.fixture
def cards(service, alice, pay, stripe_link) -> list[StripePaymentMethod]:
    return [
        pay(alice, method=method, save_payment_method=True).payment_method
        for method in ("pm_card_visa", "pm_card_mastercard", "pm_card_amex")
    ]


@pytest.fixture
def get_default(cards, dashboard):
    """The customer's default card as Stripe has it."""

    def get_default() -> str:
        customer = dashboard.v1.customers.retrieve(cards[0].customer.stripe_customer_id)
        return str(customer.invoice_settings.default_payment_method)

    return get_default


@pytest.fixture
def prepare(service, alice, pay, stripe_link):
    """What a kind of operation needs; gives the call that asks for it, as often as it is called."""

    def prepare(kind: str):
        match kind:
            case "capture_payment_intent":
                held = pay(alice, capture_method="manual")
                return lambda: payment_intents.capture_payment_intent(payment_intent=held)
            case "cancel_payment_intent":
                held = pay(alice, capture_method="manual")
                return lambda: payment_intents.cancel_payment_intent(payment_intent=held)
            case "update_payment_intent":
                made = service.create_payment_intent(user=alice, amount=10, currency="USD")
                intent = made["payment_intent"]
                return lambda: payment_intents.update_payment_intent(
                    payment_intent=intent, description="Two nights"
                )
            case "cancel_refund":
                intent = pay(alice, method="pm_card_refundRequiresAction")
                refund, _ = refunds.create_refund(payment_intent=intent)
                return lambda: refunds.cancel_refund(refund=refund)
            case "detach_payment_method" | "set_default_payment_method":
                card = pay(alice, save_payment_method=True).payment_method
                ask = getattr(payment_methods, kind)
                return lambda: ask(payment_method=card)
        pay(alice, method="pm_card_createDispute")
        reconcile()
        dispute = StripeDispute.objects.get()
        if kind == "accept_dispute":
            return lambda: disputes.accept_dispute(dispute=dispute)
        return lambda: disputes.submit_dispute_evidence(dispute=dispute, evidence=EVIDENCE)

    return prepare


KINDS = pytest.mark.parametrize(
    "kind",
    [
        "capture_payment_intent",
        "cancel_payment_intent",
        "update_payment_intent",
        "cancel_refund",
        "detach_payment_method",
        "set_default_payment_method",
        "accept_dispute",
        "submit_dispute_evidence",
    ],
)


@KINDS
def test_after_a_500_it_is_free_when_a_look_after_the_lease_shows_it_undone(
    prepare, stripe_link, make_due, kind
):
    ask = prepare(kind)
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        ask()
    make_due()
    resume_due()
    assert _operation(kind).state == "unknown"  # it may be in progress at Stripe still

    make_due(age=AFTER_THE_LEASE)
    resume_due()

    assert (_operation(kind).state, _operation(kind).error["code"]) == ("failed", "abandoned")
    ask()
    assert _operation(kind).state == "succeeded"


@KINDS
def test_whoever_asks_anew_does_not_wait_for_reconcile(prepare, stripe_link, make_due, kind):
    ask = prepare(kind)
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        ask()
    make_due(age=AFTER_THE_LEASE)

    ask()

    states = Operation.objects.filter(kind=kind).values_list("state", flat=True)
    assert sorted(states) == ["failed", "succeeded"]


@KINDS
def test_one_that_waits_for_a_person_is_no_reason_to_wait(prepare, stripe_link, make_due, kind):
    ask = prepare(kind)
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        ask()
    stripe_link.also_reads = True
    stripe_link.always = faults.BAD_GATEWAY
    make_due(age=timedelta(hours=24, minutes=1))
    resume_due()
    stripe_link.always = None
    assert _operation(kind).state == "needs_review"

    ask()

    assert _operation(kind).state == "succeeded"


def test_a_creation_that_waits_for_a_person_does_not_lock_the_booking(
    service, alice, booking, stripe_link, make_due
):
    stripe_link.faults.append(faults.ERROR_500)
    assert service.create_payment_intent(user=alice, booking=booking)["retryable"]
    stripe_link.also_reads = True
    stripe_link.always = faults.BAD_GATEWAY
    make_due(age=timedelta(hours=24, minutes=1))
    resume_due()
    stripe_link.always = None
    assert _operation("create_payment_intent").state == "needs_review"

    created = service.create_payment_intent(user=alice, booking=booking)

    assert created["success"], created
    assert created["payment_intent"].booking == booking
    assert [one.pk for one in StripePaymentIntent.objects.all()] == [created["payment_intent"].pk]


def test_a_refund_is_never_made_anew(service, alice, pay, stripe_link, make_due, dashboard):
    intent = pay(alice)
    stripe_link.faults.append(faults.ERROR_500)
    service.create_refund(intent, amount=60)
    for age in (AFTER_THE_LEASE, timedelta(hours=25)):
        make_due(age=age)
        resume_due()
        assert intent.amount_refundable == 3999

    assert _operation("create_refund").state == "needs_review"
    assert service.create_refund(intent, amount=60)["error_code"] == "amount_too_large"
    assert not dashboard.v1.refunds.list().data


def test_another_end_of_the_payment_settles_its_capture_at_once(
    service, held, stripe_link, make_due, dashboard
):
    stripe_link.faults.append(faults.ERROR_500)
    service.capture_payment_intent(held)
    dashboard.v1.payment_intents.cancel(held.stripe_payment_intent_id)

    make_due()
    resume_due()

    operation = _operation("capture_payment_intent")
    assert (operation.state, operation.error["code"]) == ("failed", "invalid_state")
    assert operation.error["current_status"] == "canceled"
    held.refresh_from_db()
    assert held.status == "canceled"


def test_a_refund_that_went_out_settles_its_cancel_at_once(
    alice, pay, stripe_link, make_due, sandbox
):
    intent = pay(alice, method="pm_card_refundRequiresAction")
    refund, _ = refunds.create_refund(payment_intent=intent)
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        refunds.cancel_refund(refund=refund)
    sandbox.advance(3601)

    make_due()
    resume_due()

    assert _operation("cancel_refund").error["code"] == "invalid_state"
    refund.refresh_from_db()
    assert refund.status == "succeeded"


def test_a_capture_of_another_amount_may_follow_one_that_was_not_made(
    service, held, stripe_link, make_due
):
    stripe_link.faults.append(faults.ERROR_500)
    assert service.capture_payment_intent(held)["retryable"]
    make_due(age=AFTER_THE_LEASE)

    assert service.capture_payment_intent(held, amount=40)["success"]

    assert held.amount_received == 4000


@pytest.mark.parametrize(
    ("fault", "sends"),
    [(faults.UNAUTHORIZED, 1), (faults.RESET, 1), (faults.ERROR_500, 1), (faults.BAD_GATEWAY, 1)],
)
def test_a_cancel_wins_over_a_capture_that_was_not_made(
    service, held, stripe_link, make_due, dashboard, fault, sends
):
    stripe_link.faults.append(fault)
    assert service.capture_payment_intent(held)["retryable"]

    assert service.cancel_payment_intent(held)["success"]

    assert held.status == "canceled"
    assert len(_posts(stripe_link, "/capture")) == sends
    operation = _operation("capture_payment_intent")
    assert (operation.state, operation.error["code"]) == ("failed", "abandoned")
    make_due(age=AFTER_THE_LEASE)
    reconcile()
    stripe_id = held.stripe_payment_intent_id
    assert dashboard.v1.payment_intents.retrieve(stripe_id).status == "canceled"


@pytest.mark.parametrize("fault", [faults.RESET_AFTER_EFFECT, faults.ERROR_500_AFTER_EFFECT])
def test_a_cancel_finds_a_capture_that_was_made(service, held, stripe_link, fault):
    stripe_link.faults.append(fault)
    assert service.capture_payment_intent(held)["retryable"]

    result = service.cancel_payment_intent(held)

    assert result["error_code"] == "invalid_state"
    assert _operation("capture_payment_intent").state == "succeeded"
    held.refresh_from_db()
    assert (held.status, held.amount_received) == ("succeeded", 9999)
    assert not _posts(stripe_link, "/cancel")


def test_a_cancel_that_cannot_look_waits(service, held, stripe_link):
    stripe_link.faults.append(faults.ERROR_500)
    service.capture_payment_intent(held)
    stripe_link.also_reads = True
    stripe_link.always = faults.BAD_GATEWAY

    assert service.cancel_payment_intent(held)["error_code"] == "operation_in_progress"

    assert _operation("capture_payment_intent").state == "unknown"
    assert not _posts(stripe_link, "/cancel")


def test_a_cancel_waits_for_a_capture_that_is_being_sent(service, held, stripe_link):
    stripe_link.faults.append(faults.RESET)
    service.capture_payment_intent(held)
    Operation.objects.filter(kind="capture_payment_intent").update(
        state="calling", lease_expires_at=timezone.now() + timedelta(minutes=2)
    )

    assert service.cancel_payment_intent(held)["error_code"] == "operation_in_progress"
    assert not _posts(stripe_link, "/cancel")


def test_a_capture_does_not_undo_a_cancel_that_was_asked_for(service, held, stripe_link):
    stripe_link.faults.append(faults.RESET)
    service.cancel_payment_intent(held)

    result = service.capture_payment_intent(held)

    assert (result["error_code"], result["retryable"]) == ("invalid_state", False)
    held.refresh_from_db()
    assert held.status == "canceled"


def test_the_last_chosen_card_stays_the_default(cards, stripe_link, make_due, get_default):
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=cards[0])

    payment_methods.set_default_payment_method(payment_method=cards[1])

    make_due()
    resume_due()
    make_due(age=AFTER_THE_LEASE)
    reconcile()
    assert get_default() == cards[1].stripe_payment_method_id
    cards[1].refresh_from_db()
    assert cards[1].is_default


def test_a_choice_waits_for_one_that_is_being_sent(cards, stripe_link, get_default):
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=cards[0])
    Operation.objects.filter(kind="set_default_payment_method").update(
        state="calling", lease_expires_at=timezone.now() + timedelta(minutes=2)
    )

    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=cards[1])

    assert len(_posts(stripe_link, "/customers/")) == 1


def test_an_older_choice_is_superseded_by_a_newer_one(cards, stripe_link, make_due, get_default):
    """However it came that both are open."""
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=cards[0])
    older = _operation("set_default_payment_method")
    Operation.objects.filter(pk=older.pk).update(state="needs_review")
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=cards[1])
    Operation.objects.filter(pk=older.pk).update(state="unknown")

    make_due()
    resume_due()
    resume_due()

    older.refresh_from_db()
    assert (older.state, older.error["code"]) == ("failed", "abandoned")
    assert "newer request" in older.error["message"]
    assert get_default() == cards[1].stripe_payment_method_id
    assert set(_posts(stripe_link, "/customers/")) == {
        str(older.pk),
        str(_operation("set_default_payment_method").pk),
    }


@pytest.mark.parametrize("is_heard", [False, True])
def test_what_was_chosen_elsewhere_meanwhile_stays_the_default(
    cards, stripe_link, make_due, dashboard, events, deliver, get_default, is_heard
):
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=cards[0])
    chosen = cards[2].stripe_payment_method_id
    dashboard.v1.customers.update(
        cards[0].customer.stripe_customer_id,
        {"invoice_settings": {"default_payment_method": chosen}},
    )
    if is_heard:
        deliver(events("customer.updated")[-1])

    for age in (timedelta(), AFTER_THE_LEASE):
        make_due(age=age)
        resume_due()

    assert get_default() == chosen
    assert _operation("set_default_payment_method").state == "failed"
    cards[2].refresh_from_db()
    assert cards[2].is_default
    assert len(_posts(stripe_link, "/customers/")) == 1


def test_an_update_does_not_undo_what_was_changed_elsewhere_meanwhile(
    service, alice, stripe_link, make_due, dashboard
):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    stripe_id = intent.stripe_payment_intent_id
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_intents.update_payment_intent(payment_intent=intent, description="Old")
    dashboard.v1.payment_intents.update(stripe_id, {"description": "New"})

    for age in (timedelta(), AFTER_THE_LEASE):
        make_due(age=age)
        resume_due()

    assert dashboard.v1.payment_intents.retrieve(stripe_id).description == "New"
    assert _operation("update_payment_intent").state == "failed"
    intent.refresh_from_db()
    assert intent.description == "New"


def test_a_change_that_cannot_be_compared_yet_is_tried_later(
    cards, stripe_link, make_due, get_default
):
    stripe_link.faults.append(faults.UNAUTHORIZED)
    with pytest.raises(Exception, match="not possible at the moment"):
        payment_methods.set_default_payment_method(payment_method=cards[0])
    stripe_link.also_reads = True
    stripe_link.faults.append(faults.BAD_GATEWAY)
    make_due()
    resume_due()
    assert _operation("set_default_payment_method").state == "pending"

    make_due()
    resume_due()

    assert _operation("set_default_payment_method").state == "succeeded"
    assert get_default() == cards[0].stripe_payment_method_id
