"""Are the rows of the account that our key belongs to, and does Stripe know them?"""

from collections.abc import Iterator

from django.db.models import Count

from .. import mirror, stripe_client
from ..conf import conf
from ..models import StripeCustomer, fetch_account, find_account, our_values
from ..stripe_client import StripeCallError, StripeCredentialsError, StripeRefusedError
from .finding import Finding, Subject

_ACCOUNT = Subject("account")


def examine_account() -> Iterator[Finding]:
    """Asks Stripe. One that was not known yet is remembered: nothing is listed without."""
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
        where = "PAYMENTS_ACCOUNT" if conf.PAYMENTS_ACCOUNT else "what was remembered"
        yield _ACCOUNT.error(
            f"STRIPE_SECRET_KEY is of {found}, and {where} says {known}.",
            "Correct PAYMENTS_ACCOUNT, or leave it empty."
            if conf.PAYMENTS_ACCOUNT
            else "The next payment of a known customer corrects it.",
        )
        return
    yield from _examine_customers(found)


def explain_unknown() -> Finding:
    return _ACCOUNT.error(
        "it is not known which Stripe account STRIPE_SECRET_KEY is of: nothing is listed or paid.",
        "It is asked of Stripe once. Or name it by PAYMENTS_ACCOUNT (acct_...).",
    )


def _explain_forbidden() -> Iterator[Finding]:
    if conf.PAYMENTS_ACCOUNT:
        yield _ACCOUNT.ok(f"{conf.PAYMENTS_ACCOUNT}, by PAYMENTS_ACCOUNT.")
    else:
        yield _ACCOUNT.error(
            "STRIPE_SECRET_KEY may not read its own account.",
            "Set PAYMENTS_ACCOUNT to its id (acct_...), which the dashboard shows under Settings, "
            "or let the restricted key read accounts.",
        )


def _examine_customers(account: str) -> Iterator[Finding]:
    ours = StripeCustomer.objects.filter(**our_values())
    newest = ours.filter(deleted_at=None).exclude(stripe_customer_id=None).first()
    if newest is not None and _is_missing(str(newest.stripe_customer_id)):
        yield _ACCOUNT.warning(
            f"Stripe does not know {newest.stripe_customer_id}, a customer of {account} here: its "
            "test data were deleted, or the key is of another sandbox.",
            "Each user gets a new customer with the next payment. Are the keys the right ones?",
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
            f"no customer here is of {account}, but {listed}: they are kept, and out of all lists.",
            "That is right after going live or changing the account. Otherwise check the keys.",
        )
    elif listed:
        yield _ACCOUNT.ok(f"{account}. Other customers are kept, and out of all lists: {listed}.")
    else:
        yield _ACCOUNT.ok(f"{account}.")


def _is_missing(stripe_id: str) -> bool:
    try:
        stripe_client.retrieve_customer(stripe_id)
    except StripeRefusedError as error:
        return error.code == "resource_missing"
    except StripeCallError:  # what else is wrong was said before
        pass
    return False
