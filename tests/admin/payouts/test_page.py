"""The page of payouts, and what it says when Stripe does not answer."""

import datetime
from typing import Any
from unittest.mock import patch

import pytest
import stripe
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from payments_graphql.models import StripePaymentIntent
from payments_graphql.sandbox import Sandbox
from payments_graphql.services import payouts
from tests import faulty_stripe as faults
from tests.admin.exported import read_csv
from tests.faulty_stripe import Fault, FaultyStripe

from .conftest import AT_ONCE, URL, Pay, make_url

pytestmark = pytest.mark.any_database


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
    assert shown.length == 38


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


@pytest.mark.parametrize("missing", ["export_payments", "view_stripepaymentintent"])
def test_both_permissions_are_needed(eva: User, as_eva: Client, missing: str) -> None:
    assert as_eva.get(URL).status_code == 200
    eva.user_permissions.remove(Permission.objects.get(codename=missing))
    assert as_eva.get(URL).status_code == 403
    assert as_eva.get(make_url()).status_code == 403
    assert as_eva.get(make_url(), {"payout": "po_1"}).status_code == 403
    assert URL not in as_eva.get("/admin/").text


def test_nothing_inline(paid_out: StripePaymentIntent, as_eva: Client) -> None:
    page = as_eva.get(URL).text
    main = page[page.index('id="content-main"') :]
    assert "<style" not in main
    assert " style=" not in main
