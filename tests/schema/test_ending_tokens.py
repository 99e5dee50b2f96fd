"""Changing a password ends every token that was issued for the old one."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db.models.signals import pre_save
from knox.models import AuthToken

from tests.schema.test_sign_in import ALICE, ask, sign_in


class Traveler(User):
    """A site may derive a proxy of its user model."""

    class Meta:
        proxy = True
        app_label = "auth"


def by_set_password(user):
    user.set_password("another")
    user.save()


def by_update_fields(user):
    user.set_password("another")
    user.save(update_fields=["password"])


def by_the_hash(user):
    user.password = make_password("another")
    user.save()


def by_the_admins_form(user):
    form = AdminPasswordChangeForm(
        user, {"password1": "Lisbon-by-train", "password2": "Lisbon-by-train"}
    )
    assert form.is_valid(), form.errors
    form.save()


def by_a_proxy(user):
    by_set_password(Traveler.objects.get(pk=user.pk))


def by_taking_it_away(user):
    user.set_unusable_password()
    user.save()


CHANGES = [
    by_set_password,
    by_update_fields,
    by_the_hash,
    by_the_admins_form,
    by_a_proxy,
    by_taking_it_away,
]


@pytest.fixture
def token(alice):
    return AuthToken.objects.create(alice)[1]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_token_ends_with_the_password(client, alice, bob, token, change):
    of_bob = AuthToken.objects.create(bob)[1]
    assert ask(client, token).status_code == 200

    change(alice)

    assert ask(client, token).status_code == 401
    assert ask(client, of_bob).status_code == 200


def test_a_token_that_was_issued_in_the_middle_ends_too(client, alice, token):
    issued = []

    def issue(instance, **_):
        issued.append(AuthToken.objects.create(instance)[1])

    pre_save.connect(issue, sender=get_user_model())
    try:
        by_set_password(alice)
    finally:
        pre_save.disconnect(issue, sender=get_user_model())

    assert ask(client, issued[0]).status_code == 401


def test_the_token_outlives_every_other_change(client, alice, token, django_assert_num_queries):
    alice.first_name = "Alicia"
    alice.save()
    alice.refresh_from_db(fields=["first_name"])
    get_user_model().objects.defer("password").get(pk=alice.pk).save()
    with django_assert_num_queries(1):  # signing in writes `last_login`, which needs no check
        alice.save(update_fields=["last_login"])

    assert ask(client, token).status_code == 200


def test_the_new_password_gives_a_new_token(http, alice, token):
    by_set_password(alice)
    new = sign_in(http, {**ALICE, "password": "another"}).json()["token"]
    assert ask(http, new).status_code == 200
    assert ask(http, token).status_code == 401
