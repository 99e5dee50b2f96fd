"""Files of payouts: a row for each transaction that Stripe paid out."""

from unittest.mock import patch

import pytest
import stripe
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments_graphql.admin.exporting import offering, writing
from payments_graphql.models import StripePaymentIntent
from payments_graphql.sandbox import Sandbox
from tests import faulty_stripe as faults
from tests.admin.exported import read_csv, read_xlsx
from tests.faulty_stripe import FaultyStripe

from .conftest import AT_ONCE, URL, Pay, make_url

pytestmark = pytest.mark.any_database


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


def test_an_xlsx_that_would_take_too_long_is_refused(
    paid_out: StripePaymentIntent, as_eva: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MOST_ROWS_OF_XLSX", 1)
    refused = as_eva.get(make_url("xlsx"), follow=True)
    assert refused.redirect_chain
    assert "an XLSX file holds at most 1 rows" in refused.text
    assert not LogEntry.objects.exists()
    assert len(read_csv(as_eva.get(make_url("csv")))) > 1
