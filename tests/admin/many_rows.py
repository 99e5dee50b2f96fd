"""As many rows as make PostgreSQL choose its plans as on a large site."""

from typing import Any

from payments_graphql.models import (
    Booking,
    Operation,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from tests.bench.generating import execute, generate

ACCOUNT = "'acct_1f5c8bb5a44b28cf'"
_MADE = "now() - n * interval '90 seconds'"


def _mirrored(name: str) -> dict[str, str]:
    return {
        "id": f"md5('{name}' || n)::uuid",
        "livemode": "false",
        "account": ACCOUNT,
        "version": "3",
        "as_of": _MADE,
        "created_at": _MADE,
        "updated_at": _MADE,
    }


def make_rows(count: int) -> None:
    """A user, a customer, a card, a booking, a payment, a setup intent, an operation, a change and
    two events for each number up to `count`, and for some a refund and a dispute. Amounts, digits
    and texts repeat as they do on a real site."""
    execute(
        "INSERT INTO auth_user (id, username, email, first_name, last_name, password, is_staff, "
        "is_active, is_superuser, date_joined) "
        "SELECT 1000000 + n, 'user' || n, 'user' || n || '@example.com', 'Given' || n % 700, "
        "'Family' || n, '', false, true, false, now() "
        f"FROM generate_series(1, {count}) AS n"
    )
    customer = {"customer_id": "md5('customer' || n)::uuid"}
    _generate_people(count, customer)
    _generate_payments(count, customer)
    of_payment = {"payment_intent_id": "md5('payment' || n)::uuid"}
    generate(
        Operation,
        {
            "id": "md5('operation' || n)::uuid", "actor": "'user:' || n", "key": "'key-' || n",
            "kind": "'create_payment_intent'", "input_hash": "'0'", "parameters": "'{}'::jsonb",
            "unasked": "'[]'::jsonb", "livemode": "false", "account": ACCOUNT,
            "state": "'succeeded'", "fence": "1", "attempts": "1", "server_error": "false",
            "stripe_request_id": "'req_' || n", "created_at": _MADE, "settled_at": _MADE,
            **of_payment,
        },
        count,
    )  # fmt: skip
    generate(
        StatusChange,
        {
            "id": "1000000 + n", "to_status": "'succeeded'", "is_reminder": "false",
            "cause_kind": "'event'",
            "cause_id": "'evt_' || n", "occurred_at": _MADE, "created_at": _MADE,
            "signaled_at": _MADE, "signaled_to": "'[]'::jsonb", "signal_attempts": "0",
            **of_payment,
        },
        count,
    )  # fmt: skip
    generate(
        StripeWebhookEvent,
        {
            "id": "md5('event' || n)::uuid", "event_id": "'evt_' || n",
            "type": "CASE WHEN n % 2 = 0 THEN 'payment_intent.succeeded' "
            "ELSE 'charge.succeeded' END",
            "object_id": "CASE WHEN n % 2 = 0 THEN 'pi_' || n / 2 ELSE 'ch_' || n / 2 + 1 END",
            "livemode": "false", "account": ACCOUNT, "source": "'webhook'",
            "state": "'processed'", "attempts": "1", "stripe_created": _MADE,
            "received_at": _MADE, "processed_at": _MADE,
        },
        2 * count,
    )  # fmt: skip
    execute("ANALYZE")


def _generate_people(count: int, customer: dict[str, str]) -> None:
    generate(
        StripeCustomer,
        {
            **_mirrored("customer"), "user_id": "1000000 + n",
            "stripe_customer_id": "'cus_' || n", "generation": "1",
        },
        count,
    )  # fmt: skip
    generate(
        StripePaymentMethod,
        {
            **_mirrored("method"), **customer, "stripe_payment_method_id": "'pm_' || n",
            "type": "'card'", "brand": "CASE WHEN n % 3 = 0 THEN 'mastercard' ELSE 'visa' END",
            "last4": "lpad((n * 7919 % 10000)::text, 4, '0')", "is_attached": "n % 4 = 0",
        },
        count,
    )  # fmt: skip
    generate(
        Booking,
        {
            "id": "md5('booking' || n)::uuid", "reference": "'LIS-' || lpad(n::text, 9, '0')",
            "description": "'Trip to ' || (ARRAY['Lisbon','Rome','Oslo'])[1 + n % 3]",
            "user_id": "1000000 + n", "amount": "2000", "currency": "'USD'", "created_at": _MADE,
        },
        count,
    )  # fmt: skip
    generate(
        StripeSetupIntent,
        {
            **_mirrored("setup"), **customer, "stripe_setup_intent_id": "'seti_' || n",
            "status": "'succeeded'", "usage": "'off_session'",
            "payment_method_id": "md5('method' || n)::uuid",
        },
        count,
    )  # fmt: skip


def _generate_payments(count: int, customer: dict[str, str]) -> None:
    amount = "CASE WHEN n % 12 = 0 THEN 500 ELSE 1000 + n * 37 % 90000 END"
    generate(
        StripePaymentIntent,
        {
            **_mirrored("payment"), **customer, "booking_id": "md5('booking' || n)::uuid",
            "payment_method_id": "md5('method' || n)::uuid",
            "stripe_payment_intent_id": "'pi_' || n", "latest_charge_id": "'ch_' || n",
            "status": "CASE WHEN n % 50 = 0 THEN 'canceled' ELSE 'succeeded' END",
            "amount": amount, "amount_received": amount, "amount_capturable": "0",
            "currency": "CASE WHEN n % 1000 = 0 THEN 'JPY' ELSE 'USD' END",
            "description": "'Payment ' || n || ' for a trip'",
            "receipt_email": "'receipt' || n || '@example.com'",
            "capture_method": "'automatic'", "metadata": "'{}'::jsonb",
        },
        count,
    )  # fmt: skip
    of_payment: dict[str, Any] = {"payment_intent_id": "md5('payment' || n * 2)::uuid"}
    for model, name, values in (
        (StripeRefund, "refund", {"status": "'succeeded'", "amount_due_reduction": "0"}),
        (
            StripeDispute,
            "dispute",
            {
                "status": "'lost'", "amount_withdrawn": "0", "has_evidence": "false",
                "submission_count": "0", "is_charge_refundable": "false",
                "stripe_charge_id": "'ch_' || n * 2",
            },
        ),
    ):  # fmt: skip
        prefix = name[:2] if name == "refund" else "du"
        generate(
            model,
            {
                **_mirrored(name), **of_payment, **values, "currency": "'USD'",
                f"stripe_{name}_id": f"'{prefix}_' || n", "amount": "1000 + n * 37 % 90000",
            },
            count // 2,
        )  # fmt: skip
