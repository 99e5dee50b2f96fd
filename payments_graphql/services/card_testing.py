"""Stops people who test stolen cards on this site.

Note [Card testing]
Thieves find out which stolen cards still work by paying with one after another. They need a client
secret of this site, and then call Stripe directly, where our limits do not apply. Failures come
back as `payment_intent.payment_failed` and `setup_intent.setup_failed`. Stripe judges the site by
them:
https://docs.stripe.com/disputes/prevention/card-testing

Failures are counted from existing rows. Each event counts, also several in one second, of which the
mirror keeps only the last. Status changes count failed confirmations of our own whose event has not
arrived yet. So no separate counter can be lost, reset or wrong. A charge by the site's own job
while the customer is away is not counted.

After too many failures, of one intent or of one user, the user's open payments and setup intents
are canceled at Stripe, which makes their client secrets useless. For some time, the user cannot
create new ones. `payments_reconcile` cancels them, as does a confirmation of our own that fails
once too often, but never a webhook. The block is computed from the rows, and so ends automatically.
A person with the permission `lift_block` can end it earlier: the failures until then do not count.
"""

import math
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import metrics, operations
from ..errors import InvalidStateError, PaymentError, RateLimitedError
from ..logs import get_logger
from ..models import (
    Operation,
    OperationKind,
    OperationState,
    PaymentIntentStatus,
    SetupIntentStatus,
    StripeCustomer,
    StripePaymentIntent,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from ..policy import Person, get_policy, require
from .failed_attempts import LATELY, FailedAttempts, get_failed_attempts
from .setup_intents import cancel_setup_intent

__all__ = [
    "ACTOR",
    "cancel_suspected",
    "get_blocked_until",
    "lift_block",
    "refuse_blocked",
    "stop_if_suspected",
]

logger = get_logger(__name__)

ACTOR = "system:card_testing"
BETWEEN_TRIES = timedelta(minutes=10)
"""A cancellation that Stripe rejected is not repeated in every round."""
USERS_AT_ONCE = 200

type _Intent = StripePaymentIntent | StripeSetupIntent


def refuse_blocked(user: AbstractBaseUser) -> None:
    """Raises `RateLimitedError`, with the end of the block, for a user who seems to test cards.

    GraphQL checks this automatically. Call it in your own code that lets customers create payments.
    """
    until = get_failed_attempts([user.pk])[user.pk].get_blocked_until()
    seconds = 0 if until is None else math.ceil((until - timezone.now()).total_seconds())
    if until is not None and seconds > 0:
        metrics.count_card_testing("refused")
        logger.warning("card_testing_refused", user=str(user.pk), retry_after=seconds)
        raise RateLimitedError(
            _("Too many payment attempts have failed. Try again after %(time)s UTC.")
            % {"time": format(until + timedelta(seconds=1), "%Y-%m-%d %H:%M:%S")},
            retry_after=seconds,
        )


def get_blocked_until(customer: StripeCustomer) -> datetime | None:
    """When the block of the customer's user ends. None if the user is not blocked."""
    if customer.user_id is None:
        return None
    until = get_failed_attempts([customer.user_id])[customer.user_id].get_blocked_until()
    return until if until is not None and until > timezone.now() else None


def lift_block(*, customer: StripeCustomer, user: Person = None) -> None:
    """Lets the customer's user pay again at once. Payments that were canceled stay canceled, and
    new failures count as before. `user` needs the permission `lift_block`."""
    require(
        user is None or get_policy().may_lift_block(user, customer),
        _("You are not allowed to lift this block."),
    )
    if get_blocked_until(customer) is None:
        raise InvalidStateError(_("This customer is not blocked."), current_status="")
    # All customers of the user, since the block is one of the user.
    owner: Any = customer.user_id
    blocked = StripeCustomer.objects.ours().filter(user_id=owner)
    blocked.update(unblocked_at=timezone.now())
    customer.refresh_from_db(fields=["unblocked_at"])
    logger.warning(
        "card_testing_block_lifted",
        user=str(customer.user_id),
        by=operations.actor_of(user),
    )


def stop_if_suspected(intent: StripePaymentIntent) -> None:
    """Call it after a failed request of our own. `payments_reconcile` does the rest, including what
    is not possible now."""
    user_id = intent.customer.user_id
    attempts = get_failed_attempts([user_id])[user_id]
    if _is_blocked(attempts) or intent.pk in attempts.get_overtried():
        _cancel(intent, attempts)


def cancel_suspected(*, limit: int = 200) -> int:
    """For `payments_reconcile`: cancels open payments and setup intents of users who seem to test
    cards. Returns the number of canceled objects."""
    canceled = 0
    users = _list_users_with_failures()
    for start in range(0, len(users), USERS_AT_ONCE):
        for intent, attempts in _list_suspected(users[start : start + USERS_AT_ONCE], limit):
            canceled += _cancel(intent, attempts)
    return canceled


def _is_blocked(attempts: FailedAttempts) -> bool:
    until = attempts.get_blocked_until()
    return until is not None and until > timezone.now()


def _list_users_with_failures() -> list[Any]:
    """Users with an open payment or setup intent that failed recently. Found by events, which have
    an index for this; the mirror forgets a failure at the next attempt."""
    failed = (
        StripeWebhookEvent.objects.ours()
        .filter(
            type__in=StripeWebhookEvent.FAILED_ATTEMPTS,
            stripe_created__gte=timezone.now() - LATELY,
        )
        .values("object_id")
    )
    payments = _list_open_payments().filter(stripe_payment_intent_id__in=failed)
    setups = _list_open_setups().filter(stripe_setup_intent_id__in=failed)
    return sorted(
        {
            user_id
            for open_intents in (payments, setups)
            for user_id in open_intents.filter(customer__user__isnull=False).values_list(
                "customer__user", flat=True
            )
        }
    )


def _list_suspected(users: Collection[Any], limit: int) -> list[tuple[_Intent, FailedAttempts]]:
    failed = get_failed_attempts(users, of_any_age=True)
    blocked = [user_id for user_id, attempts in failed.items() if _is_blocked(attempts)]
    overtried = [pk for attempts in failed.values() for pk in attempts.get_overtried()]
    if not blocked and not overtried:
        return []
    suspected = Q(customer__user__in=blocked) | Q(pk__in=overtried)
    tried = Operation.objects.filter(
        Q(created_at__gte=timezone.now() - BETWEEN_TRIES) | Q(state__in=OperationState.unsettled()),
        actor=ACTOR,
    )
    found: list[tuple[_Intent, FailedAttempts]] = []
    open_intents: tuple[QuerySet[Any], ...] = (
        _list_open_payments().exclude(Exists(tried.filter(payment_intent=OuterRef("pk")))),
        _list_open_setups().exclude(Exists(tried.filter(setup_intent=OuterRef("pk")))),
    )
    for rows in open_intents:
        suspects = rows.filter(suspected).select_related("customer")
        found += [
            (row, failed[row.customer.user_id]) for row in suspects.order_by("created_at")[:limit]
        ]
    return found


def _list_open_payments() -> QuerySet[StripePaymentIntent]:
    intents = StripePaymentIntent.objects.ours().accepted()
    return intents.filter(status__in=PaymentIntentStatus.payable())


def _list_open_setups() -> QuerySet[StripeSetupIntent]:
    setups = StripeSetupIntent.objects.ours().accepted()
    return setups.filter(status__in=SetupIntentStatus.confirmable())


def _cancel(intent: _Intent, attempts: FailedAttempts) -> bool:
    log = logger.bind(
        stripe_id=_get_stripe_id(intent),
        user=str(intent.customer.user_id),
        failures=len(attempts.by_intent.get(intent.pk, ())),
        failures_of_user=sum(map(len, attempts.by_intent.values())),
    )
    try:
        if isinstance(intent, StripePaymentIntent):
            performed = _cancel_payment(intent)
        else:
            performed = cancel_setup_intent(setup_intent=intent, actor=ACTOR)
    except InvalidStateError as moved:
        if (
            moved.current_status != PaymentIntentStatus.CANCELED
        ):  # logged by the code that canceled it
            log.warning("card_testing_suspected", canceled=False, status=moved.current_status)
        return False
    except PaymentError as error:
        log.warning("card_testing_not_canceled", code=error.code)
        return False
    if performed.replayed:
        return False
    metrics.count_card_testing("canceled")
    log.warning("card_testing_suspected", canceled=True)
    return True


def _cancel_payment(intent: StripePaymentIntent) -> operations.Performed:
    """https://docs.stripe.com/api/payment_intents/cancel"""

    def check(current: StripePaymentIntent) -> None:
        if not current.is_payable:
            raise _moved(current)

    return operations.perform_move(
        kind=OperationKind.CANCEL_PAYMENT_INTENT,
        actor=ACTOR,
        payment_intent=intent,
        parameters={"cancellation_reason": "fraudulent"},
        check=check,
    )


def _get_stripe_id(intent: _Intent) -> str | None:
    if isinstance(intent, StripePaymentIntent):
        return intent.stripe_payment_intent_id
    return intent.stripe_setup_intent_id


def _moved(intent: _Intent) -> InvalidStateError:
    return InvalidStateError(
        _('It now has the status "%(status)s".') % {"status": intent.status},
        current_status=intent.status,
    )
