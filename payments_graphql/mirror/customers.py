from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Q

from .. import stripe_client
from ..conf import conf
from ..logs import get_logger
from ..models import CauseKind, StripeCustomer, StripePaymentMethod, fetch_account, our_values
from ..stripe_client import StripeCredentialsError, StripeRefusedError
from .held_rows import choose_row
from .ownership import get_claimed_row
from .rows import find_news, get_id, write
from .source import NotOurs, ReadRequired, Source, WrongAnswer

__all__ = ["adopt_customer", "apply_customer", "get_unknown_default", "release_missing_customer"]

logger = get_logger(__name__)


def apply_customer(payload: Mapping[str, Any], source: Source) -> StripeCustomer:
    """Applies a customer. A customer that this site did not create is not ours, whoever it is.

    Call it inside a transaction. Raises `ReadRequired` if the object must be read from Stripe, or
    if its default card is still unknown.
    """
    row = _find(payload, source)
    if row is None:
        raise NotOurs("not one of our customers")
    is_deleted = bool(payload.get("deleted"))
    is_old = row.as_of is not None and source.as_of < row.as_of
    if row.deleted_at is None and not is_old and get_unknown_default(payload):
        raise ReadRequired("customer", payload["id"])
    values = {
        "stripe_customer_id": payload["id"],
        "default_payment_method_id": None if is_deleted else _get_default(payload, row),
        "deleted_at": (row.deleted_at or source.as_of) if is_deleted else None,
    }
    news = find_news(
        row,
        values,
        source,
        read=("customer", payload["id"]),
        row_is_final=row.deleted_at is not None,
        news_is_final=is_deleted,
    )
    if news is not None:
        write(row, news, as_of=source.as_of, earliest=source.earliest)
        if is_deleted:
            StripePaymentMethod.objects.filter(customer=row).update(is_attached=False)
    return row


def _find(payload: Mapping[str, Any], source: Source) -> StripeCustomer | None:
    """See Note [The operation's row]. One statement, as for a payment."""
    stripe_id = payload["id"]
    written = source.held.pk if source.held else get_claimed_row(payload, "customer")
    # Does not lock the key, so that payments that refer to the customer need not wait.
    locked = StripeCustomer.objects.select_for_update(of=("self",), no_key=True)
    rows = list(locked.filter(Q(stripe_customer_id=stripe_id) | Q(pk=written)).order_by("pk"))
    if source.held is None or len(rows) == 1:
        row = choose_row(rows, "stripe_customer_id", stripe_id, source)
        return row or next((one for one in rows if one.stripe_customer_id is None), None)
    if rows:
        # Another row has this customer already, and payments may belong to either row.
        raise WrongAnswer(f"Stripe answered with {stripe_id}, which another row has.")
    return None


def release_missing_customer(stripe_id: str, refusal: StripeRefusedError) -> None:
    """Handles Stripe's "No such customer" for one of our customers: its test data was deleted, or
    the key belongs to another account. The user's next payment creates a new customer.

    Raises `refusal` if the settings name another account than Stripe does, since the reason is
    then unknown.
    """
    row = StripeCustomer.objects.ours().filter(stripe_customer_id=stripe_id).first()
    if row is None:
        raise refusal
    try:
        account = stripe_client.retrieve_account().object["id"]
    except StripeCredentialsError:  # a restricted key: rely on the setting
        account = row.account
    if account != row.account:
        logger.critical("stripe_account_changed", known=row.account, found=account)
        if conf.PAYMENTS_ACCOUNT:
            raise refusal
        fetch_account()  # The row belongs to another account and is kept as it is.
        return
    logger.error("customer_not_at_stripe", stripe_id=stripe_id, user=str(row.user_id))
    source = Source(CauseKind.READ, refusal.request_id, refusal.as_of, version=row.version)
    with transaction.atomic():
        apply_customer({"id": stripe_id, "deleted": True}, source)


def get_unknown_default(payload: Mapping[str, Any]) -> str:
    """The id of the default card if its own event has not arrived yet. Otherwise empty."""
    stripe_id = "" if payload.get("deleted") else _get_default_id(payload)
    methods = StripePaymentMethod.objects.filter(stripe_payment_method_id=stripe_id)
    return "" if not stripe_id or methods.exists() else stripe_id


def _get_default_id(payload: Mapping[str, Any]) -> str:
    return get_id((payload.get("invoice_settings") or {}).get("default_payment_method"))


def adopt_customer(
    payload: Mapping[str, Any], user: AbstractBaseUser, source: Source
) -> StripeCustomer:
    """Assigns a customer that others created to `user`. The caller must know that it is theirs.

    Call it inside a transaction. A user has one customer at a time: raises `NotOurs` if there is
    another one, or one is being created.
    """
    of_user = StripeCustomer.objects.for_user(user)
    if of_user.filter(deleted_at=None).exists():
        raise NotOurs("its user has another customer")
    try:
        with transaction.atomic():
            StripeCustomer.objects.create(
                user_id=user.pk,
                **our_values(),
                stripe_customer_id=payload["id"],
                generation=of_user.count() + 1,
            )
    except IntegrityError:  # a concurrent first payment created one
        raise NotOurs("its user has another customer") from None
    return apply_customer(payload, source)


def _get_default(payload: Mapping[str, Any], row: StripeCustomer) -> object:
    stripe_id = _get_default_id(payload)
    if not stripe_id:
        return None
    return (
        StripePaymentMethod.objects.filter(stripe_payment_method_id=stripe_id, customer=row)
        .values_list("pk", flat=True)
        .first()
    )
