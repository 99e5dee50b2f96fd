"""The Stripe account of our key. Stripe is asked once, and the answer is stored."""

import hashlib

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import deadlines, stripe_client
from ..conf import conf
from ..errors import ErrorCode, ProviderError
from ..logs import get_logger
from ..stripe_client import StripeCallError, StripeCredentialsError
from .single_rows import get_or_none

logger = get_logger(__name__)

_PATIENCE = 5.0
"""Seconds the first caller may wait for Stripe."""
_known: dict[str, str] = {}
"""A cache in this process, by key hash. Stripe never moves a key to another account."""


class StripeAccount(models.Model):
    """The account of a key that was used here. The key itself is never stored."""

    key_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret key.")
    account = models.CharField(max_length=64, help_text="acct_...")
    livemode = models.BooleanField()
    read_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.account} {'live' if self.livemode else 'test'}"


class Payouts(StripeAccount):
    """The admin's page of what Stripe paid to the account's bank. Nothing of it is stored. See
    `Dashboard`."""

    class Meta:
        proxy = True
        verbose_name = gettext_lazy("payouts")
        verbose_name_plural = gettext_lazy("payouts")
        default_permissions = ()


def get_account() -> str:
    """`acct_...` of our key: from memory, from the database, or the first time from Stripe.

    Raises `ProviderError` if it is unknown and Stripe cannot be reached: a guess could show, charge
    or add up the wrong rows.
    """
    account = find_account()
    if account is not None:
        return account
    try:
        return fetch_account()
    except StripeCallError as error:
        if isinstance(error, StripeCredentialsError):
            # A restricted key may lack the permission. `payments_doctor` says what to do.
            logger.critical("stripe_account_not_readable", status=error.status)
        raise ProviderError(
            _("The Stripe account of this site is not known yet. Try again in a moment."),
            code=ErrorCode.UNAVAILABLE,
            retryable=True,
        ) from error


def find_account() -> str | None:
    """Like `get_account`, but does not ask Stripe. None if unknown."""
    if conf.PAYMENTS_ACCOUNT:
        return conf.PAYMENTS_ACCOUNT
    key_hash = _hash_key()
    if key_hash not in _known:
        row = get_or_none(StripeAccount.objects.filter(key_hash=key_hash))
        if row is None:
            return None
        _known[key_hash] = row.account
    return _known[key_hash]


def find_account_or_empty() -> str:
    """For rows that must be stored even if the account is unknown."""
    return find_account() or ""


def fetch_account() -> str:
    """Asks Stripe and stores the answer. Raises `StripeCallError`."""
    with deadlines.within(_PATIENCE):
        account = str(stripe_client.retrieve_account().object["id"])
    key_hash = _hash_key()
    StripeAccount.objects.update_or_create(
        key_hash=key_hash, defaults={"account": account, "livemode": conf.livemode}
    )
    _known[key_hash] = account
    return account


def forget_accounts() -> None:
    """For tests: clears this process's cache, not the database."""
    _known.clear()


def _hash_key() -> str:
    return hashlib.sha256(conf.STRIPE_SECRET_KEY.encode()).hexdigest()
