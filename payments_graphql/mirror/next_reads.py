"""When to read a row from Stripe again without having received an update.

Note [Rereading]
Webhooks report every change, and `/v1/events` those whose webhook was lost. Rereading is for
changes that both missed. A row in a state that is not final is read again after as long as it has
been unchanged: a minute after its last change, then after two, four, eight minutes, and finally
twice a day. A row in a final state is never read, nor is a setup that has not changed for
`SETUP_IS_GIVEN_UP`. A dispute has no final state, so a closed one is read at intervals for as long
as a bank may reopen it.
"""

from datetime import datetime, timedelta

from ..models import (
    MirroredModel,
    RefundStatus,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
)

__all__ = ["get_next_read"]

SOONEST = timedelta(minutes=1)
LATEST = timedelta(hours=12)
REFUND_MAY_FAIL = timedelta(days=30)
"""How long after success the bank can return a refund:
https://docs.stripe.com/refunds#failed-refunds. This is rare, so a succeeded refund is read seven
times: twelve hours after it succeeded, then after 1, 2, 4, 8, 16 and 30 days."""
DISPUTE_MAY_REOPEN = timedelta(days=180)
"""Appeals, pre-arbitration and arbitration have deadlines of 10 to 45 days each, several in a row:
https://docs.stripe.com/disputes/how-disputes-work. A closed dispute is read nine times: after half
a day, then after 1, 2, 4, ... 128 and 180 days."""
SETUP_IS_GIVEN_UP = timedelta(days=30)
"""Setup intents do not expire at Stripe, so most open ones stay open forever. If one changes later,
its event says so."""


def get_next_read(row: MirroredModel, *, now: datetime) -> datetime | None:
    """None: never. `updated_at` is the time of the row's last change. See Note [Rereading]."""
    match row:
        case StripePaymentIntent() if not row.is_terminal:
            return _of_payment(row, now)
        case StripeRefund() if row.status == RefundStatus.SUCCEEDED:
            return _with_growing_intervals(row, now, REFUND_MAY_FAIL)
        case StripeRefund() if row.status not in (RefundStatus.FAILED, RefundStatus.CANCELED):
            return _after_interval(row, now)
        case StripeSetupIntent() if not row.is_terminal:
            return _of_setup(row, now)
        case StripeDispute() if row.is_closed and not row.holds_money:
            return _with_growing_intervals(row, now, DISPUTE_MAY_REOPEN)
        case StripeDispute():
            return _after_interval(row, now)
    return None


def _after_interval(row: MirroredModel, now: datetime) -> datetime:
    return now + min(max(now - row.updated_at, SOONEST), LATEST)


def _of_payment(intent: StripePaymentIntent, now: datetime) -> datetime:
    """Also right after an authorization or a voucher expires, when Stripe ends the payment, and
    when an unpaid payment is due to be canceled, which requires a read first."""
    times = [_after_interval(intent, now)]
    if intent.is_authorized and intent.capture_before:
        times.append(intent.capture_before + SOONEST)
    if intent.is_waiting_for_customer and intent.next_action_expires_at:
        times.append(intent.next_action_expires_at + SOONEST)
    if intent.abandoned_at:
        times.append(intent.abandoned_at)
    return min(time for time in times if time > now)


def _of_setup(setup: StripeSetupIntent, now: datetime) -> datetime | None:
    is_given_up = now >= setup.updated_at + SETUP_IS_GIVEN_UP
    return None if is_given_up else _after_interval(setup, now)


def _with_growing_intervals(
    row: MirroredModel, now: datetime, lifetime: timedelta
) -> datetime | None:
    """For a settled object that can still change for `lifetime`."""
    end = row.updated_at + lifetime
    if now >= end:
        return None
    return min(now + max(now - row.updated_at, LATEST), end)
