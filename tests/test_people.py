"""Users of any model, whatever the site's manager hides."""

from typing import Any

import pytest
from django.contrib.auth.models import User, UserManager
from django.test import Client

from payments_graphql import people
from payments_graphql.admin.finding.rows import NamedRows
from tests.schema.rows import make_intents


class Hiding(UserManager):
    def get_queryset(self):
        return super().get_queryset().exclude(username="alice")


@pytest.fixture
def hidden(alice, monkeypatch):
    manager = Hiding()
    manager.model = User
    monkeypatch.setattr(User._meta, "default_manager", manager)
    assert alice not in User._default_manager.all()
    return alice


def test_a_hidden_user_is_found_by_staff_and_commands(hidden):
    assert list(people.list_by_key_or_username(hidden.username)) == [hidden]
    assert list(people.list_by_key_or_username(str(hidden.pk))) == [hidden]
    assert list(people.list_by_email(hidden.email)) == [hidden]
    assert NamedRows().list_by(hidden.username).users == [hidden.pk]


def test_the_payments_of_a_hidden_user_are_listed_for_staff(hidden, sam):
    (intent,) = make_intents(hidden, 1)
    query = """{ paymentIntents(scope: ALL, filter: {username: "alice"}) {
        nodes { stripePaymentIntentId } } }"""
    client = Client()
    client.force_login(sam)
    answer = client.post("/graphql/", {"query": query}, content_type="application/json").json()
    nodes = answer["data"]["paymentIntents"]["nodes"]
    assert nodes == [{"stripePaymentIntentId": intent.stripe_payment_intent_id}]


def test_actors_are_described_with_one_statement(
    alice: User, sam: User, django_assert_num_queries: Any
) -> None:
    User.objects.filter(pk=sam.pk).update(first_name="Sam", last_name="Staff")
    actors = [f"user:{sam.pk}", f"user:{alice.pk}", "user:999999", "user:x", "system:reconcile"]
    with django_assert_num_queries(1):
        described = people.describe_actors([*actors, *actors])
    assert described == {
        f"user:{sam.pk}": "Sam Staff",
        f"user:{alice.pk}": f"User {alice.pk}",  # her name is personal data
        "user:999999": "Deleted user 999999",
        "user:x": "Deleted user x",
        "system:reconcile": "This site, in its regular check",
    }


def test_programs_are_described_without_a_statement(
    db: None, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert people.describe_actors(["system:site", "system:nightly"]) == {
            "system:site": "This site",
            "system:nightly": "nightly",
        }
