"""Matching the earlier integration's customers to users."""

import pytest
from django.contrib.auth.models import User

from payments_graphql.mirror import our_metadata
from payments_graphql.models import StripeCustomer, StripePaymentIntent, StripePaymentMethod


def _get_owners() -> dict[str, str]:
    return dict(StripeCustomer.objects.values_list("stripe_customer_id", "user__username"))


@pytest.mark.parametrize("written", ["primary key", "username"])
def test_a_metadata_key_holds_the_user(sync, alice, bob, make_customer, written):
    value = str(alice.pk) if written == "primary key" else "alice"
    customer = make_customer(metadata={"site_user": value})

    said = sync("--user-id-metadata", "site_user")

    assert _get_owners() == {customer.id: "alice"}
    assert "customers: 1 seen, 1 imported" in said


@pytest.mark.parametrize("value", ["nobody", "0", " {pk} ", "{pk}_", "-1", "9" * 40])
def test_metadata_that_names_no_user_matches_nobody(sync, alice, make_customer, value):
    """Not by e-mail address either, which is another user's."""
    named = value.replace("{pk}", str(alice.pk))
    customer = make_customer(metadata={"id": named}, email=alice.email)

    said = sync("--user-id-metadata", "id", "--match-email")

    assert _get_owners() == {}
    assert f"{customer.id}  its metadata does not name a user" in said


def test_metadata_that_is_one_users_key_and_anothers_name_matches_nobody(
    sync, alice, make_customer
):
    User.objects.create_user(username=str(alice.pk), password="travel")
    make_customer(metadata={"id": str(alice.pk)})

    assert "names two users" in sync("--user-id-metadata", "id")
    assert _get_owners() == {}


def test_without_an_option_nobody_is_matched(sync, alice, make_customer, pay_there):
    customer = make_customer("alice", email=alice.email)
    pay_there(customer.id)

    said = sync()

    assert not StripePaymentIntent.objects.exists()
    assert "1 skipped (1 it is not known whose it is)" in said
    assert "1 skipped (1 of a customer who is not imported)" in said


def test_an_email_address_matches_in_any_case(sync, alice, make_customer):
    customer = make_customer(email="ALICE@Example.com")

    sync("--match-email")

    assert _get_owners() == {customer.id: "alice"}


def test_an_address_that_two_users_have_matches_nobody(sync, alice, bob, make_customer):
    User.objects.filter(pk=bob.pk).update(email="Alice@example.com")
    make_customer(email="alice@example.com")

    assert "several users have its e-mail address" in sync("--match-email")
    assert _get_owners() == {}


def test_an_address_that_two_customers_have_matches_nobody(sync, alice, make_customer):
    make_customer(email="alice@example.com")
    make_customer(email="alice@example.com")

    assert "2 several customers have its e-mail address" in sync("--match-email")
    assert _get_owners() == {}


def test_the_address_of_an_inactive_user_matches_nobody(sync, alice, make_customer):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    make_customer(email="alice@example.com")
    make_customer()

    said = sync("--match-email")

    assert "1 no active user has its e-mail address" in said
    assert "1 it has no e-mail address" in said
    assert _get_owners() == {}


def test_a_customer_that_we_made_is_known_without_options(sync, alice, service, pay):
    pay(alice)

    said = sync()

    assert "customers: 1 seen, 0 imported, 0 changed, 1 unchanged" in said
    assert "payment intents: 1 seen, 0 imported, 0 changed, 1 unchanged" in said


def test_our_own_metadata_finds_the_row_of_a_lost_answer(sync, alice, make_customer):
    row = StripeCustomer.objects.create(user=alice)
    customer = make_customer(metadata=our_metadata(row.pk, customer=row.pk))

    sync()

    row.refresh_from_db()
    assert row.stripe_customer_id == customer.id


def test_the_customer_that_a_user_has_here_stays(
    sync_alice, alice, service, make_customer, pay_there, dashboard
):
    ours = service.get_or_create_customer(alice)["customer"]
    another = make_customer("alice")
    refunded = pay_there(another.id)
    dashboard.v1.refunds.create({"payment_intent": refunded.id})

    said = sync_alice()

    assert _get_owners() == {ours.stripe_customer_id: "alice"}
    assert f"{another.id}  its user has another customer" in said
    assert "payment intents: 1 seen, 0 imported, 0 changed, 0 unchanged, 1 skipped" in said
    assert "refunds: 1 seen, 0 imported, 0 changed, 0 unchanged, 1 skipped" in said
    assert not StripePaymentMethod.objects.exists()


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_the_newest_customer_with_data_is_imported(
    sync_alice, alice, make_customer, pay_there, arguments
):
    older = make_customer("alice")
    newer = make_customer("alice", card="")
    pay_there(newer.id)
    empty = make_customer("alice", card="")

    said = sync_alice(*arguments)

    assert f"{older.id}  its user has another customer" in said
    assert f"{empty.id}  it has nothing to import" in said
    assert _get_owners() == ({} if arguments else {newer.id: "alice"})


def test_a_customer_takes_the_place_of_one_that_was_deleted(
    sync_alice, alice, service, dashboard, events, deliver, make_customer
):
    ours = service.get_or_create_customer(alice)["customer"]
    dashboard.v1.customers.delete(ours.stripe_customer_id)
    deliver(*events("customer.deleted"))
    another = make_customer("alice")

    sync_alice()

    current = StripeCustomer.objects.get(deleted_at=None)
    assert (current.stripe_customer_id, current.generation) == (another.id, 2)
    assert service.get_or_create_customer(alice)["customer"] == current


def test_only_twenty_skipped_customers_are_listed(sync, dashboard, db):
    for _ in range(22):
        dashboard.v1.customers.create({})

    said = sync()

    assert said.count("  cus_") == 20
    assert "and 2 more" in said
