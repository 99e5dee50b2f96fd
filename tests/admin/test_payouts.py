"""Payouts: the page, the files, and what they say when Stripe does not answer."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest
import stripe
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from payments_graphql.admin.exporting import offering
from payments_graphql.models import Booking, StripePaymentIntent
from payments_graphql.sandbox import Sandbox
from payments_graphql.services import StripeService, payouts
from tests import faulty_stripe as faults
from tests.admin.test_exporting import read_csv, read_xlsx
from tests.faulty_stripe import Fault, FaultyStripe, faulty_stripe

URL = "/admin/payments_graphql/payouts/"
AT_ONCE = "pm_card_bypassPending"

type Pay = Callable[..., StripePaymentIntent]


def make_url(kind: str = "csv") -> str:
    return reverse("admin:payments_graphql_payouts_export", args=(kind,))


@pytest.fixture
def eva(db: None) -> User:
    user = User.objects.create_user("eva", is_staff=True)
    names = ("view_stripepaymentintent", "export_payments")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


@pytest.fixture
def as_eva(eva: User) -> Client:
    client = Client()
    client.force_login(eva)
    return client


@pytest.fixture
def link(sandbox: Sandbox, settings: Any) -> Iterator[FaultyStripe]:
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        link.also_reads = True
        yield link


@pytest.fixture
def paid_out(
    pay: Pay, alice: User, booking: Booking, service: StripeService, sandbox: Sandbox,
    events: Any, deliver: Any,
) -> StripePaymentIntent:  # fmt: skip
    """A payment with a refund, and one with a dispute, in one automatic payout."""
    first = pay(alice, None, None, booking=booking, method=AT_ONCE)
    assert service.create_refund(first, amount=10)["success"]
    other = pay(alice, "50.00", method=AT_ONCE, description="for bob@example.com")
    sandbox.act(str(other.stripe_payment_intent_id), "dispute")
    deliver(*events("charge.dispute.created", "charge.dispute.funds_withdrawn"))
    pay(alice, "500.00", method=AT_ONCE)
    sandbox.trigger("payout.paid")
    return first


def test_the_page_shows_a_payout(
    paid_out: StripePaymentIntent, as_eva: Client, dashboard: stripe.StripeClient
) -> None:
    payout = dashboard.v1.payouts.list().data[0]
    page = as_eva.get(URL).text
    assert f"{payout.amount / 100:.2f} USD" in page
    assert f"/_sandbox/objects/{payout.id}" in page
    for text in ("Paid<", "STRIPE PAYOUT", f"{make_url('xlsx')}?payout={payout.id}", "Export as"):
        assert text in page, text
    assert URL in as_eva.get("/admin/payments_graphql/").text


def test_a_file_has_a_row_for_each_transaction(
    paid_out: StripePaymentIntent, as_eva: Client, dashboard: stripe.StripeClient
) -> None:
    payout = dashboard.v1.payouts.list().data[0]
    refund_id = paid_out.refunds.get().stripe_refund_id
    disputed = StripePaymentIntent.objects.get(amount=5000)
    dispute_id = disputed.disputes.get().stripe_dispute_id
    files = [
        read_csv(as_eva.get(make_url("csv"))),
        read_csv(as_eva.get(make_url("csv"), {"payout": payout.id})),
        read_xlsx(as_eva.get(make_url("xlsx"))),
    ]
    for rows in files:
        assert sorted(row["type"] for row in rows) == [
            "adjustment", "charge", "charge", "charge", "payout", "refund",
        ]  # fmt: skip
        by_type = {row["type"]: row for row in rows}  # the oldest of each type
        charge, refund, dispute = (by_type[name] for name in ("charge", "refund", "adjustment"))
        assert {row["payout"] for row in rows} == {payout.id}
        assert {float(row["payout_amount"]) for row in rows} == {payout.amount / 100}
        assert sum(float(row["net"]) for row in rows) == pytest.approx(0)
        for row in (charge, refund):
            assert row["payment"] == paid_out.stripe_payment_intent_id
            assert (row["booking"], row["currency"]) == ("LIS-1", "USD")
        amounts = [float(charge[name]) for name in ("amount", "fee", "net")]
        assert amounts == [99.99, 3.20, 96.79]
        assert charge["source"] == paid_out.latest_charge_id
        assert refund["source"] == refund_id
        assert (dispute["source"], float(dispute["fee"])) == (dispute_id, 15)
        assert dispute["payment"] == disputed.stripe_payment_intent_id
        assert by_type["payout"]["payment"] in ("", None)
        assert "bob@example.com" not in str(rows)
        assert str(charge["payout_arrival"])[:10] == f"{timezone.now():%Y-%m-%d}"


def test_a_text_is_not_taken_for_a_formula(
    sandbox: Sandbox, as_eva: Client, dashboard: stripe.StripeClient
) -> None:
    dashboard.v1.payment_intents.create(
        {
            "amount": 5000, "currency": "usd", "confirm": True, "payment_method": AT_ONCE,
            "payment_method_types": ["card"], "description": '=HYPERLINK("http://x.example")',
        }
    )  # fmt: skip
    sandbox.trigger("payout.paid")
    for read, kind in ((read_csv, "csv"), (read_xlsx, "xlsx")):
        *_, charge = read(as_eva.get(make_url(kind)))
        assert charge["description"].startswith("'=")
        assert charge["payment"] in ("", None)


def test_payments_of_other_keys_are_not_found(
    paid_out: StripePaymentIntent, as_eva: Client
) -> None:
    StripePaymentIntent.objects.update(livemode=True)
    rows = read_csv(as_eva.get(make_url()))
    charges = [row for row in rows if row["type"] == "charge"]
    assert [row["payment"] for row in charges] == ["", "", ""]


def test_statements_do_not_grow_with_the_lines(
    sandbox: Sandbox, as_eva: Client, pay: Pay, alice: User, dashboard: stripe.StripeClient
) -> None:
    counts = []
    for number in (1, 12):
        for _ in range(number):
            pay(alice, "50.00", method=AT_ONCE)
        sandbox.trigger("payout.paid")
        newest = dashboard.v1.payouts.list({"limit": 1}).data[0]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            rows = read_csv(as_eva.get(make_url(), {"payout": newest.id}))
        assert len(rows) == number + 1
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_all_pages_of_a_long_payout_are_read(
    sandbox: Sandbox, as_eva: Client, dashboard: stripe.StripeClient
) -> None:
    for _ in range(101):
        dashboard.v1.charges.create(
            {"amount": 500, "currency": "usd", "source": "tok_bypassPending"}
        )
    sandbox.trigger("payout.paid")
    rows = read_csv(as_eva.get(make_url()))
    assert len({row["transaction"] for row in rows}) == len(rows) == 102
    assert len(sandbox.requests("GET", "/v1/balance_transactions")) == 2


def test_a_payout_by_hand_and_a_new_one_have_no_transactions(
    sandbox: Sandbox, as_eva: Client, dashboard: stripe.StripeClient, pay: Pay, alice: User
) -> None:
    pay(alice, "50.00", method=AT_ONCE)
    by_hand = dashboard.v1.payouts.create({"amount": 500, "currency": "usd"})
    page = as_eva.get(URL).text
    assert "Paid out by hand" in page
    assert "Not sent yet" in page
    assert f"payout={by_hand.id}" not in page
    for query in ({}, {"payout": by_hand.id}):
        (row,) = read_csv(as_eva.get(make_url(), query))
        assert (row["payout"], float(row["payout_amount"])) == (by_hand.id, 5)
        assert (row["transaction"], row["amount"]) == ("", "")
    with patch.object(payouts, "_parse_payout", _still_in_progress(payouts._parse_payout)):
        assert "Stripe is still putting it together." in as_eva.get(URL).text


def _still_in_progress(parse: Any) -> Any:
    progress = {"automatic": True, "reconciliation_status": "in_progress"}
    return lambda payload: parse({**payload, **progress})


def test_a_failed_payout_says_why(
    paid_out: StripePaymentIntent, sandbox: Sandbox, as_eva: Client, dashboard: stripe.StripeClient
) -> None:
    sandbox.act(dashboard.v1.payouts.list().data[0].id, "fail")
    page = as_eva.get(URL).text
    assert "payments-status-bad" in page
    assert "The bank account was closed. Enter another one at Stripe." in page


def test_days_of_arrival_can_be_chosen(
    paid_out: StripePaymentIntent, as_eva: Client, sandbox: Sandbox
) -> None:
    today = timezone.now().date()
    yesterday = today - datetime.timedelta(days=1)
    this = {"first": today.isoformat(), "last": today.isoformat()}
    before = {"first": "2026-01-01", "last": yesterday.isoformat()}
    assert "STRIPE PAYOUT" in as_eva.get(URL, this).text
    page = as_eva.get(URL, before).text
    assert "No payout arrives in this period." in page
    assert 'value="2026-01-01"' in page
    assert "Export as" not in page
    assert len(read_csv(as_eva.get(make_url(), this))) == 6
    assert read_csv(as_eva.get(make_url(), before)) == []
    shown = as_eva.get(URL).context["choices"].period
    assert shown.length == 30


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"first": "2026-13-01", "last": "2026-01-02"}, "Enter a valid date."),
        ({"first": "x", "last": "\x00"}, "Enter a valid date."),
        ({"first": "2026-01-01"}, "Enter both dates."),
        ({"first": "2026-01-02", "last": "2026-01-01"}, "Choose a period of 1 to 366 days."),
        ({"first": "2025-01-01", "last": "2026-01-02"}, "Choose a period of 1 to 366 days."),
        ({"first": "9999-12-31", "last": "9999-12-31"}, "Choose another period."),
    ],
)
def test_wrong_days_are_explained(
    as_eva: Client, sandbox: Sandbox, query: dict[str, str], problem: str
) -> None:
    page = as_eva.get(URL, query)
    assert page.status_code == 200
    assert problem in page.text
    assert "No payout" not in page.text
    file = as_eva.get(make_url(), query, follow=True)
    assert problem in file.text
    assert sandbox.requests("GET", "/v1/payouts") == []
    assert not LogEntry.objects.exists()


def test_an_unknown_parameter_is_refused(as_eva: Client) -> None:
    assert as_eva.get(URL, {"days": "7"}).status_code == 400


def test_only_the_newest_are_shown_and_the_page_says_so(
    paid_out: StripePaymentIntent, as_eva: Client, dashboard: stripe.StripeClient,
    monkeypatch: pytest.MonkeyPatch, pay: Pay, alice: User,
) -> None:  # fmt: skip
    pay(alice, "50.00", method=AT_ONCE)
    newest = dashboard.v1.payouts.create({"amount": 500, "currency": "usd"}).id
    monkeypatch.setattr(payouts, "MOST", 1)
    page = as_eva.get(URL)
    assert "Only the newest 100 payouts of this period are shown and exported." in page.text
    assert page.text.count('data-label="Arrival"') == 1
    assert [row["payout"] for row in read_csv(as_eva.get(make_url()))] == [newest]


def test_the_page_says_when_stripe_is_away(as_eva: Client, sandbox: Sandbox) -> None:
    sandbox.stop()
    page = as_eva.get(URL)
    assert page.status_code == 200
    assert "Stripe could not be reached. Try again in a moment." in page.text
    for query in ({}, {"payout": "po_1"}):
        file = as_eva.get(make_url(), query, follow=True)
        assert file.status_code == 200
        assert "Stripe could not be reached." in file.text
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("fault", [faults.UNAUTHORIZED, faults.FORBIDDEN], ids=["401", "403"])
def test_the_page_says_when_the_key_is_wrong(
    as_eva: Client, link: FaultyStripe, fault: Fault
) -> None:
    link.always = fault
    page = as_eva.get(URL)
    assert page.status_code == 200
    assert "may not read payouts and the balance" in page.text


@pytest.mark.parametrize("fault", [faults.ERROR_500, faults.REFUSED, faults.TOO_MANY])
def test_every_other_failure_is_told_too(as_eva: Client, link: FaultyStripe, fault: Fault) -> None:
    link.always = fault
    page = as_eva.get(URL)
    assert page.status_code == 200
    assert 'class="errornote"' in page.text


def test_a_file_that_stripe_cut_short_says_so(
    paid_out: StripePaymentIntent, as_eva: Client, link: FaultyStripe
) -> None:
    file = as_eva.get(make_url())  # the payouts are read; the transactions while it is sent
    link.always = faults.ERROR_500
    (row,) = read_csv(file)
    assert row["payout"].startswith("This file is not complete. Stripe could not be reached.")


def test_a_sheet_that_stripe_cut_short_is_not_sent(
    paid_out: StripePaymentIntent, as_eva: Client, sandbox: Sandbox
) -> None:
    with sandbox.faults.add("error_500", path="/v1/balance_transactions"):
        page = as_eva.get(make_url("xlsx"), follow=True)
    assert "Stripe could not be reached." in page.text
    assert not LogEntry.objects.exists()


def test_an_unknown_payout_is_refused(as_eva: Client, sandbox: Sandbox) -> None:
    unknown = as_eva.get(make_url(), {"payout": "po_unknown"}, follow=True)
    assert "No such payout" in unknown.text
    for wrong in ("", "../balance", "ch_1", "po_" + "x" * 200):
        assert as_eva.get(make_url(), {"payout": wrong}).status_code == 404


@pytest.mark.parametrize("missing", ["export_payments", "view_stripepaymentintent"])
def test_both_permissions_are_needed(eva: User, as_eva: Client, missing: str) -> None:
    assert as_eva.get(URL).status_code == 200
    eva.user_permissions.remove(Permission.objects.get(codename=missing))
    assert as_eva.get(URL).status_code == 403
    assert as_eva.get(make_url()).status_code == 403
    assert as_eva.get(make_url(), {"payout": "po_1"}).status_code == 403
    assert URL not in as_eva.get("/admin/").text


def test_every_export_is_recorded(paid_out: StripePaymentIntent, eva: User, as_eva: Client) -> None:
    read_csv(as_eva.get(make_url()))
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (eva, "Exported as CSV.")
    assert "Payouts" in as_eva.get("/admin/").text


def test_without_the_extra_the_page_offers_no_file(
    paid_out: StripePaymentIntent, as_eva: Client
) -> None:
    with patch.object(offering, "find_spec", return_value=None):
        page = as_eva.get(URL)
        assert "STRIPE PAYOUT" in page.text
        assert make_url()[:-4] not in page.text
        assert as_eva.get(make_url()).status_code == 404
    assert as_eva.get(make_url("exe")).status_code == 404


def test_nothing_inline(paid_out: StripePaymentIntent, as_eva: Client) -> None:
    page = as_eva.get(URL).text
    main = page[page.index('id="content-main"') :]
    assert "<style" not in main
    assert " style=" not in main
