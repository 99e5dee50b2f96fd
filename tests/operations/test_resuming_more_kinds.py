"""Setup intents, disputes, updates and canceled refunds after a lost answer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql.errors import OperationInProgressError
from payments_graphql.models import Operation, StripeDispute, StripeRefund, StripeSetupIntent
from payments_graphql.operations import resume_due
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import disputes, payment_intents, refunds, setup_intents
from tests import faulty_stripe as faults

LOST = [faults.RESET, faults.RESET_AFTER_EFFECT]
EVIDENCE = {"customer_name": "Alice", "uncategorized_text": "They flew"}


def _operation(kind: str) -> Operation:
    return Operation.objects.get(kind=kind)


def _keys(stripe_link, path: str) -> list[str]:
    """The idempotency keys of the calls to Stripe that change something."""
    return [key for method, to, key in stripe_link.received if method == "POST" and path in to]


@pytest.fixture
def create(alice, stripe_link):
    return lambda: setup_intents.create_setup_intent(user=alice, idempotency_key="key-1")


@pytest.fixture
def payable(service, alice, stripe_link):
    return service.create_payment_intent(
        user=alice, amount="99.99", currency="USD", metadata={"order": "7"}, description="Lisbon"
    )["payment_intent"]


@pytest.fixture
def dispute(alice, pay, stripe_link) -> StripeDispute:
    pay(alice, method="pm_card_createDispute")
    reconcile()
    return StripeDispute.objects.get()


@pytest.fixture
def pending(alice, pay, stripe_link) -> StripeRefund:
    return refunds.create_refund(payment_intent=pay(alice, method="pm_card_refundRequiresAction"))[
        0
    ]


@pytest.mark.parametrize("fault", LOST)
def test_a_setup_intent_is_made_once(create, stripe_link, make_due, dashboard, fault):
    stripe_link.faults.append(fault)
    with pytest.raises(OperationInProgressError):
        create()
    assert not StripeSetupIntent.objects.accepted().exists()

    make_due()
    resume_due()

    (row,) = StripeSetupIntent.objects.all()
    (made,) = dashboard.v1.setup_intents.list().data
    assert row.stripe_setup_intent_id == made.id
    assert _operation("create_setup_intent").state == "succeeded"
    assert len(set(_keys(stripe_link, "/setup_intents"))) == 1
    again = create()
    assert again.replayed
    assert again.client_secret == made.client_secret


@pytest.mark.parametrize("age", [timedelta(), timedelta(hours=23, minutes=30)])
def test_a_5xx_is_found_by_reading(create, stripe_link, make_due, dashboard, age):
    stripe_link.faults.append(faults.ERROR_500_AFTER_EFFECT)
    with pytest.raises(OperationInProgressError):
        create()
    make_due(age=age)
    resume_due()

    assert _operation("create_setup_intent").state == "succeeded"
    assert len(_keys(stripe_link, "/setup_intents")) == 1
    assert StripeSetupIntent.objects.get().stripe_setup_intent_id


def test_a_5xx_without_an_effect_proves_nothing(create, stripe_link, make_due, dashboard):
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        create()
    make_due()
    resume_due()

    assert _operation("create_setup_intent").state == "unknown"
    assert len(_keys(stripe_link, "/setup_intents")) == 1
    assert not dashboard.v1.setup_intents.list().data


def test_a_refused_setup_intent_leaves_no_row(create, stripe_link):
    stripe_link.faults.append(faults.REFUSED)
    for _ in range(2):
        with pytest.raises(Exception, match=r"No\."):
            create()

    assert not StripeSetupIntent.objects.exists()
    assert len(_keys(stripe_link, "/setup_intents")) == 1


def test_its_event_may_come_before_its_answer(create, stripe_link, make_due, events, deliver):
    stripe_link.faults.append(faults.RESET_AFTER_EFFECT)
    with pytest.raises(OperationInProgressError):
        create()
    deliver(*events("setup_intent.created"))
    (row,) = StripeSetupIntent.objects.accepted()

    make_due()
    resume_due()
    assert StripeSetupIntent.objects.get() == row
    assert _operation("create_setup_intent").setup_intent == row
    assert row.status_changes.count() == 1


ACTIONS = {
    "draft": (
        "submit_dispute_evidence",
        lambda row: disputes.submit_dispute_evidence(dispute=row, evidence=EVIDENCE, submit=False),
        "needs_response",
    ),
    "submit": (
        "submit_dispute_evidence",
        lambda row: disputes.submit_dispute_evidence(dispute=row, evidence=EVIDENCE),
        "under_review",
    ),
    "accept": ("accept_dispute", lambda row: disputes.accept_dispute(dispute=row), "lost"),
}


@pytest.mark.parametrize("fault", [*LOST, faults.ERROR_500_AFTER_EFFECT])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_answer_to_a_dispute_is_settled(
    dispute, stripe_link, make_due, dashboard, action, fault
):
    kind, act, status = ACTIONS[action]
    stripe_link.faults.append(fault)
    with pytest.raises(OperationInProgressError):
        act(dispute)
    dispute.refresh_from_db()
    assert dispute.status == "needs_response"

    make_due()
    resume_due()

    assert _operation(kind).state == "succeeded"
    dispute.refresh_from_db()
    assert dispute.status == status
    assert dispute.has_evidence == (action != "accept")
    assert dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).status == status
    assert len(set(_keys(stripe_link, "/disputes/"))) == 1
    if fault is faults.ERROR_500_AFTER_EFFECT:
        assert len(_keys(stripe_link, "/disputes/")) == 1


@pytest.mark.parametrize("action", ACTIONS)
def test_a_5xx_without_an_effect_settles_no_answer(dispute, stripe_link, make_due, action):
    kind, act, _ = ACTIONS[action]
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        act(dispute)
    make_due()
    resume_due()

    assert _operation(kind).state == "unknown"
    dispute.refresh_from_db()
    assert dispute.status == "needs_response"


def test_older_evidence_never_overwrites_newer(dispute, stripe_link, make_due, dashboard):
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        disputes.submit_dispute_evidence(
            dispute=dispute, evidence={"customer_name": "Old"}, submit=False
        )
    disputes.submit_dispute_evidence(
        dispute=dispute, evidence={"customer_name": "New"}, submit=False
    )  # the first is finished first
    make_due()
    resume_due()

    assert disputes.fetch_dispute_evidence(dispute=dispute) == {"customer_name": "New"}
    states = Operation.objects.filter(dispute=dispute).values_list("state", flat=True)
    assert list(states) == ["succeeded", "succeeded"]


def test_one_in_progress_blocks_another(dispute, stripe_link):
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        disputes.accept_dispute(dispute=dispute)
    Operation.objects.filter(dispute=dispute).update(
        state="calling", lease_expires_at=timezone.now() + timedelta(minutes=2)
    )

    with pytest.raises(OperationInProgressError, match="accept_dispute"):
        disputes.submit_dispute_evidence(dispute=dispute, evidence=EVIDENCE)
    with pytest.raises(OperationInProgressError):
        disputes.accept_dispute(dispute=dispute)
    assert len(_keys(stripe_link, "/disputes/")) == 1


def test_one_that_needs_review_does_not_block_until_the_deadline(dispute, stripe_link, make_due):
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        disputes.submit_dispute_evidence(dispute=dispute, evidence=EVIDENCE)
    stripe_link.also_reads = True
    stripe_link.always = faults.BAD_GATEWAY
    make_due(age=timedelta(hours=25))
    resume_due()
    stripe_link.always = None
    assert _operation("submit_dispute_evidence").state == "needs_review"

    disputes.submit_dispute_evidence(dispute=dispute, evidence=EVIDENCE)
    assert dispute.status == "under_review"


@pytest.mark.parametrize("fault", [*LOST, faults.ERROR_500_AFTER_EFFECT])
def test_a_refund_is_canceled_once(pending, stripe_link, make_due, dashboard, fault):
    stripe_link.faults.append(fault)
    with pytest.raises(OperationInProgressError):
        refunds.cancel_refund(refund=pending)

    make_due()
    resume_due()

    pending.refresh_from_db()
    assert pending.status == "canceled"
    assert _operation("cancel_refund").state == "succeeded"
    assert pending.payment_intent.amount_refundable == 9999
    assert len(set(_keys(stripe_link, "/cancel"))) == 1


def test_a_cancel_that_came_too_late_is_settled_as_refused(pending, stripe_link, make_due, sandbox):
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        refunds.cancel_refund(refund=pending)
    sandbox.advance(3601)
    make_due()
    resume_due()

    assert _operation("cancel_refund").state == "failed"
    pending.refresh_from_db()
    assert pending.status == "succeeded"


CHANGES = {"amount": "20.00", "description": "", "metadata": {"order": "", "seat": "12A"}}


@pytest.mark.parametrize("fault", [*LOST, faults.ERROR_500_AFTER_EFFECT])
def test_an_update_is_settled(payable, stripe_link, make_due, dashboard, fault):
    stripe_link.faults.append(fault)
    with pytest.raises(OperationInProgressError):
        payment_intents.update_payment_intent(payment_intent=payable, **CHANGES)

    make_due()
    resume_due()

    payable.refresh_from_db()
    assert _operation("update_payment_intent").state == "succeeded"
    assert (payable.amount, payable.description) == (2000, "")
    assert payable.metadata == {"seat": "12A"}
    assert len(set(_keys(stripe_link, payable.stripe_payment_intent_id))) == 1


def test_nothing_is_charged_while_an_update_is_open(service, payable, stripe_link, make_due):
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_intents.update_payment_intent(payment_intent=payable, amount=20)
    Operation.objects.filter(kind="update_payment_intent").update(
        state="calling", lease_expires_at=timezone.now() + timedelta(minutes=2)
    )
    refused = service.confirm_payment_intent(payable, payment_method="pm_card_visa")
    assert refused["error_code"] == "operation_in_progress"
    assert not _keys(stripe_link, "/confirm")

    make_due()  # the confirm finishes the update first
    assert service.confirm_payment_intent(payable, payment_method="pm_card_visa")["success"]
    assert payable.amount_received == 2000


def test_an_off_session_charge_is_resent_by_nobody_but_its_caller(
    service, alice, pay, payable, stripe_link, make_due
):
    card = pay(alice, save_payment_method=True).payment_method
    confirmed = len(_keys(stripe_link, "/confirm"))
    stripe_link.faults.append(faults.RESET)
    result = service.confirm_payment_intent(payable, payment_method=card, off_session=True)
    assert result["retryable"]

    make_due(age=timedelta(minutes=3))
    resume_due()
    assert len(_keys(stripe_link, "/confirm")) == confirmed + 1
    payable.refresh_from_db()
    assert payable.status == "requires_payment_method"
