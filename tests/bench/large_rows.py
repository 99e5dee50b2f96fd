"""A shop that has sold for two years: payments, and all that belongs to them, in realistic shares.

Row `n` is always the same, so that two runs measure the same pages. Times are random, but alike.
"""

from typing import Any

from tests.bench.generating import execute, generate, without_indexes

ACCOUNT = "acct_large"
_TWO_YEARS = 730 * 24 * 3600


def insert(payments: int) -> None:
    from payments_graphql import models as ours

    insert_what_lists_show(payments)
    with without_indexes([ours.StatusChange, ours.Operation, ours.StripeWebhookEvent]):
        _insert_changes(payments)
        _insert_operations(payments)
        _insert_events(payments, _count_people(payments))
    execute("VACUUM ANALYZE")


def insert_what_lists_show(payments: int) -> None:
    """The first customer has a hundredth of all payments."""
    from payments_graphql import models as ours

    tables = [
        ours.get_booking_model(), ours.StripeCustomer, ours.StripePaymentMethod,
        ours.StripePaymentIntent, ours.StripeRefund, ours.RefundRequest, ours.StripeDispute,
        ours.StripeSetupIntent,
    ]  # fmt: skip
    people = _count_people(payments)
    with without_indexes(tables):
        _insert_people(people)
        _insert_payments(payments, people)
        _insert_refunds(payments)
        _insert_refund_requests(payments)
        _insert_disputes(payments)


def _count_people(payments: int) -> int:
    return max(payments // 10, 10)


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
            **_mirrored("customer", made),
            "user_id": f"{first} + n - 1",
            "stripe_customer_id": "'cus_' || lpad(n::text, 14, '0')",
            "generation": "1",
        },
        people,
    )
    generate(
        StripePaymentMethod,
        {
            **_mirrored("method", made),
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
            **_mirrored("setup", made),
            "customer_id": "md5('customer' || n)::uuid",
            "stripe_setup_intent_id": "'seti_' || lpad(n::text, 24, '0')",
            "status": "CASE WHEN n % 10 = 0 THEN 'canceled' ELSE 'succeeded' END",
            "usage": "'off_session'",
        },
        people // 5,
    )


def _insert_payments(count: int, people: int) -> None:
    from payments_graphql.models import StripeCustomer, StripePaymentIntent, get_booking_model

    made, status = _made(count), _status(count)
    payer = _payer(people)
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
            "currency": _CURRENCY,
            "canceled_at": f"CASE WHEN n % 97 = 0 THEN {made} END",
            "created_at": made,
            "unchecked_since": "NULL",
        },
        count * 9 // 10,
    )
    generate(
        StripePaymentIntent,
        {
            **_mirrored("payment", made),
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
            "currency": _CURRENCY,
            "description": "'Travel booking payment ' || n",
            "capture_method": "'automatic'",
            "receipt_email": f"'customer' || ({payer}) || '@example.com'",
            "last_error": f"CASE WHEN {status} = 'requires_payment_method' THEN "
            "jsonb_build_object('type', 'card_error', 'code', 'card_declined', 'decline_code', "
            f"{_DECLINE}, 'message', 'Your card was declined.') END",
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
            **_mirrored("refund", _made(count)),
            "payment_intent_id": "md5('payment' || n * 20)::uuid",
            "stripe_refund_id": "'re_' || lpad(n::text, 24, '0')",
            "status": f"CASE WHEN n % 50 = 0 THEN 'failed' WHEN n <= {count // 100} AND n % 9 = 1 "
            "THEN 'pending' ELSE 'succeeded' END",
            "amount": "500",
            "amount_due_reduction": "500",
            "currency": _CURRENCY.replace("n ", "(n * 20) "),
            "reason": "(ARRAY['', 'requested_by_customer', 'duplicate'])[1 + n % 3]",
        },
        count,
    )


def _insert_refund_requests(payments: int) -> None:
    """Of a site where every fifth refund needs approval."""
    from payments_graphql.models import RefundRequest

    count = payments // 100
    made = _made(count)
    generate(
        RefundRequest,
        {
            "id": "md5('request' || n)::uuid",
            "payment_intent_id": "md5('payment' || n * 100)::uuid",
            "state": f"CASE WHEN n <= {count // 50} AND n % 2 = 1 THEN 'waiting' "
            "WHEN n % 30 = 0 THEN 'rejected' WHEN n % 40 = 1 THEN 'expired' ELSE 'approved' END",
            "amount": "500",
            "currency": _CURRENCY.replace("n ", "(n * 100) "),
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
            **_mirrored("dispute", _made(count)),
            "payment_intent_id": "md5('payment' || n * 250 - 1)::uuid",
            "stripe_dispute_id": "'du_' || lpad(n::text, 24, '0')",
            "status": f"CASE WHEN n % 3 = 0 THEN 'won' WHEN n <= {count // 50} AND n % 4 = 1 "
            "THEN 'needs_response' ELSE 'lost' END",
            "amount": "500",
            "amount_withdrawn": "CASE WHEN n % 3 = 0 THEN 0 ELSE 500 END",
            "currency": "'USD'",
            "reason": "(ARRAY['fraudulent', 'product_not_received'])[1 + n % 2]",
            "evidence_due_by": f"{_made(count)} + interval '9 days'",
        },
        count,
    )


def _insert_changes(payments: int) -> None:
    """Two for each payment, and one for each refund and dispute."""
    from payments_graphql.models import StatusChange

    made, status = _made(payments), _status(payments)
    caused = {"cause_kind": "'event'", "signaled_at": made, "created_at": made, "occurred_at": made}
    of_payment = {"payment_intent_id": "md5('payment' || n)::uuid", "cause_id": "'evt_c_' || n"}
    new = {**caused, **of_payment, "to_status": "'requires_payment_method'"}
    generate(StatusChange, {**new, "cause_kind": "'operation'"}, payments)
    later = {
        **caused,
        **of_payment,
        "from_status": "'requires_payment_method'",
        "to_status": status,
        "failure_code": f"CASE WHEN {status} = 'requires_payment_method' THEN {_DECLINE} "
        "ELSE '' END",
    }
    generate(StatusChange, later, payments)
    for kind, every, shift in (("refund", 20, 0), ("dispute", 250, 1)):
        count = payments // every
        made = _made(count)
        generate(
            StatusChange,
            {
                **caused,
                "signaled_at": made,
                "created_at": made,
                "occurred_at": made,
                "payment_intent_id": f"md5('payment' || n * {every} - {shift})::uuid",
                f"{kind}_id": f"md5('{kind}' || n)::uuid",
                "cause_id": f"'evt_{kind}_' || n",
                "to_status": "'succeeded'" if kind == "refund" else "'lost'",
            },
            count,
        )


def _insert_operations(payments: int) -> None:
    """The creation of each payment, and of each refund. A few need a person."""
    from payments_graphql.models import Operation

    kinds = (("create_payment_intent", "payment", 1), ("create_refund", "refund", 20))
    for kind, of, every in kinds:
        count = payments // every
        made = _made(count)
        payer = f"md5('customer' || (1 + n % {_count_people(payments)}))::uuid"
        generate(
            Operation,
            {
                "id": f"md5('operation {kind}' || n)::uuid",
                "actor": "'user:' || n % 1000",
                "key": f"'{kind}-' || n",
                "kind": f"'{kind}'",
                "input_hash": "md5(n::text)",
                "parameters": """'{"amount": 9999, "currency": "usd"}'::jsonb""",
                "account": f"'{ACCOUNT}'",
                "state": "CASE WHEN n % 50000 = 1 THEN 'needs_review' "
                "WHEN n % 15 = 0 THEN 'failed' ELSE 'succeeded' END",
                "fence": "1",
                "attempts": "1",
                "stripe_request_id": f"'req_{of[0]}' || lpad(n::text, 13, '0')",
                "customer_id": payer,
                "payment_intent_id": f"md5('payment' || n * {every})::uuid",
                "refund_id": "md5('refund' || n)::uuid" if of == "refund" else "NULL",
                "created_at": made,
                "settled_at": made,
            },
            count,
        )


def _insert_events(payments: int, people: int) -> None:
    """Three for each payment. Payloads are some 300 bytes, a tenth of real ones: lists do not read
    them."""
    from payments_graphql.models import StripeWebhookEvent

    made = f"({_made(payments)} + (n % 7) * interval '0.4 seconds')"
    for number, kind in enumerate(("created", "processing", "succeeded")):
        last = {"succeeded": "CASE WHEN n % 20 = 0 THEN 'payment_intent.payment_failed' ELSE "}
        named = f"'payment_intent.{kind}'"
        generate(
            StripeWebhookEvent,
            {
                "id": f"md5('event {kind}' || n)::uuid",
                "event_id": f"'evt_{number}' || lpad(n::text, 23, '0')",
                "type": f"{last[kind]}{named} END" if kind in last else named,
                "object_id": "'pi_' || lpad(n::text, 24, '0')",
                "stripe_customer_id": f"'cus_' || lpad(({_payer(people)})::text, 14, '0')",
                "livemode": "n % 1000 = 999",
                "account": f"'{ACCOUNT}'",
                "api_version": "'2026-10-28.endive'",
                "request_key": "md5('operation create_payment_intent' || n)::uuid::text",
                "source": "CASE WHEN n % 5000 = 1 THEN 'pull' ELSE 'webhook' END",
                "payload": "jsonb_build_object('id', n, 'data', jsonb_build_object('object', "
                "jsonb_build_object('id', 'pi_' || n, 'text', repeat(md5(n::text), 6))))",
                "state": "CASE WHEN n % 30 = 0 THEN 'ignored' WHEN n % 40000 = 1 THEN 'dead' "
                "ELSE 'processed' END",
                "attempts": "1",
                "stripe_created": f"date_trunc('second', {_made(payments)})",
                "received_at": made,
                "processed_at": made,
            },
            payments,
        )


_CURRENCY = (
    "CASE WHEN n % 10 < 7 THEN 'USD' WHEN n % 10 < 9 THEN 'EUR' WHEN n % 20 = 9 THEN 'GBP' "
    "ELSE 'JPY' END"
)
_DECLINE = (
    "(ARRAY['generic_decline', 'insufficient_funds', 'expired_card', 'stolen_card', "
    "'do_not_honor'])[1 + n % 5]"
)


def _status(payments: int) -> str:
    """A payment waits for its customer for a week or so, and is held for as long."""
    newest = payments // 100
    return (
        "CASE WHEN n % 16 = 3 THEN 'requires_payment_method' WHEN n % 25 = 6 THEN 'canceled' "
        f"WHEN n <= {newest} AND n % 7 = 1 THEN 'requires_action' "
        f"WHEN n <= {newest} AND n % 13 = 2 THEN 'requires_capture' ELSE 'succeeded' END"
    )


def _payer(people: int) -> str:
    """The number of the customer of payment n."""
    return f"CASE WHEN n % 100 = 7 THEN 1 ELSE 1 + n % {people} END"


def _made(count: int) -> str:
    """Row 1 is the newest."""
    return f"(now() - n * interval '{_TWO_YEARS / count:.4f} seconds')"


def _mirrored(name: str, made: str) -> dict[str, str]:
    return {
        "id": f"md5('{name}' || n)::uuid",
        "livemode": "false",
        "account": f"'{ACCOUNT}'",
        "version": "3",
        "as_of": made,
        "created_at": made,
        "updated_at": made,
        **({"unchecked_since": "NULL"} if name in _SUMMED else {}),
    }


_SUMMED = ("payment", "refund", "dispute")


def count_rows() -> dict[str, Any]:
    from payments_graphql.models import StripePaymentIntent, StripeWebhookEvent

    return {
        model.__name__: model._default_manager.count()
        for model in (StripePaymentIntent, StripeWebhookEvent)
    }
