import pytest
from django.utils import timezone

from payments_graphql.errors import InvalidStateError
from payments_graphql.models import StripeCustomer
from payments_graphql.reconciliation import reconcile
from payments_graphql.services.customers import get_or_create_customer


def test_a_customer_is_made_at_stripe(service, alice, dashboard):
    customer = service.get_or_create_customer(alice)["customer"]

    at_stripe = dashboard.v1.customers.retrieve(customer.stripe_customer_id)
    assert (at_stripe.email, at_stripe.name) == ("alice@example.com", "Alice")
    assert (customer.user, customer.generation, customer.livemode) == (alice, 1, False)


def test_a_customer_names_its_row(service, alice, dashboard):
    """So that it is found again if the answer is lost."""
    service.create_payment_intent(user=alice, amount=10, currency="USD")

    row = StripeCustomer.objects.get(user=alice)
    metadata = dashboard.v1.customers.retrieve(row.stripe_customer_id).metadata
    assert metadata["payments_customer"] == str(row.pk)


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
