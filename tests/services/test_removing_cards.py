"""Removing a card removes every copy of it, wherever it was saved."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from payments_graphql.errors import NotFoundError, OperationInProgressError, ProviderError
from payments_graphql.models import Operation, StripePaymentMethod
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import payment_methods

DETACH = "/v1/payment_methods/*/detach"


@pytest.fixture
def save(pay):
    return lambda user, method="pm_card_visa": (
        pay(user, save_payment_method=True, method=method).payment_method
    )


def _detach(method, **values):
    return payment_methods.detach_payment_method(payment_method=method, **values)


def _count_at_stripe(dashboard, user):
    return sum(
        len(dashboard.v1.customers.payment_methods.list(one.stripe_customer_id).data)
        for one in user.payments_graphql_customers.filter(deleted_at=None)
    )


@pytest.mark.parametrize("which", [0, 1, 2])
def test_every_copy_is_detached_whichever_is_chosen(
    service, alice, bob, save, dashboard, sandbox, which
):
    copies = [save(alice) for _ in range(3)]
    other, of_bob = save(alice, "pm_card_mastercard"), save(bob)
    assert len(service.list_payment_methods(alice)) == 2

    removed = _detach(copies[which], user=alice)

    assert not removed.is_attached
    assert service.list_payment_methods(alice) == [other]
    assert service.list_payment_methods(bob) == [of_bob]
    assert _count_at_stripe(dashboard, alice) == 1
    operations = Operation.objects.filter(kind="detach_payment_method")
    assert sorted(one.payment_method.pk for one in operations) == sorted(one.pk for one in copies)
    assert {(one.state, one.actor) for one in operations} == {("succeeded", f"user:{alice.pk}")}


@pytest.mark.parametrize("default", [0, 1])
def test_the_default_is_not_moved_to_a_card_that_nobody_chose(
    service, alice, save, dashboard, default
):
    copies = [save(alice), save(alice)]
    save(alice, "pm_card_mastercard")
    service.set_default_payment_method(copies[default])
    _detach(copies[0])

    customer = alice.payments_graphql_customers.get()
    assert customer.default_payment_method is None
    at_stripe = dashboard.v1.customers.retrieve(customer.stripe_customer_id)
    assert at_stripe.invoice_settings.default_payment_method is None


def test_another_card_stays_the_default(service, alice, save):
    copies, other = [save(alice), save(alice)], save(alice, "pm_card_mastercard")
    service.set_default_payment_method(other)
    _detach(copies[1])

    alice.payments_graphql_customers.get().refresh_from_db()
    assert alice.payments_graphql_customers.get().default_payment_method == other


def test_copies_of_an_older_customer_go_too(service, alice, save, dashboard):
    old = save(alice)
    # The customer was replaced, but still exists at Stripe.
    customer = old.customer
    new = type(customer).objects.create(
        user=alice,
        generation=2,
        stripe_customer_id=dashboard.v1.customers.create({}).id,
        deleted_at=None,
        account="older",
    )
    type(customer).objects.filter(pk=new.pk).update(
        account=customer.account, deleted_at=customer.as_of
    )
    card = dashboard.v1.payment_methods.attach("pm_card_visa", {"customer": new.stripe_customer_id})
    copy = StripePaymentMethod.objects.create(
        customer=new,
        stripe_payment_method_id=card.id,
        fingerprint=old.fingerprint,
        account=old.account,
        is_attached=True,
    )
    _detach(old)

    copy.refresh_from_db()
    assert not copy.is_attached
    assert dashboard.v1.payment_methods.retrieve(card.id).customer is None


def test_a_copy_in_the_other_mode_is_ignored(alice, save, sandbox):
    card, live = save(alice), save(alice)
    StripePaymentMethod.objects.filter(pk=live.pk).update(livemode=True)
    _detach(card)

    assert len(sandbox.requests("POST", DETACH)) == 1


def test_a_copy_detached_in_the_dashboard_does_not_stop_the_others(service, alice, save, dashboard):
    first, second = save(alice), save(alice)
    dashboard.v1.payment_methods.detach(first.stripe_payment_method_id)
    _detach(second)

    assert service.list_payment_methods(alice) == []


def test_a_copy_that_stripe_does_not_detach_stops_the_removal(service, alice, save, sandbox):
    _first, second = save(alice), save(alice)
    sandbox.faults.add("forbidden", method="POST", path=DETACH, times=1)
    with pytest.raises(ProviderError):
        _detach(second)
    assert service.list_payment_methods(alice) == [second]
    assert StripePaymentMethod.objects.attached().count() == 2
    assert len(sandbox.requests("POST", DETACH)) == 1

    _detach(second)
    assert service.list_payment_methods(alice) == []


def test_an_interrupted_removal_stays_listed_and_finishes_on_retry(
    service, alice, save, sandbox, dashboard
):
    first, second = save(alice), save(alice)
    sandbox.faults.add("error_500_after_effect", method="POST", path=DETACH, times=1)
    with pytest.raises(OperationInProgressError):
        _detach(second)
    assert second in service.list_payment_methods(alice)

    Operation.objects.filter(state="unknown").update(next_attempt_at=timezone.now())
    reconcile()
    first.refresh_from_db()
    assert not first.is_attached
    second.refresh_from_db()
    _detach(second)

    assert service.list_payment_methods(alice) == []
    assert _count_at_stripe(dashboard, alice) == 0


def test_a_renewed_card_is_one_card(service, alice, save):
    old, new = save(alice), save(alice)
    StripePaymentMethod.objects.filter(pk=old.pk).update(exp_year=2020)
    assert service.list_payment_methods(alice) == [new]
    # And an expired default does not hide the one that can pay.
    service.set_default_payment_method(old)
    assert service.list_payment_methods(alice) == [new]


def test_methods_without_a_fingerprint_are_not_copies(service, alice, save):
    first, second = save(alice), save(alice)
    StripePaymentMethod.objects.update(fingerprint="")
    first.refresh_from_db()
    _detach(first)

    assert service.list_payment_methods(alice) == [second]


def test_another_customers_card_is_not_found_and_nothing_is_detached(alice, bob, save, sandbox):
    card = save(alice)
    save(alice)
    for someone in (bob, AnonymousUser()):
        with pytest.raises(NotFoundError) as caught:
            _detach(card, user=someone)
        assert caught.value.path == ("paymentMethodId",)
    assert sandbox.requests("POST", DETACH) == []
