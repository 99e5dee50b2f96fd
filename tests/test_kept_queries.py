"""A statement is made once, and then asks for other values: see Note [Kept SQL]."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from payments_graphql.kept_queries import KeptQueries, KeptQuery, NotKept
from payments_graphql.models import StripeCustomer, StripePaymentIntent
from tests.made_statements import noting_made_statements


@pytest.fixture
def people(db: None) -> list[User]:
    """Each has two customers, the second of live mode."""
    users = [User.objects.create_user(name) for name in ("one", "two", "three")]
    for user in users:
        for livemode in (False, True):
            StripeCustomer.objects.create(user=user, livemode=livemode)
    return users


def test_the_ids_of_a_users_customers_are_read_by_a_kept_statement(
    people: list[User], settings: Any
) -> None:
    expected = {
        (user.pk, livemode): [StripeCustomer.objects.get(user=user, livemode=livemode).pk]
        for user in people
        for livemode in (False, True)
    }
    StripeCustomer.objects.ids_for_user(people[0])
    with noting_made_statements() as made:
        for user in (*people, people[0]):
            assert StripeCustomer.objects.ids_for_user(user) == expected[user.pk, False]
        assert made == []
        settings.STRIPE_SECRET_KEY = "sk_live_1"
        for user in (*people, people[0]):
            assert StripeCustomer.objects.ids_for_user(user) == expected[user.pk, True]
    assert made == [StripeCustomer, StripeCustomer]  # the first one, which is kept then


def test_values_in_any_form_of_rows(people: list[User]) -> None:
    kept = KeptQueries()
    for user in people:
        for name, rows in (
            ("rows", User.objects.filter(username=user.username)),
            ("dicts", User.objects.filter(username=user.username).values("pk", "username")),
            ("tuples", User.objects.filter(username=user.username).values_list("pk", "username")),
            ("flat", User.objects.filter(username=user.username).values_list("pk", flat=True)),
        ):
            assert kept.read(name, [user.username], lambda rows=rows: rows) == list(rows)


def test_a_value_that_could_be_mistaken_is_not_kept(people: list[User]) -> None:
    [one, two, _three] = people
    for rows, values in (
        (User.objects.filter(pk=one.pk, last_name="one"), ["two"]),
        (User.objects.filter(username="one", last_name="one"), ["one", "one"]),
        (User.objects.filter(username="one", last_name="Smith"), ["one"]),
        (User.objects.filter(username__icontains="one"), ["one"]),
        (User.objects.filter(pk=one.pk), [two.pk]),
        (User.objects.filter(is_active=True), [True]),
        (User.objects.none(), []),
    ):
        with pytest.raises(NotKept):
            KeptQuery(rows, values, of_this_caller=None)


def test_what_is_not_kept_is_still_read(people: list[User]) -> None:
    kept = KeptQueries()
    for user in people:
        rows = User.objects.filter(username__icontains=user.username)
        assert kept.read("part", [user.username], lambda rows=rows: rows) == [user]


def test_only_so_many_statements_are_kept(people: list[User]) -> None:
    kept = KeptQueries()
    for number in range(100):
        rows = User.objects.filter(pk=people[0].pk)
        assert kept.read(number, [people[0].pk], lambda rows=rows: rows) == [people[0]]
    assert len(kept._kept) < 20


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite stores UUIDs as text")
def test_nothing_is_kept_that_belongs_to_one_caller(people: list[User]) -> None:
    mine = StripePaymentIntent.objects.filter(customer__user_id=people[0].pk)
    with pytest.raises(NotKept):
        KeptQuery(mine, [], of_this_caller=people[0].pk)
    with pytest.raises(NotKept):
        KeptQuery(StripePaymentIntent.objects.filter(pk=uuid.uuid4()), [], of_this_caller=0)
