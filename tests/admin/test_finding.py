"""The search box of the start page leads to the object, or to a few of each kind."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from payments_graphql.admin.finding.box import MOST_OF_KIND
from payments_graphql.models import StripeCustomer, StripePaymentIntent, StripeRefund
from tests.admin.rows import make_payment

from .conftest import list_url, page_url
from .test_hostile_queries import VALUES
from .test_searching import name


def find(client: Client, text: str) -> Any:
    return client.get(f"{reverse('admin:payments_graphql_finding')}?{urlencode({'q': text})}")


def list_found(response: Any) -> dict[str, int]:
    assert response.status_code == 200, response.headers
    return {group.title: len(group.rows) for group in response.context["found"].groups}


@pytest.fixture
def intent(db: None) -> StripePaymentIntent:
    for number in (1, 2):
        name(make_payment(number), number)
    return StripePaymentIntent.objects.get(stripe_payment_intent_id="pi_1")


def test_the_start_page_has_the_box(staff_client: Client) -> None:
    page = staff_client.get(reverse("admin:app_list", args=("payments_graphql",))).text
    assert f'action="{reverse("admin:payments_graphql_finding")}"' in page
    assert 'name="q"' in page


@pytest.mark.parametrize(
    "text",
    [
        "pi_1", " pi_1 ", "ch_1", "ch_early_1", "311", "311.00", "USD 311", "0001 311.00",
        "visa 0001", "0001", "Lisbon 1", "https://dashboard.stripe.com/test/payments/pi_1",
        "receipt1@EXAMPLE.com",
    ],
)  # fmt: skip
def test_one_hit_leads_straight_to_the_payment(
    staff_client: Client, intent: StripePaymentIntent, text: str
) -> None:
    response = find(staff_client, text)
    assert response.status_code == 302, list_found(response)
    assert response.url == page_url(intent)


@pytest.mark.parametrize(
    ("text", "get"),
    [
        ("re_1", lambda intent: intent.refunds.get()),
        ("du_1", lambda intent: intent.disputes.get()),
        ("cus_1", lambda intent: intent.customer),
        ("pm_1", lambda intent: intent.payment_method),
        ("seti_1", lambda intent: intent.customer.setup_intents.get()),
        ("req_1", lambda intent: intent.operations.get()),
        ("key sk_live_51Habc 1", lambda intent: intent.operations.get()),
    ],
)
def test_an_id_leads_to_its_object(
    staff_client: Client, intent: StripePaymentIntent, text: str, get: Any
) -> None:
    assert find(staff_client, text).url == page_url(get(intent))


def test_our_own_id_leads_to_its_object(staff_client: Client, intent: StripePaymentIntent) -> None:
    for row in (intent, intent.booking, intent.customer, intent.refunds.get()):
        assert find(staff_client, str(row.pk)).url == page_url(row)


def test_a_booking_shows_what_belongs_to_it(
    staff_client: Client, intent: StripePaymentIntent
) -> None:
    response = find(staff_client, "ref-1")
    assert list_found(response) == {
        "Payment intents": 1, "Refunds": 1, "Disputes": 1, "Bookings": 1,
    }  # fmt: skip
    assert page_url(intent) in response.text
    assert page_url(intent.booking) in response.text
    assert f"{list_url('stripepaymentintent')}?q=ref-1" in response.text


def test_a_person_shows_their_payments_and_bookings(
    staff_client: Client, intent: StripePaymentIntent
) -> None:
    for text in ("user1@example.com", "ada1 lovelace"):
        found = list_found(find(staff_client, text))
        assert found["Customers"] == found["Payment intents"] == found["Bookings"] == 1, text


def test_a_kind_shows_the_newest_and_says_that_there_are_more(
    staff_client: Client, intent: StripePaymentIntent
) -> None:
    StripePaymentIntent.objects.bulk_create(
        StripePaymentIntent(
            customer=intent.customer, amount=31100, currency="USD", status="canceled",
            stripe_payment_intent_id=f"pi_more_{number}",
        )
        for number in range(MOST_OF_KIND + 5)
    )  # fmt: skip
    response = find(staff_client, "311")
    assert list_found(response)["Payment intents"] == MOST_OF_KIND
    assert f"Only the newest {MOST_OF_KIND} are shown here." in response.text


def test_only_kinds_that_a_person_may_view_are_searched(
    viewer: User, viewer_client: Client, intent: StripePaymentIntent
) -> None:
    viewer.user_permissions.set(Permission.objects.filter(codename="view_striperefund"))
    assert find(viewer_client, "re_1").url == page_url(intent.refunds.get())
    for text in ("pi_1", "cus_1", str(intent.pk), "ref-1", "user1@example.com", "311"):
        assert list_found(find(viewer_client, text)) == {}, text
    viewer.user_permissions.clear()
    assert list_found(find(viewer_client, "re_1")) == {}


def test_nobody_else_gets_in(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert "/login/" in find(client, "pi_1").url


def test_rows_of_the_other_mode_are_hidden(
    staff_client: Client, intent: StripePaymentIntent
) -> None:
    StripePaymentIntent.objects.update(livemode=True)
    StripeCustomer.objects.update(livemode=True)
    for text in ("cus_1", "311", str(intent.pk)):
        response = find(staff_client, text)
        assert list_found(response) == {}, text
        assert "Nothing was found." in response.text


def test_no_secret_and_no_whole_address_is_shown(
    staff_client: Client, intent: StripePaymentIntent
) -> None:
    shown = find(staff_client, "ada1 lovelace").text
    assert "user1@example.com" not in shown
    StripeRefund.objects.update(description="for user1@example.com")
    assert "user1@example.com" not in find(staff_client, "ref-1").text.replace("ada1", "")


@pytest.mark.parametrize(
    "text", [*VALUES, "x" * 60_000, "pi_" + "x" * 300, "\ud800", "%_%", "'", "a" * 199]
)
def test_nothing_makes_the_box_fail(staff_client: Client, intent: Any, text: str) -> None:
    url = reverse("admin:payments_graphql_finding")
    response = staff_client.get(url, {"q": text.encode("utf-8", "surrogatepass")})
    assert response.status_code == 200
    assert response.context["found"].only is None


@pytest.mark.parametrize(
    "text", ["0001", "0001 311", "ref-1", "user1", "ada1 311", "311", str(MOST_OF_KIND) * 8]
)
def test_a_search_costs_few_statements(staff_client: Client, intent: Any, text: str) -> None:
    find(staff_client, text)
    for url in (reverse("admin:payments_graphql_finding"), list_url("stripepaymentintent")):
        with CaptureQueriesContext(connection) as queries:
            staff_client.get(url, {"q": text})
        # Without what only the test's own transaction adds: see `trigrams.by_index`.
        others = ("SAVE", "RELEASE", "SET LOCAL enable_seqscan TO DEFAULT")
        made = [one["sql"] for one in queries if not one["sql"].startswith(others)]
        assert len(made) < 20, [sql[:150] for sql in made]
