"""A shop that has sold for two years: payments, and all that belongs to them, in realistic shares.

Row `n` is always the same, so that two runs measure the same pages. Times are random, but alike.
"""

from tests.bench.generating import execute, generate, without_indexes
from tests.bench.large_history import insert_changes, insert_events, insert_operations
from tests.bench.large_values import (
    ACCOUNT,
    CURRENCY,
    DECLINE,
    count_people,
    make_payer,
    make_status,
    make_time,
    mirrored,
)

__all__ = ["insert", "insert_what_lists_show"]


def insert(payments: int) -> None:
    from payments_graphql import models as ours

    insert_what_lists_show(payments)
    with without_indexes([ours.StatusChange, ours.Operation, ours.StripeWebhookEvent]):
        insert_changes(payments)
        insert_operations(payments)
        insert_events(payments, count_people(payments))
    execute("VACUUM ANALYZE")


def insert_what_lists_show(payments: int) -> None:
    """The first customer has a hundredth of all payments."""
    from payments_graphql import models as ours

    tables = [
        ours.get_booking_model(), ours.StripeCustomer, ours.StripePaymentMethod,
        ours.StripePaymentIntent, ours.StripeRefund, ours.RefundRequest, ours.StripeDispute,
        ours.StripeSetupIntent,
    ]  # fmt: skip
    people = count_people(payments)
    with without_indexes(tables):
        _insert_people(people)
        _insert_payments(payments, people)
        _insert_refunds(payments)
        _insert_refund_requests(payments)
        _insert_disputes(payments)


def _insert_people(people: int) -> None:
    from django.contrib.auth.models import User

    from payments_graphql.models import StripeCustomer, StripePaymentMethod, StripeSetupIntent

    generate(
        User,
        {
            "username": "'customer' || n",
            "password": "'!'",
            "first_name": "(ARRAY['Anna','Bert','Clara','David','Emma','Fred'])[1 + n % 6]",
            "last_name": "'Traveler' || n",
            "email": "'customer' || n || '@example.com'",
            "is_active": "true",
            "date_joined": "now() - interval '730 days'",
        },
        people,
    )
    first = User.objects.order_by("pk").filter(username="customer1").values_list("pk", flat=True)[0]
    made = "now() - interval '730 days' + n * interval '10 minutes'"
    generate(
        StripeCustomer,
        {
            **mirrored("customer", made),
            "user_id": f"{first} + n - 1",
            "stripe_customer_id": "'cus_' || lpad(n::text, 14, '0')",
            "generation": "1",
        },
        people,
    )
    generate(
        StripePaymentMethod,
        {
            **mirrored("method", made),
            "customer_id": "md5('customer' || n)::uuid",
            "stripe_payment_method_id": "'pm_' || lpad(n::text, 24, '0')",
            "type": "'card'",
            "brand": "(ARRAY['visa','mastercard','amex'])[1 + n % 3]",
            "last4": "lpad((n % 10000)::text, 4, '0')",
            "exp_month": "1 + n % 12",
            "exp_year": "2027",
            "fingerprint": "md5('card' || n)",
            "is_attached": "true",
        },
        people,
    )
    generate(
        StripeSetupIntent,
        {
            **mirrored("setup", made),
            "customer_id": "md5('customer' || n)::uuid",
            "stripe_setup_intent_id": "'seti_' || lpad(n::text, 24, '0')",
            "status": "CASE WHEN n % 10 = 0 THEN 'canceled' ELSE 'succeeded' END",
            "usage": "'off_session'",
        },
        people // 5,
    )


def _insert_payments(count: int, people: int) -> None:
    from payments_graphql.models import StripeCustomer, StripePaymentIntent, get_booking_model

    made, status = make_time(count), make_status(count)
    payer = make_payer(people)
    first = StripeCustomer.objects.get(stripe_customer_id=f"cus_{1:014}").user_id
    booking = get_booking_model()
    amount = "500 + (n % 90000) * 7919 % 90000"
    generate(
        booking,
        {
            "id": "md5('booking' || n)::uuid",
            "reference": "'TRIP-' || lpad(n::text, 8, '0')",
            "user_id": f"{first} + ({payer}) - 1",
            "description": "(ARRAY['Lisbon','Oslo','Rome','Kyoto'])[1 + n % 4] || ', 3 nights'",
            "amount": amount,
            "currency": CURRENCY,
            "canceled_at": f"CASE WHEN n % 97 = 0 THEN {made} END",
            "created_at": made,
            "unchecked_since": "NULL",
        },
        count * 9 // 10,
    )
    generate(
        StripePaymentIntent,
        {
            **mirrored("payment", made),
            "livemode": "n % 1000 = 999",
            "customer_id": f"md5('customer' || ({payer}))::uuid",
            "booking_id": f"CASE WHEN n <= {count * 9 // 10} THEN md5('booking' || n)::uuid END",
            "payment_method_id": f"md5('method' || ({payer}))::uuid",
            "stripe_payment_intent_id": "'pi_' || lpad(n::text, 24, '0')",
            "latest_charge_id": f"CASE WHEN {status} IN ('succeeded', 'requires_capture') "
            "THEN 'ch_' || lpad(n::text, 24, '0') ELSE '' END",
            "status": status,
            "amount": amount,
            "amount_received": f"CASE WHEN {status} = 'succeeded' THEN {amount} ELSE 0 END",
            "amount_capturable": f"CASE WHEN {status} = 'requires_capture' THEN {amount} ELSE 0 "
            "END",
            "fee": f"CASE WHEN {status} = 'succeeded' AND n % 25 <> 0 THEN 30 + n % 2000 END",
            "fee_currency": "'USD'",
            "currency": CURRENCY,
            "description": "'Travel booking payment ' || n",
            "capture_method": "'automatic'",
            "receipt_email": f"'customer' || ({payer}) || '@example.com'",
            "last_error": f"CASE WHEN {status} = 'requires_payment_method' THEN "
            "jsonb_build_object('type', 'card_error', 'code', 'card_declined', 'decline_code', "
            f"{DECLINE}, 'message', 'Your card was declined.') END",
            "canceled_at": f"CASE WHEN {status} = 'canceled' THEN {made} END",
        },
        count,
    )


def _insert_refunds(payments: int) -> None:
    from payments_graphql.models import StripeRefund

    count = payments // 20
    generate(
        StripeRefund,
        {
            **mirrored("refund", make_time(count)),
            "payment_intent_id": "md5('payment' || n * 20)::uuid",
            "stripe_refund_id": "'re_' || lpad(n::text, 24, '0')",
            "status": f"CASE WHEN n % 50 = 0 THEN 'failed' WHEN n <= {count // 100} AND n % 9 = 1 "
            "THEN 'pending' ELSE 'succeeded' END",
            "amount": "500",
            "amount_due_reduction": "500",
            "currency": CURRENCY.replace("n ", "(n * 20) "),
            "reason": "(ARRAY['', 'requested_by_customer', 'duplicate'])[1 + n % 3]",
        },
        count,
    )


def _insert_refund_requests(payments: int) -> None:
    """Of a site where every fifth refund needs approval."""
    from payments_graphql.models import RefundRequest

    count = payments // 100
    made = make_time(count)
    generate(
        RefundRequest,
        {
            "id": "md5('request' || n)::uuid",
            "payment_intent_id": "md5('payment' || n * 100)::uuid",
            "state": f"CASE WHEN n <= {count // 50} AND n % 2 = 1 THEN 'waiting' "
            "WHEN n % 30 = 0 THEN 'rejected' WHEN n % 40 = 1 THEN 'expired' ELSE 'approved' END",
            "amount": "500",
            "currency": CURRENCY.replace("n ", "(n * 100) "),
            "actor": "'user:' || n % 10",
            "key": "'request-' || n",
            "input_hash": "md5(n::text)",
            "reduces_amount_due": "NULL",
            "account": f"'{ACCOUNT}'",
            "created_at": made,
            "expires_at": f"{made} + interval '14 days'",
        },
        count,
    )


def _insert_disputes(payments: int) -> None:
    from payments_graphql.models import StripeDispute

    count = payments // 250
    generate(
        StripeDispute,
        {
            **mirrored("dispute", make_time(count)),
            "payment_intent_id": "md5('payment' || n * 250 - 1)::uuid",
            "stripe_dispute_id": "'du_' || lpad(n::text, 24, '0')",
            "status": f"CASE WHEN n % 3 = 0 THEN 'won' WHEN n <= {count // 50} AND n % 4 = 1 "
            "THEN 'needs_response' ELSE 'lost' END",
            "amount": "500",
            "amount_withdrawn": "CASE WHEN n % 3 = 0 THEN 0 ELSE 500 END",
            "currency": "'USD'",
            "reason": "(ARRAY['fraudulent', 'product_not_received'])[1 + n % 2]",
            "evidence_due_by": f"{make_time(count)} + interval '9 days'",
        },
        count,
    )
