"""For each alert: what happens minute by minute, when it must fire, and when it must be over."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """`series` are values per minute, in promtool's notation. `fires_at` and `is_over_at` are
    minutes. `quiet_at` is a minute before, at which it must not fire."""

    alert: str
    series: dict[str, str]
    fires_at: int
    is_over_at: int
    quiet_at: int = 1
    times: int = 1


def _then(*parts: tuple[float, float, int]) -> str:
    """Parts of (first value, step, minutes)."""
    return " ".join(f"{start:g}+{step:g}x{minutes - 1}" for start, step, minutes in parts)


def _one_time(before: float, during: float, after: float, *, minutes: int = 60) -> str:
    """A gauge that is different for some time, from minute 10."""
    return _then((before, 0, 10), (during, 0, minutes), (after, 0, 60))


def _burst(total: float, *, minutes: int = 10, before: int = 30, after: int = 120) -> str:
    """A counter that rises to `total` from minute `before` on, and then stays."""
    return _then((0, 0, before), (0, total / minutes, minutes), (total, 0, after))


_DAY = 24 * 60

CASES = (
    Case(
        "PaymentsDeclineRateHigh",
        {
            'payments_total{outcome="succeeded",currency="USD"}': _then((0, 10, _DAY + 240)),
            'payments_total{outcome="declined",currency="USD"}': _then(
                (0, 1, _DAY), (_DAY, 8, 60), (_DAY + 480, 1, 180)
            ),
        },
        quiet_at=_DAY - 1,
        fires_at=_DAY + 45,
        is_over_at=_DAY + 120,
    ),
    Case(
        "PaymentsStopped",
        {
            'payments_total{outcome="succeeded",currency="USD"}': _then(
                (0, 1, 240), (239, 0, 60), (240, 1, 60)
            )
        },
        quiet_at=230,
        fires_at=285,
        is_over_at=310,
    ),
    Case(
        "PaymentsRefundSurge",
        {
            'payments_refunds_total{status="succeeded",currency="USD"}': _then(
                (0, 0.05, _DAY), (72, 1, 30), (101, 0, 120)
            )
        },
        quiet_at=_DAY - 1,
        fires_at=_DAY + 35,
        is_over_at=_DAY + 140,
    ),
    Case(
        "PaymentsDisputeRateHigh",
        {
            'payments_total{outcome="succeeded",currency="USD"}': _then((0, 10, 400)),
            'payments_disputes_total{status="opened",currency="USD"}': _then(
                (0, 0, 20), (1, 1, 10), (10, 0, 370)
            ),
        },
        fires_at=60,
        is_over_at=390,
    ),
    Case(
        "PaymentsMoneyAtRisk",
        {
            'payments_money_at_risk{kind="drift",currency="EUR"}': _one_time(0, 99.99, 0),
            'payments_money_at_risk{kind="disputes_to_answer",currency="EUR"}': _then((5, 0, 130)),
        },
        fires_at=30,
        is_over_at=80,
    ),
    Case("PaymentsDrift", {'payments_problems{kind="drift"}': _one_time(0, 2, 0)}, 30, 80),
    Case(
        "PaymentsHoldsExpire",
        {'payments_problems{kind="expiring_holds"}': _one_time(0, 1, 0)},
        11,
        80,
    ),
    Case(
        "PaymentsProblem",
        {
            'payments_problems{kind="failed_refunds"}': _one_time(0, 1, 0),
            'payments_problems{kind="overpaid_bookings"}': _one_time(0, 3, 0),
            'payments_problems{kind="drift"}': _then((1, 0, 130)),  # has an alert of its own
        },
        40,
        80,
        times=2,
    ),
    Case(
        "PaymentsCardTesting",
        {'payments_card_testing_total{action="refused"}': _burst(2)},
        35,
        60,
    ),
    Case(
        "PaymentsLimitsHit",
        {'payments_limits_hit_total{limit="create.address"}': _burst(400, minutes=20)},
        48,
        80,
    ),
    Case(
        "PaymentsSignInRefused",
        {'payments_sign_in_refusals_total{reason="credentials"}': _burst(400, minutes=20)},
        48,
        80,
    ),
    Case(
        "PaymentsSignInRefused",
        {'payments_sign_in_refusals_total{reason="limit"}': _burst(50, minutes=20)},
        48,
        80,
    ),
    Case(
        "PaymentsWebhooksSilent",
        {
            'payments_webhooks_total{result="stored"}': _then(
                (0, 1, 60), (60, 0, 120), (61, 1, 60)
            ),
            'payments_total{outcome="succeeded",currency="USD"}': _then((0, 1, 240)),
        },
        quiet_at=100,
        fires_at=140,
        is_over_at=190,
    ),
    Case(
        "PaymentsWebhooksRefused",
        {'payments_webhooks_total{result="bad_signature"}': _burst(20)},
        36,
        60,
    ),
    Case(
        "PaymentsWebhooksLate",
        {
            'payments_webhook_delay_seconds_bucket{source="webhook",le="300"}': _then(
                (0, 2, 30), (60, 0, 40), (60, 2, 90)
            ),
            'payments_webhook_delay_seconds_bucket{source="webhook",le="900"}': _then((0, 2, 160)),
            'payments_webhook_delay_seconds_bucket{source="webhook",le="+Inf"}': _then((0, 2, 160)),
            'payments_webhook_delay_seconds_count{source="webhook"}': _then((0, 2, 160)),
        },
        quiet_at=25,
        fires_at=60,
        is_over_at=120,
    ),
    Case(
        "PaymentsBacklogOld",
        {'payments_webhook_backlog_oldest_seconds{state="pending"}': _one_time(3, 1000, 2)},
        20,
        80,
    ),
    Case(
        "PaymentsDeadEvents",
        {'payments_webhook_backlog{state="dead"}': _one_time(0, 1, 0)},
        11,
        80,
    ),
    Case(
        "PaymentsStripeErrors",
        {
            'payments_stripe_calls_total{call="refunds.create",outcome="ok"}': _then((0, 2, 160)),
            'payments_stripe_calls_total{call="refunds.create",outcome="no_answer"}': _burst(
                60, minutes=20
            ),
        },
        48,
        80,
    ),
    Case(
        "PaymentsStripeKeysRefused",
        {
            'payments_stripe_calls_total{call="refunds.create",outcome="credentials"}': _burst(3),
        },
        36,
        60,
    ),
    Case(
        "PaymentsStripeSlow",
        {
            'payments_stripe_call_seconds_bucket{call="refunds.create",le="5"}': _then(
                (0, 2, 30), (60, 0, 40), (60, 2, 90)
            ),
            'payments_stripe_call_seconds_bucket{call="refunds.create",le="10"}': _then(
                (0, 2, 160)
            ),
            'payments_stripe_call_seconds_bucket{call="refunds.create",le="+Inf"}': _then(
                (0, 2, 160)
            ),
            'payments_stripe_call_seconds_count{call="refunds.create"}': _then((0, 2, 160)),
        },
        quiet_at=25,
        fires_at=60,
        is_over_at=120,
    ),
    Case(
        "PaymentsOperationsToReview",
        {'payments_operations{state="needs_review"}': _one_time(0, 1, 0)},
        11,
        80,
    ),
    Case(
        "PaymentsOperationsOverdue",
        {'payments_operations_oldest_seconds{state="unknown"}': _one_time(5, 2000, 0)},
        20,
        80,
    ),
    Case(
        "PaymentsReconcileSilent",
        # A minute behind, then stopped, then running again.
        {
            "payments_events_read_until_timestamp_seconds": _then(
                (0, 60, 30), (1740, 0, 30), (3600, 60, 60)
            )
        },
        quiet_at=40,
        fires_at=55,
        is_over_at=70,
    ),
    Case("PaymentsTargetDown", {'up{job="payments"}': _one_time(1, 0, 1)}, 20, 80),
    Case("PaymentsDatabaseDown", {"payments_database_up": _one_time(1, 0, 1)}, 20, 80),
    Case(
        "PaymentsRequestsFail",
        {
            'payments_graphql_requests_total{operation="createRefund",type="mutation",'
            'outcome="failed"}': _burst(40, minutes=20)
        },
        48,
        80,
    ),
)
