"""Starts to save a card without a payment."""

import pytest

from payments_graphql.errors import (
    IdempotencyError,
    InvalidStateError,
    OperationInProgressError,
    ValidationError,
)
from payments_graphql.models import Operation, StatusChange, StripeSetupIntent
from payments_graphql.services import setup_intents
from tests.threads import run_together


def _create(user, **values):
    return setup_intents.create_setup_intent(user=user, **values)


def test_the_page_gets_what_it_needs(alice, dashboard, sandbox):
    created = _create(alice)

    setup_intent = created.setup_intent
    assert created.client_secret.startswith(f"{setup_intent.stripe_setup_intent_id}_secret_")
    assert not created.replayed
    assert (setup_intent.status, setup_intent.usage) == ("requires_payment_method", "off_session")
    assert setup_intent.is_confirmable
    assert setup_intent.customer.user == alice
    at_stripe = dashboard.v1.setup_intents.retrieve(setup_intent.stripe_setup_intent_id)
    assert at_stripe.customer == setup_intent.customer.stripe_customer_id
    assert at_stripe.usage == "off_session"
    assert at_stripe.automatic_payment_methods.allow_redirects == "never"
    # Stripe's answer to the creation already has the secret.
    assert len(sandbox.requests("GET", "/v1/setup_intents/*")) == 1


def test_the_python_service_returns_it_as_a_result(service, alice, sandbox):
    result = service.create_setup_intent(user=alice, usage="on_session", idempotency_key="key-1")

    assert result["success"], result
    assert result["setup_intent"].usage == "on_session"
    assert "_secret_" in result["client_secret"]
    again = service.create_setup_intent(user=alice, usage="on_session", idempotency_key="key-1")
    assert again["replayed"]
    refused = service.create_setup_intent(user=alice, usage="whenever")
    assert not refused["success"]
    assert refused["error_code"] == "invalid_input"


def test_one_whose_answer_was_lost_is_known_here(alice, sandbox, settings):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0.2
    sandbox.faults.add("error_500", method="POST", path="/v1/setup_intents", times=1)
    with pytest.raises(OperationInProgressError):
        _create(alice, usage="on_session")

    row, operation = StripeSetupIntent.objects.get(), Operation.objects.get(state="unknown")
    customer = alice.payments_graphql_customers.get()
    assert (row.customer, row.usage) == (customer, "on_session")
    assert (row.livemode, row.account) == (customer.livemode, customer.account)
    assert (operation.setup_intent, operation.customer) == (row, customer)
    assert operation.actor == f"user:{alice.pk}"


def test_a_deleted_customers_secret_is_not_read(alice, sandbox):
    setup_intent = _create(alice).setup_intent
    setup_intent.customer.deleted_at = setup_intent.created_at
    with pytest.raises(InvalidStateError, match="Create a new setup intent") as caught:
        setup_intents.fetch_setup_details(setup_intent)
    assert caught.value.path == ("setupIntentId",)
    assert caught.value.current_status == "requires_payment_method"
    assert not sandbox.requests("GET", "/v1/setup_intents/*")


def test_one_that_has_saved_a_card_is_not_canceled(alice, sandbox):
    setup_intent = _create(alice).setup_intent
    StripeSetupIntent.objects.update(status="succeeded")  # the caller's copy is older
    with pytest.raises(InvalidStateError, match='now has the status "succeeded"') as caught:
        setup_intents.cancel_setup_intent(setup_intent=setup_intent, actor="system:tests")
    assert caught.value.current_status == "succeeded"
    assert not sandbox.requests("POST", "/v1/setup_intents/*")


def test_the_same_key_makes_one(alice, sandbox, dashboard):
    first, second = (_create(alice, idempotency_key="key-1") for _ in range(2))

    assert second.replayed
    assert second.setup_intent == first.setup_intent
    assert second.client_secret == first.client_secret
    assert len(sandbox.requests("POST", "/v1/setup_intents")) == 1


def test_after_success_the_same_key_returns_no_secret(alice, dashboard, service):
    first = _create(alice, idempotency_key="key-1")
    stripe_id = first.setup_intent.stripe_setup_intent_id
    dashboard.v1.setup_intents.confirm(stripe_id, {"payment_method": "pm_card_visa"})
    StripeSetupIntent.objects.update(status="succeeded")

    assert _create(alice, idempotency_key="key-1").client_secret == ""


def test_a_key_is_each_persons_own(alice, bob, sandbox):
    alices = _create(alice, idempotency_key="key-1")
    bobs = _create(bob, idempotency_key="key-1")

    assert bobs.setup_intent != alices.setup_intent
    assert not bobs.replayed
    assert list(StripeSetupIntent.objects.for_user(bob)) == [bobs.setup_intent]


def test_a_key_of_another_request_is_refused(service, alice, sandbox):
    _create(alice, idempotency_key="key-1")
    with pytest.raises(IdempotencyError):
        _create(alice, usage="on_session", idempotency_key="key-1")

    service.create_payment_intent(user=alice, amount=10, currency="USD", idempotency_key="key-2")
    with pytest.raises(IdempotencyError):
        _create(alice, idempotency_key="key-2")
    assert StripeSetupIntent.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"usage": "whenever"}, "usage"),
        ({"usage": ""}, "usage"),
        ({"idempotency_key": ""}, "idempotencyKey"),
        ({"idempotency_key": "k" * 256}, "idempotencyKey"),
    ],
)
def test_bad_input_names_its_field_and_asks_stripe_nothing(alice, sandbox, values, field):
    with pytest.raises(ValidationError) as caught:
        _create(alice, **values)

    assert caught.value.path == (field,)
    assert not sandbox.requests("POST")
    assert not StripeSetupIntent.objects.exists()


def test_its_beginning_is_in_the_history(alice, sandbox):
    setup_intent = _create(alice).setup_intent

    change = StatusChange.objects.get(setup_intent=setup_intent)
    assert (change.from_status, change.to_status) == ("", "requires_payment_method")
    assert change.cause_id == str(Operation.objects.get(kind="create_setup_intent").pk)
    assert change.payment_intent is None


def test_no_secret_of_it_is_stored(alice, sandbox):
    secret = _create(alice).client_secret.partition("_secret_")[2]

    stored = [*Operation.objects.values(), *StripeSetupIntent.objects.values()]
    assert stored
    assert secret not in repr(stored)


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_time_makes_one(alice, sandbox):
    made = run_together(3, lambda _: _create(alice, idempotency_key="key-1").setup_intent.pk)

    assert len(set(made)) == 1
    assert len(sandbox.requests("POST", "/v1/setup_intents")) == 1
