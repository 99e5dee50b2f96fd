"""Payouts, and what they contain: https://docs.stripe.com/payouts/reconciliation."""

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from payments_graphql.sandbox.errors import ApiError
from tests.sandbox import payments

DAY = 24 * 60 * 60


def available(client: stripe.StripeClient) -> dict[str, int]:
    return {one.currency: one.amount for one in client.v1.balance.retrieve().available}


def types(client: stripe.StripeClient, after: int = 0) -> list[str]:
    events = list(client.v1.events.list({"limit": 100}).auto_paging_iter())
    return [event.type for event in reversed(events) if event.type.startswith("payout.")][after:]


def list_contained(client: stripe.StripeClient, payout: str) -> list[str]:
    listed = client.v1.balance_transactions.list({"payout": payout, "limit": 100})
    return [str(one.source) for one in listed.data]


@pytest.mark.stripe_rule(
    "A payout lowers the available balance",
    "https://docs.stripe.com/api/payouts/create",
    ours="It arrives on the same day, is paid after a second, and costs nothing",
)
def test_a_payout_is_taken_from_the_balance_and_arrives(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    payments.pay(own_client, "pm_card_bypassPending", amount=10_000)
    payout = own_client.v1.payouts.create(
        {
            "amount": 9000,
            "currency": "usd",
            "description": "Weekly",
            "expand": ["balance_transaction"],
            "metadata": {"a": "1"},
            "statement_descriptor": "TRAVEL",
        }
    )
    assert payout.id.startswith("po_1")
    assert (payout.status, payout.automatic, payout.method) == ("pending", False, "standard")
    assert (payout.description, payout.statement_descriptor) == ("Weekly", "TRAVEL")
    assert payout.arrival_date % DAY == 0
    assert 0 <= payout.created - payout.arrival_date < DAY
    booked = payout.balance_transaction
    assert (booked.type, booked.amount, booked.net) == ("payout", -9000, -9000)
    assert (booked.source, booked.description) == (payout.id, "Weekly")
    assert available(own_client) == {"usd": 680}
    own_sandbox.advance(1)
    assert own_client.v1.payouts.retrieve(payout.id).status == "paid"
    assert types(own_client) == ["payout.created", "payout.updated", "payout.paid"]


@pytest.mark.stripe_rule(
    "A payout of more than is available is refused",
    "https://docs.stripe.com/error-codes#balance-insufficient",
)
@pytest.mark.parametrize(
    ("amount", "currency"), [(9681, "usd"), (1, "eur")], ids=["too much", "another currency"]
)
def test_no_more_than_is_available_is_paid_out(
    own_client: stripe.StripeClient, amount: int, currency: str
) -> None:
    payments.pay(own_client, "pm_card_bypassPending", amount=10_000)
    payments.pay(own_client, amount=10_000)  # pending
    with pytest.raises(stripe.InvalidRequestError, match="You have insufficient funds in") as no:
        own_client.v1.payouts.create({"amount": amount, "currency": currency})
    assert (no.value.code, no.value.http_status) == ("balance_insufficient", 400)
    assert own_client.v1.payouts.list().data == []
    assert types(own_client) == []


@pytest.mark.stripe_rule(
    "A payout's parameters are checked", "https://docs.stripe.com/api/payouts/create"
)
@pytest.mark.parametrize(
    ("parameters", "message", "param"),
    [
        ({"currency": "usd"}, "Missing required param: amount", "amount"),
        ({"amount": 5}, "Missing required param: currency", "currency"),
        ({"amount": 0, "currency": "usd"}, "greater than or equal to 1", "amount"),
        ({"amount": 5, "currency": "xxx"}, "Invalid currency: xxx", "currency"),
        ({"amount": 5, "currency": "usd", "method": "slow"}, "must be one of", "method"),
        (
            {"amount": 5, "currency": "usd", "statement_descriptor": "x" * 23},
            "at most 22 characters",
            "statement_descriptor",
        ),
        ({"amount": 5, "currency": "usd", "destination": "ba_1"}, "not support", "destination"),
    ],
)
def test_a_payout_with_wrong_parameters_is_refused(
    client: stripe.StripeClient, parameters: dict[str, object], message: str, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as no:
        client.v1.payouts.create(parameters)  # type: ignore[arg-type]  # wrong on purpose
    assert no.value.param == param


@pytest.mark.stripe_rule(
    "An automatic payout lists the transactions that it contains",
    "https://docs.stripe.com/payouts/reconciliation",
    ours="They are made by a trigger, one for each currency, and not by a schedule",
)
def test_an_automatic_payout_contains_what_was_available(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    first = payments.pay(own_client, "pm_card_bypassPending", amount=10_000)
    refund = own_client.v1.refunds.create({"payment_intent": first.id, "amount": 700})
    euros = payments.pay(own_client, "pm_card_bypassPending", amount=5000, currency="eur")
    later = payments.pay(own_client, amount=3000)
    own_sandbox.trigger("payout.paid")
    in_euros, in_dollars = sorted(own_client.v1.payouts.list().data, key=lambda one: one.amount)
    assert (in_dollars.amount, in_euros.amount) == (10_000 - 320 - 700, 4825)
    for payout in (in_dollars, in_euros):
        assert (payout.automatic, payout.status) == (True, "paid")
        assert (payout.reconciliation_status, payout.description) == ("completed", "STRIPE PAYOUT")
    assert list_contained(own_client, in_dollars.id) == [
        in_dollars.id, refund.id, first.latest_charge,
    ]  # fmt: skip
    assert list_contained(own_client, in_euros.id) == [in_euros.id, euros.latest_charge]
    assert available(own_client) == {"usd": 0, "eur": 0}
    own_sandbox.advance(2 * DAY + 1)
    own_sandbox.trigger("payout.paid")
    newest = own_client.v1.payouts.list().data[0]
    assert list_contained(own_client, newest.id) == [newest.id, later.latest_charge]
    assert types(own_client)[-4:] == [
        "payout.created", "payout.updated", "payout.paid", "payout.reconciliation_completed",
    ]  # fmt: skip


@pytest.mark.stripe_rule(
    "Stripe does not know what a manual payout contains",
    "https://docs.stripe.com/payouts/reconciliation",
)
def test_the_transactions_of_a_manual_payout_are_refused(own_client: stripe.StripeClient) -> None:
    payments.pay(own_client, "pm_card_bypassPending")
    payout = own_client.v1.payouts.create({"amount": 500, "currency": "usd"})
    assert payout.reconciliation_status == "not_applicable"
    with pytest.raises(stripe.InvalidRequestError, match="can only be filtered on automatic"):
        list_contained(own_client, payout.id)
    with pytest.raises(stripe.InvalidRequestError, match="No such payout: 'po_no'") as no:
        list_contained(own_client, "po_no")
    assert no.value.param == "payout"


@pytest.mark.stripe_rule(
    "A failed payout returns the amount to the balance",
    "https://docs.stripe.com/payouts#payout-failures",
)
def test_a_failed_payout_returns_to_the_balance_and_is_paid_out_again(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    payments.pay(own_client, "pm_card_bypassPending", amount=10_000)
    own_sandbox.trigger("payout.paid")
    paid = own_client.v1.payouts.list().data[0]
    own_sandbox.act(paid.id, "fail")
    failed = own_client.v1.payouts.retrieve(paid.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    returned = failed.failure_balance_transaction
    assert (returned.type, returned.amount) == ("payout_failure", 9680)
    assert types(own_client)[-1] == "payout.failed"
    assert available(own_client) == {"usd": 9680}
    with pytest.raises(ApiError, match="Possible: none"):
        own_sandbox.act(paid.id, "fail")
    own_sandbox.trigger("payout.created")
    again = own_client.v1.payouts.list().data[0]
    assert list_contained(own_client, again.id) == [again.id, paid.id]
    assert own_sandbox.act(again.id, "pay")["status"] == "paid"


@pytest.mark.stripe_rule(
    "Payouts are listed by status and by dates", "https://docs.stripe.com/api/payouts/list"
)
def test_payouts_are_listed_by_status_and_dates(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    payments.pay(own_client, "pm_card_bypassPending", amount=10_000)
    ids = []
    for days in (0, 3):
        own_sandbox.advance(days * DAY)
        ids.append(own_client.v1.payouts.create({"amount": 500, "currency": "usd"}).id)
    old, new = (own_client.v1.payouts.retrieve(one) for one in ids)
    assert new.arrival_date - old.arrival_date == 3 * DAY

    def found(**params: object) -> list[str]:
        return [one.id for one in own_client.v1.payouts.list(params).data]  # type: ignore[arg-type]  # a plain dict

    assert found() == [new.id, old.id]
    assert found(arrival_date=old.arrival_date) == [old.id]
    assert found(arrival_date={"gt": old.arrival_date}) == [new.id]
    assert found(arrival_date={"gte": old.arrival_date, "lt": new.arrival_date}) == [old.id]
    assert found(created={"lte": old.created}) == [old.id]
    assert found(status="pending") == [new.id]
    assert found(status="paid") == [old.id]
    assert found(limit=1) == [new.id]
    assert found(starting_after=new.id) == [old.id]
    assert found(ending_before=old.id) == [new.id]


def test_a_trigger_pays_more_if_the_balance_is_negative(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.pay(own_client, amount=500_000)  # pending
    own_client.v1.refunds.create({"payment_intent": intent.id})
    assert available(own_client) == {"usd": -500_000}
    own_sandbox.trigger("payout.paid")
    assert own_client.v1.payouts.list().data[0].status == "paid"


@pytest.mark.parametrize("event_type", ["payout.created", "payout.paid", "payout.failed"])
def test_a_trigger_pays_first_if_nothing_is_available(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, event_type: str
) -> None:
    events = [event["type"] for event in own_sandbox.trigger(event_type)]
    assert events.count("charge.succeeded") == events.count(event_type) == 1
    assert own_client.v1.payouts.list().data[0].amount == 2000 - 88
