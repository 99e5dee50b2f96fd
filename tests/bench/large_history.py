"""What happened to the payments of `tests.bench.large_rows`: their changes, operations and
events."""

from tests.bench.generating import generate
from tests.bench.large_values import (
    ACCOUNT,
    DECLINE,
    count_people,
    make_payer,
    make_status,
    make_time,
)


def insert_changes(payments: int) -> None:
    """Two for each payment, and one for each refund and dispute."""
    from payments_graphql.models import StatusChange

    made, status = make_time(payments), make_status(payments)
    caused = {"cause_kind": "'event'", "signaled_at": made, "created_at": made, "occurred_at": made}
    of_payment = {"payment_intent_id": "md5('payment' || n)::uuid", "cause_id": "'evt_c_' || n"}
    new = {**caused, **of_payment, "to_status": "'requires_payment_method'"}
    generate(StatusChange, {**new, "cause_kind": "'operation'"}, payments)
    later = {
        **caused,
        **of_payment,
        "from_status": "'requires_payment_method'",
        "to_status": status,
        "failure_code": f"CASE WHEN {status} = 'requires_payment_method' THEN {DECLINE} "
        "ELSE '' END",
    }
    generate(StatusChange, later, payments)
    for kind, every, shift in (("refund", 20, 0), ("dispute", 250, 1)):
        count = payments // every
        made = make_time(count)
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


def insert_operations(payments: int) -> None:
    """The creation of each payment, and of each refund. A few need a person."""
    from payments_graphql.models import Operation

    kinds = (("create_payment_intent", "payment", 1), ("create_refund", "refund", 20))
    for kind, of, every in kinds:
        count = payments // every
        made = make_time(count)
        payer = f"md5('customer' || (1 + n % {count_people(payments)}))::uuid"
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


def insert_events(payments: int, people: int) -> None:
    """Three for each payment. Payloads are some 300 bytes, a tenth of real ones: lists do not read
    them."""
    from payments_graphql.models import StripeWebhookEvent

    made = f"({make_time(payments)} + (n % 7) * interval '0.4 seconds')"
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
                "stripe_customer_id": f"'cus_' || lpad(({make_payer(people)})::text, 14, '0')",
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
                "stripe_created": f"date_trunc('second', {make_time(payments)})",
                "received_at": made,
                "processed_at": made,
            },
            payments,
        )
