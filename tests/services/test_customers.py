import pytest
from django.utils import timezone

from payments_graphql.errors import InvalidStateError
from payments_graphql.models import Operation, StripeCustomer
from payments_graphql.reconciliation import reconcile
from payments_graphql.services.customers import get_or_create_customer
from tests.faulty_stripe import REFUSED, RESET_AFTER_EFFECT, faulty_stripe


@pytest.fixture
def link(sandbox, settings):
    """The connection to Stripe, over which nobody waits for an answer that was lost."""
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        yield link


def test_a_customer_is_made_at_stripe(service, alice, dashboard):
    customer = service.get_or_create_customer(alice)["customer"]

    at_stripe = dashboard.v1.customers.retrieve(customer.stripe_customer_id)
    assert (at_stripe.email, at_stripe.name) == ("alice@example.com", "Alice")
    assert (customer.user, customer.generation, customer.livemode) == (alice, 1, False)


def test_a_customer_names_its_row_and_operation(service, alice, dashboard):
    """So that it is found again if the answer is lost."""
    service.create_payment_intent(user=alice, amount=10, currency="USD")

    row = StripeCustomer.objects.get(user=alice)
    metadata = dashboard.v1.customers.retrieve(row.stripe_customer_id).metadata
    assert metadata["payments_customer"] == str(row.pk)
    operation = Operation.objects.get(kind="create_customer")
    assert metadata["payments_operation"] == str(operation.pk)


def test_a_person_who_is_being_erased_cannot_pay(service, alice, sandbox):
    service.create_payment_intent(user=alice, amount=10, currency="USD")
    StripeCustomer.objects.update(erased_at=timezone.now())

    with pytest.raises(InvalidStateError) as caught:
        get_or_create_customer(alice)

    assert caught.value.current_status == "erasing"


def test_it_is_made_once(service, alice, sandbox):
    first = service.get_or_create_customer(alice)["customer"]

    assert service.get_or_create_customer(alice)["customer"] == first
    assert len(sandbox.requests("POST", "/v1/customers")) == 1


def test_each_user_has_a_customer(service, alice, bob, dashboard):
    his = service.get_or_create_customer(bob)["customer"]
    dashboard.v1.customers.delete(his.stripe_customer_id)
    reconcile()
    service.get_or_create_customer(bob)

    hers = service.get_or_create_customer(alice)["customer"]

    assert (hers.user, hers.generation) == (alice, 1)


def test_it_belongs_to_the_account_of_the_settings(service, alice, sandbox, settings):
    settings.PAYMENTS_ACCOUNT = "acct_other"
    assert service.get_or_create_customer(alice)["customer"].account == "acct_other"


def test_one_whose_answer_was_lost_is_found_by_the_next_request(
    service, alice, bob, dashboard, link
):
    link.faults.extend([RESET_AFTER_EFFECT, REFUSED])
    lost = service.get_or_create_customer(alice)
    assert lost["retryable"], lost
    assert not service.get_or_create_customer(bob)["success"]

    found = service.get_or_create_customer(alice)

    assert found["success"], found
    (customer,) = dashboard.v1.customers.list().data
    assert found["customer"].stripe_customer_id == customer.id


def test_one_that_stripe_refused_is_created_by_the_next_request(service, alice, dashboard, link):
    link.faults.extend([REFUSED] * 2)
    for _ in range(2):
        assert service.get_or_create_customer(alice)["error_code"] == "provider_error"

    created = service.get_or_create_customer(alice)

    assert created["success"], created
    assert len(dashboard.v1.customers.list().data) == 1


def test_a_customer_deleted_at_stripe_is_created_again(service, alice, dashboard):
    first = service.get_or_create_customer(alice)["customer"]
    dashboard.v1.customers.delete(first.stripe_customer_id)
    reconcile()

    second = service.get_or_create_customer(alice)["customer"]

    first.refresh_from_db()
    assert first.deleted_at is not None
    assert second.generation == 2
    assert second.stripe_customer_id != first.stripe_customer_id
    assert service.create_payment_intent(user=alice, amount=10, currency="USD")["success"]


def test_payments_of_a_deleted_customer_stay_the_users(service, alice, pay, dashboard):
    intent = pay(alice)
    dashboard.v1.customers.delete(intent.customer.stripe_customer_id)
    reconcile()
    service.get_or_create_customer(alice)

    assert list(type(intent).objects.for_user(alice)) == [intent]


@pytest.mark.parametrize("email", ["", "broken"])
def test_a_user_without_a_usable_address_still_pays(service, alice, email):
    alice.email = email
    alice.save()

    assert service.create_payment_intent(user=alice, amount=10, currency="USD")["success"]


def test_a_long_name_is_cut_to_what_stripe_takes(service, alice, dashboard):
    alice.first_name, alice.last_name = "A" * 150, "B" * 150
    alice.save()

    customer = service.get_or_create_customer(alice)["customer"]

    at_stripe = dashboard.v1.customers.retrieve(customer.stripe_customer_id)
    assert at_stripe.name == "A" * 150 + " " + "B" * 105


@pytest.mark.parametrize("what", ["payment", "setup"])
def test_a_customer_deleted_at_stripe_is_replaced_by_the_next_payment(
    service, alice, dashboard, what
):
    first = service.get_or_create_customer(alice)["customer"]
    dashboard.v1.customers.delete(first.stripe_customer_id)  # and no event has arrived

    def ask():
        if what == "setup":
            return service.create_setup_intent(user=alice, idempotency_key="key-1")
        return service.create_payment_intent(
            user=alice, amount=10, currency="USD", idempotency_key="key-1"
        )

    result = ask()

    assert result["success"], result
    row = result["setup_intent" if what == "setup" else "payment_intent"]
    assert row.customer.generation == 2
    first.refresh_from_db()
    assert first.deleted_at is not None
    again = ask()
    assert again["success"], again
    assert again["replayed"]
