"""Checks that our rows belong to the account of our key, and that Stripe knows them."""

from collections.abc import Iterator

from django.db.models import Count

from .. import mirror, stripe_client
from ..conf import conf
from ..models import StripeCustomer, fetch_account, find_account, our_values
from ..stripe_client import StripeCallError, StripeCredentialsError, StripeRefusedError
from .finding import Finding, Subject

_ACCOUNT = Subject("account")


def examine_account() -> Iterator[Finding]:
    """Asks Stripe, and stores the account if it was unknown: without it, nothing is listed."""
    mirror.release_connection()
    known = find_account()
    try:
        found = stripe_client.retrieve_account().object["id"] if known else fetch_account()
    except StripeCredentialsError:
        yield from _explain_forbidden()
        found = known
    except StripeCallError:
        found = known
        if known is None:
            yield explain_unknown()
    if found is None:
        return
    if known is not None and found != known:
        where = "PAYMENTS_ACCOUNT" if conf.PAYMENTS_ACCOUNT else "the database"
        yield _ACCOUNT.error(
            f"STRIPE_SECRET_KEY belongs to {found}, but {where} says {known}.",
            "Correct PAYMENTS_ACCOUNT, or leave it empty."
            if conf.PAYMENTS_ACCOUNT
            else "The next payment of an existing customer corrects it.",
        )
        return
    yield from _examine_customers(found)


def explain_unknown() -> Finding:
    return _ACCOUNT.error(
        "the Stripe account of STRIPE_SECRET_KEY is unknown: no lists and no payments work.",
        "Check the keys and the connection to Stripe, or set PAYMENTS_ACCOUNT (acct_...).",
    )


def _explain_forbidden() -> Iterator[Finding]:
    if conf.PAYMENTS_ACCOUNT:
        yield _ACCOUNT.ok(f"{conf.PAYMENTS_ACCOUNT}, from PAYMENTS_ACCOUNT.")
    else:
        yield _ACCOUNT.error(
            "STRIPE_SECRET_KEY may not read its own account.",
            "Set PAYMENTS_ACCOUNT to its id (acct_...), see Settings in Stripe's Dashboard, "
            "or allow the restricted key to read accounts.",
        )


def _examine_customers(account: str) -> Iterator[Finding]:
    ours = StripeCustomer.objects.filter(**our_values())
    newest = ours.filter(deleted_at=None).exclude(stripe_customer_id=None).first()
    if newest is not None and _is_missing(str(newest.stripe_customer_id)):
        yield _ACCOUNT.warning(
            f"Stripe does not know {newest.stripe_customer_id}, a customer of {account} here: "
            "the account's test data was deleted, or the key belongs to another sandbox.",
            "Check the keys. If they are right, each user's next payment creates a new customer.",
        )
    others = (
        StripeCustomer.objects.exclude(**our_values())
        .order_by("account", "livemode")
        .values("account", "livemode")
        .annotate(count=Count("pk"))
    )
    listed = ", ".join(
        f"{one['count']} of {one['account']} in {'live' if one['livemode'] else 'test'} mode"
        for one in others
    )
    if listed and newest is None:
        yield _ACCOUNT.warning(
            f"no customer here belongs to {account}, only {listed}. They are kept but hidden.",
            "This is normal after going live or changing the account. Otherwise check the keys.",
        )
    elif listed:
        yield _ACCOUNT.ok(f"{account}. Other customers are kept but hidden: {listed}.")
    else:
        yield _ACCOUNT.ok(f"{account}.")


def _is_missing(stripe_id: str) -> bool:
    try:
        stripe_client.retrieve_customer(stripe_id)
    except StripeRefusedError as error:
        return error.code == "resource_missing"
    except StripeCallError:  # reported by other checks
        pass
    return False
