"""Payouts are read from Stripe, and their transactions are found among our payments."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from payments_graphql import stripe_client
from payments_graphql.errors import ErrorCode, PaymentError, ProviderError
from payments_graphql.services import payouts

AT_ONCE = "pm_card_bypassPending"


@pytest.fixture
def paid_out(alice, pay, sandbox, dashboard):
    """Stripe's payout, and the payment in it."""
    intent = pay(alice, "50.00", method=AT_ONCE, description="Lisbon")
    sandbox.trigger("payout.paid")
    return dashboard.v1.payouts.list().data[0], intent


@pytest.fixture
def in_new_york(monkeypatch) -> Iterator[None]:
    """Midnight there is five in the morning in UTC."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _expect(there, **values) -> payouts.Payout:
    expected = {
        "id": there.id,
        "arrives_on": datetime.fromtimestamp(there.arrival_date, UTC).date(),
        "amount": there.amount,
        "currency": "USD",
        "description": "STRIPE PAYOUT",
        "failure_code": "",
        "failure_message": "",
        "is_automatic": True,
        "is_itemized": True,
        "livemode": False,
    }
    return payouts.Payout(**expected | values)


def test_a_payout_is_stripes(paid_out, sandbox, dashboard):
    there, _intent = paid_out
    assert payouts.fetch_payout(there.id) == _expect(there, status="paid")

    sandbox.act(there.id, "fail")
    failed = dashboard.v1.payouts.retrieve(there.id)
    assert failed.failure_message
    assert payouts.fetch_payout(there.id) == _expect(
        there,
        status="failed",
        failure_code=failed.failure_code,
        failure_message=failed.failure_message,
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"livemode": True}, {"livemode": True}),
        ({"description": None}, {"description": ""}),
        ({"reconciliation_status": "in_progress"}, {"is_itemized": False}),
    ],
)
def test_what_the_sandbox_does_not_answer_is_read_too(paid_out, monkeypatch, values, expected):
    there, _intent = paid_out
    read = stripe_client.retrieve_payout

    def read_changed(stripe_id):
        answer = read(stripe_id)
        answer.object.update(values)
        return answer

    monkeypatch.setattr(stripe_client, "retrieve_payout", read_changed)
    assert payouts.fetch_payout(there.id) == _expect(there, **{"status": "paid"} | expected)


def test_a_payout_by_hand_has_no_list_of_transactions(paid_out, alice, pay, dashboard):
    pay(alice, "50.00", method=AT_ONCE)
    by_hand = dashboard.v1.payouts.create({"amount": 500, "currency": "usd"})
    found = payouts.fetch_payout(by_hand.id)
    assert (found.amount, found.is_automatic, found.is_itemized) == (500, False, False)
    assert found.description == (by_hand.description or "")


def test_an_unknown_payout_is_an_error(sandbox):
    with pytest.raises(PaymentError, match="No such payout") as caught:
        payouts.fetch_payout("po_unknown")
    assert caught.value.code == ErrorCode.NOT_FOUND


def test_a_key_that_may_not_read_payouts_is_named(sandbox):
    with (
        sandbox.faults.add("forbidden", path="/v1/payouts/*"),
        pytest.raises(ProviderError, match="may not read payouts and the balance") as caught,
    ):
        payouts.fetch_payout("po_1")
    assert caught.value.request_id.startswith("req_")
    with (
        sandbox.faults.add("error_500", path="/v1/payouts/*"),
        pytest.raises(ProviderError, match="Stripe could not be reached"),
    ):
        payouts.fetch_payout("po_1")


def test_days_of_arrival_are_days_in_utc(paid_out, sandbox, in_new_york):
    there, _intent = paid_out
    day = datetime.fromtimestamp(there.arrival_date, UTC).date()

    assert payouts.fetch_payouts(day, day) == ([_expect(there, status="paid")], False)

    payouts.fetch_payouts(date(2026, 3, 9), date(2026, 3, 10))
    sent = sandbox.requests("GET", "/v1/payouts")[-1].parameters
    first, end = (datetime(2026, 3, one, tzinfo=UTC) for one in (9, 11))
    assert {name: int(time) for name, time in sent["arrival_date"].items()} == {
        "gte": first.timestamp(),
        "lt": end.timestamp(),
    }


def test_a_transaction_is_stripes_with_our_payment(paid_out, dashboard):
    there, intent = paid_out
    found = list(payouts.iterate_transactions(payouts.fetch_payout(there.id)))

    stored = dashboard.v1.balance_transactions.list({"payout": there.id}).data
    assert found == [
        payouts.Transaction(
            id=one.id,
            type=one.type,
            created_at=datetime.fromtimestamp(one.created, UTC),
            amount=one.amount,
            fee=one.fee,
            net=one.net,
            currency="USD",
            description=one.description or "",
            source=one.source,
            payment=intent if one.type == "charge" else None,
        )
        for one in stored
    ]
    assert [(one.type, one.description) for one in found] == [
        ("payout", "STRIPE PAYOUT"),
        ("charge", "Lisbon"),
    ]
