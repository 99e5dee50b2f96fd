"""Payments and refunds as files: what is in them, who may download them, and what they cost."""

import tracemalloc
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from payments_graphql import figures
from payments_graphql.admin.exporting import offering, writing
from payments_graphql.models import StripePaymentIntent, StripeRefund
from tests.admin.rows import make_payment

from .conftest import browse_as, list_url
from .exported import read_csv, read_xlsx

pytestmark = pytest.mark.any_database


def make_url(kind: str = "csv", model: str = "stripepaymentintent") -> str:
    return reverse(f"admin:payments_graphql_{model}_export", args=(kind,))


@pytest.fixture
def exporter(db: None) -> User:
    return User.objects.create_user("eva")


@pytest.fixture
def exporter_client(exporter: User) -> Client:
    return browse_as(exporter, "view_stripepaymentintent", "view_striperefund", "export_payments")


def test_a_payment_is_exported_with_its_sums(exporter_client: Client) -> None:
    intent = make_payment(1)
    for read, kind in ((read_csv, "csv"), (read_xlsx, "xlsx")):
        (row,) = read(exporter_client.get(make_url(kind)))
        shown = {name: str(value) for name, value in row.items()}
        expected = {
            "stripe_id": "pi_1", "status": "succeeded", "currency": "USD", "booking": "REF-1",
            "customer": "cus_1", "paid_with": "Visa •••• 4242", "mode": "test",
            "id": str(intent.pk),
        }  # fmt: skip
        assert shown == shown | expected
        amounts = [float(row[name]) for name in ("amount", "refunded", "kept", "at_risk")]
        assert amounts == [50, 10, 40, 25], kind
        assert str(row["created"])[:10] == f"{intent.created_at:%Y-%m-%d}"


def test_a_refund_is_exported(exporter_client: Client) -> None:
    make_payment(1)
    for read, kind in ((read_csv, "csv"), (read_xlsx, "xlsx")):
        (row,) = read(exporter_client.get(make_url(kind, "striperefund")))
        assert (row["stripe_id"], row["payment"], float(row["amount"])) == ("re_1", "pi_1", 10)


def test_the_file_has_the_rows_of_the_list(exporter_client: Client) -> None:
    first, _, other = (make_payment(number) for number in (1, 2, 3))
    StripePaymentIntent.objects.filter(pk=first.pk).update(status="canceled")
    StripePaymentIntent.objects.filter(pk=other.pk).update(livemode=True)
    figures.refresh()

    def export(query: dict[str, str]) -> list[str]:
        return [row["stripe_id"] for row in read_csv(exporter_client.get(make_url(), query))]

    assert export({}) == ["pi_2", "pi_1"]
    assert export({"status__exact": "canceled"}) == ["pi_1"]
    assert export({"q": "REF-2"}) == ["pi_2"]
    assert export({"mode": "others"}) == ["pi_3"]
    assert export({"created_at_to": "2001-01-01"}) == []
    assert exporter_client.get(make_url(), {"receipt_email": "x"}).status_code == 400
    assert exporter_client.get(make_url(), {"created_at_to": "2001-13-01"}).status_code == 302
    page = exporter_client.get(list_url("stripepaymentintent"), {"q": "REF-2"}).text
    assert f"{make_url('xlsx')}?q=REF-2" in page


def test_people_are_masked_without_the_permission_to_see_them(
    exporter: User, exporter_client: Client
) -> None:
    make_payment(1)
    for model in ("stripepaymentintent", "striperefund"):
        (row,) = read_csv(exporter_client.get(make_url(model=model)))
        assert row["email"] == "u•••@example.com"
        exporter.user_permissions.add(Permission.objects.get(codename="see_personal_data"))
        (row,) = read_csv(exporter_client.get(make_url(model=model)))
        assert row["email"] == "user1@example.com"
        assert "4242424242424242" not in str(row)
        exporter.user_permissions.remove(Permission.objects.get(codename="see_personal_data"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_is_taken_for_a_formula(exporter_client: Client, start: str) -> None:
    make_payment(1)
    formula = f'{start}HYPERLINK("http://x.example")\x0b'
    StripePaymentIntent.objects.update(description=formula)
    for read, kind in ((read_csv, "csv"), (read_xlsx, "xlsx")):
        (row,) = read(exporter_client.get(make_url(kind)))
        assert row["description"].startswith("'"), kind


def test_only_those_who_may_export(exporter: User, exporter_client: Client) -> None:
    make_payment(1)
    assert make_url() in exporter_client.get(list_url("stripepaymentintent")).text
    exporter.user_permissions.remove(Permission.objects.get(codename="export_payments"))
    assert exporter_client.get(make_url()).status_code == 403
    assert "Export as" not in exporter_client.get(list_url("stripepaymentintent")).text
    exporter.user_permissions.set(Permission.objects.filter(codename="export_payments"))
    assert exporter_client.get(make_url()).status_code == 403


def test_every_export_is_recorded(exporter: User, exporter_client: Client) -> None:
    make_payment(1)
    read_csv(exporter_client.get(make_url(), {"q": "REF-1"}))
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (exporter, "Exported as CSV.")


def test_without_the_extra_nothing_is_offered(exporter_client: Client) -> None:
    make_payment(1)
    with patch.object(offering, "find_spec", return_value=None):
        assert "Export as" not in exporter_client.get(list_url("stripepaymentintent")).text
        assert exporter_client.get(make_url()).status_code == 404
    assert exporter_client.get(make_url("exe")).status_code == 404


def test_an_xlsx_that_would_take_too_long_is_refused(
    exporter_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MOST_ROWS_OF_XLSX", 1)
    for number in (1, 2):
        make_payment(number)
    response = exporter_client.get(make_url("xlsx"), {"currency__exact": "USD"}, follow=True)
    back = f"{list_url('stripepaymentintent')}?currency__exact=USD"
    assert response.redirect_chain == [(back, 302)]
    assert "an XLSX file holds at most 1 rows" in response.text
    assert len(read_csv(exporter_client.get(make_url("csv")))) == 2
    assert len(read_xlsx(exporter_client.get(make_url("xlsx"), {"q": "REF-2"}))) == 1


def test_a_long_file_takes_little_memory(exporter_client: Client) -> None:
    intent = make_payment(1)
    StripeRefund.objects.bulk_create(
        StripeRefund(
            payment_intent=intent, amount=1, currency="USD", status="failed",
            stripe_refund_id=f"re_many_{number}",
        )
        for number in range(6_000)
    )  # fmt: skip
    response = exporter_client.get(make_url(model="striperefund"))
    lines: Iterator[bytes] = iter(response.streaming_content)
    next(lines)
    tracemalloc.start()
    count = sum(1 for _ in lines)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 6_002
    assert most < 30_000_000
