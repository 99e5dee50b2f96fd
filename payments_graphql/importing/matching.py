"""Finds the user of a customer that we did not create."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from .. import people, stripe_client
from ..mirror import NotOurs
from .pages import fetch_patiently

__all__ = ["Matching", "fetch_user"]


@dataclass(frozen=True)
class Matching:
    """What the site says about its earlier integration.

    `user_id_metadata`: the metadata key that held the user's primary key or username.
    `by_email`: match if exactly one active user and one customer have the same e-mail address. Use
    it only if users had to verify their address: otherwise someone who signed up with another
    person's address would see that person's payments and pay with their cards.
    """

    user_id_metadata: str = ""
    by_email: bool = False


def fetch_user(customer: Mapping[str, Any], matching: Matching) -> AbstractBaseUser:
    """Asks Stripe for customers with the same e-mail address. Raises `NotOurs` with the reason."""
    named = (customer.get("metadata") or {}).get(matching.user_id_metadata)
    if named:
        # The metadata names a user, so the e-mail address is not used.
        return _get_named(str(named))
    if matching.by_email:
        return _fetch_by_email(customer)
    raise NotOurs("it is not known whose it is")


def _get_named(name: str) -> AbstractBaseUser:
    found = {user.pk: user for user in people.list_by_key_or_username(name)}
    if len(found) == 1:
        return found.popitem()[1]
    if found:  # one user's name is another's primary key
        raise NotOurs("its metadata names two users")
    raise NotOurs("its metadata does not name a user")


def _fetch_by_email(customer: Mapping[str, Any]) -> AbstractBaseUser:
    email = str(customer.get("email") or "").strip()
    if not email:
        raise NotOurs("it has no e-mail address")
    users = [user for user in people.list_by_email(email) if user.is_active]
    if not users:
        raise NotOurs("no active user has its e-mail address")
    if len(users) > 1:
        raise NotOurs("several users have its e-mail address")
    (user,) = users
    # Stripe's filter is case-sensitive.
    spellings = {str(customer["email"]), email.lower(), people.get_email(user)}
    ids = {other["id"] for spelling in sorted(spellings) for other in _fetch_customers(spelling)}
    if ids - {customer["id"]}:
        raise NotOurs("several customers have its e-mail address")
    return user


def _fetch_customers(email: str) -> list[dict[str, Any]]:
    answer = fetch_patiently(lambda: stripe_client.list_customers({"email": email, "limit": 2}))
    found: list[dict[str, Any]] = answer.object["data"]
    return found
