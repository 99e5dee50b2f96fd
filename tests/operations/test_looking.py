"""What Stripe shows of an operation, for kinds whose answer is rarely lost."""

from datetime import timedelta

import pytest

from payments_graphql.errors import InvalidStateError, OperationInProgressError
from payments_graphql.models import Operation, StripeCustomer, StripeDispute, StripeSetupIntent
from payments_graphql.operations import resume_due
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import disputes, payment_methods, setup_intents
from tests import faulty_stripe as faults
from tests.faulty_stripe import Fault

AFTER_THE_LEASE = timedelta(minutes=3)
MISSING = Fault(
    404,
    body={"type": "invalid_request_error", "code": "resource_missing", "message": "No such thing."},
)


def _operation(kind: str) -> Operation:
    return Operation.objects.filter(kind=kind).latest("created_at")


def _posts(stripe_link, path: str) -> list[str]:
    return [key for method, to, key in stripe_link.received if method == "POST" and path in to]


def test_a_customer_that_was_made_is_found(service, bob, stripe_link, make_due, dashboard):
    stripe_link.faults.append(faults.ERROR_500_AFTER_EFFECT)
    assert service.get_or_create_customer(bob)["retryable"]

    make_due()
    resume_due()

    assert _operation("create_customer").state == "succeeded"
    made = [one for one in dashboard.v1.customers.list().data if one.email == "bob@example.com"]
    assert [one.id for one in made] == [
        StripeCustomer.objects.get(user=bob).stripe_customer_id,
    ]


@pytest.fixture
def setup(service, alice, stripe_link) -> StripeSetupIntent:
    return service.create_setup_intent(user=alice)["setup_intent"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [(faults.ERROR_500_AFTER_EFFECT, "succeeded"), (faults.ERROR_500, "unknown")],
)
def test_a_canceled_setup_is_found(setup, stripe_link, make_due, fault, state):
    stripe_link.faults.append(fault)
    with pytest.raises(OperationInProgressError):
        setup_intents.cancel_setup_intent(setup_intent=setup, actor="system:tests")

    make_due()
    resume_due()

    assert _operation("cancel_setup_intent").state == state
    assert len(_posts(stripe_link, "/cancel")) == 1
    setup.refresh_from_db()
    assert (setup.status == "canceled") is (state == "succeeded")


def test_a_cancel_of_a_setup_that_succeeded_is_settled_at_once(
    setup, stripe_link, make_due, dashboard
):
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        setup_intents.cancel_setup_intent(setup_intent=setup, actor="system:tests")
    dashboard.v1.setup_intents.confirm(
        setup.stripe_setup_intent_id, {"payment_method": "pm_card_visa"}
    )

    make_due()
    resume_due()

    assert _operation("cancel_setup_intent").error["code"] == "invalid_state"
    setup.refresh_from_db()
    assert setup.status == "succeeded"


def test_a_setup_that_stripe_would_not_cancel_is_read(setup, dashboard):
    dashboard.v1.setup_intents.confirm(
        setup.stripe_setup_intent_id, {"payment_method": "pm_card_visa"}
    )

    with pytest.raises(InvalidStateError):
        setup_intents.cancel_setup_intent(setup_intent=setup, actor="system:tests")

    setup.refresh_from_db()
    assert setup.status == "succeeded"


def test_a_dispute_that_was_won_was_not_accepted(
    alice, pay, stripe_link, make_due, dashboard, sandbox
):
    pay(alice, method="pm_card_createDispute")
    reconcile()
    dispute = StripeDispute.objects.get()
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        disputes.accept_dispute(dispute=dispute)
    dashboard.v1.disputes.update(
        dispute.stripe_dispute_id,
        {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True},
    )
    sandbox.advance(3 * 24 * 3600)
    assert dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).status == "won"

    make_due()
    resume_due()

    operation = _operation("accept_dispute")
    assert (operation.state, operation.error["code"]) == ("failed", "invalid_state")
    assert operation.error["current_status"] == "won"
    dispute.refresh_from_db()
    assert dispute.status == "won"


@pytest.fixture
def card(service, alice, pay, stripe_link):
    return pay(alice, save_payment_method=True).payment_method


def test_a_customer_that_was_deleted_settles_their_choice_at_once(
    card, stripe_link, make_due, dashboard
):
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=card)
    dashboard.v1.customers.delete(card.customer.stripe_customer_id)

    make_due()
    resume_due()

    assert _operation("set_default_payment_method").error["code"] == "invalid_state"
    assert StripeCustomer.objects.get().deleted_at is not None


def test_another_customers_newer_choice_does_not_supersede_it(
    service, card, pay, bob, stripe_link, make_due
):
    others = pay(bob, save_payment_method=True).payment_method
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=card)
    payment_methods.set_default_payment_method(payment_method=others)

    make_due()
    resume_due()

    card.refresh_from_db()
    assert card.is_default


def test_an_object_that_stripe_does_not_know_means_not_done(
    service, alice, pay, stripe_link, make_due
):
    """Its test data was deleted."""
    held = pay(alice, capture_method="manual")
    stripe_link.faults.append(faults.ERROR_500)
    assert service.capture_payment_intent(held)["retryable"]
    make_due(age=AFTER_THE_LEASE)
    stripe_link.also_reads = True
    stripe_link.faults.append(MISSING)
    resume_due()

    operation = _operation("capture_payment_intent")
    assert (operation.state, operation.error["code"]) == ("failed", "abandoned")


def test_a_dispute_that_stripe_would_not_close_is_read(alice, pay, stripe_link, dashboard):
    pay(alice, method="pm_card_createDispute")
    reconcile()
    dispute = StripeDispute.objects.get()
    dashboard.v1.disputes.close(dispute.stripe_dispute_id)

    with pytest.raises(InvalidStateError):
        disputes.accept_dispute(dispute=dispute)

    dispute.refresh_from_db()
    assert dispute.status == "lost"
