"""`manage.py payments_doctor`: the endpoint at Stripe, and whether webhooks arrive."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql.models import StripeWebhookEvent
from payments_graphql.stripe_client import API_VERSION
from payments_graphql.webhooks.handlers import HANDLED
from tests.conftest import WEBHOOK_PATH

SUBJECT = "webhook endpoint"


@pytest.fixture
def make_endpoint(dashboard):
    def make_endpoint(url: str = f"http://127.0.0.1:1{WEBHOOK_PATH}", **values):
        asked = {"url": url, "enabled_events": ["*"], "api_version": API_VERSION}
        given = {name: value for name, value in (asked | values).items() if value is not None}
        return dashboard.v1.webhook_endpoints.create(given)

    return make_endpoint


@pytest.fixture
def make_events(db):
    """Stores events. `ago` is the age of the oldest. They are 2 minutes apart."""

    def make_events(source: str, count: int, *, ago=timedelta(hours=1), version=API_VERSION):
        for number in range(count):
            created = timezone.now() - ago + number * timedelta(minutes=2)
            StripeWebhookEvent.objects.create(
                event_id=f"evt_{StripeWebhookEvent.objects.count()}",
                type="payment_intent.succeeded",
                state="processed",
                source=source,
                api_version=version,
                stripe_created=created,
            )

    return make_events


def test_a_correct_endpoint_is_ok(make_endpoint, doctor):
    make_endpoint()
    make_endpoint("https://another.example/hooks")

    (found,) = doctor().find(SUBJECT)

    assert found.startswith(f"http://127.0.0.1:1{WEBHOOK_PATH} is enabled, with all events")


def test_none_is_a_warning_with_test_keys(doctor):
    (found,) = doctor().find(SUBJECT, "warning")
    assert f"no endpoint whose URL ends with {WEBHOOK_PATH}" in found


def test_no_endpoint_is_needed_if_webhooks_arrive(doctor, make_events):
    """As with `stripe listen`."""
    make_events("webhook", 1)

    assert doctor().find(SUBJECT, "ok")


def test_the_trailing_slash_may_be_missing(make_endpoint, doctor):
    make_endpoint(f"http://127.0.0.1:1{WEBHOOK_PATH}".rstrip("/"))

    assert "is enabled" in doctor().find(SUBJECT, "ok")[0]


def test_a_disabled_one_is_an_error(make_endpoint, doctor, dashboard):
    endpoint = make_endpoint()
    dashboard.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})

    assert "is disabled" in doctor().find(SUBJECT, "error")[0]


def test_a_disabled_one_beside_an_enabled_one_does_not_matter(make_endpoint, doctor, dashboard):
    endpoint = make_endpoint()
    dashboard.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    make_endpoint()

    assert len(doctor().find(SUBJECT)) == 1
    assert doctor().find(SUBJECT, "ok")


def test_events_missing_from_the_endpoint_are_named(make_endpoint, doctor):
    missing = {"refund.failed", "customer.deleted"}
    make_endpoint(enabled_events=sorted(HANDLED - missing))

    (found,) = doctor().find(SUBJECT, "warning")
    assert "does not get 2 of the" in found
    assert "customer.deleted, refund.failed" in found


def test_all_handled_events_by_name_are_enough(make_endpoint, doctor):
    make_endpoint(enabled_events=sorted(HANDLED))

    assert doctor().find(SUBJECT, "ok")


@pytest.mark.parametrize("version", [None, "2024-06-20"])
def test_another_api_version_is_a_warning(make_endpoint, doctor, version):
    make_endpoint(api_version=version)

    (found,) = doctor().find(SUBJECT, "warning")
    assert (version or "the account's API version") in found
    assert API_VERSION in found


def test_a_host_that_django_refuses_is_a_warning(make_endpoint, doctor):
    make_endpoint(f"https://shop.example{WEBHOOK_PATH}")

    assert "shop.example is not in ALLOWED_HOSTS" in doctor().find(SUBJECT, "warning")[0]


def test_a_password_in_its_url_is_not_shown(make_endpoint, doctor):
    make_endpoint(f"http://user:hidden@127.0.0.1:1{WEBHOOK_PATH}?token=hidden")

    diagnosis = doctor()

    assert diagnosis.find(SUBJECT, "ok")
    assert "hidden" not in diagnosis.text


def test_a_site_without_the_webhook_view_is_an_error(doctor, settings):
    settings.ROOT_URLCONF = "schema.urls"

    assert "no URL of this site" in doctor().find(SUBJECT, "error")[0]


def test_events_that_came_by_webhook_are_ok(make_events, doctor):
    make_events("webhook", 3)
    make_events("pull", 2)

    assert "3 events of the last day came by webhook, 2 were read" in " ".join(
        doctor().find("webhooks", "ok")
    )


@pytest.mark.parametrize(
    ("situation", "text"),
    [
        ("enabled", "are refused or do not arrive"),
        ("absent", "Stripe has no enabled endpoint"),
        ("no secret", "STRIPE_WEBHOOK_SECRET is not set"),
        ("unknown", "webhooks do not arrive, or are refused"),
    ],
)
def test_events_that_were_only_read_are_a_warning(
    make_endpoint, make_events, doctor, sandbox, settings, situation, text
):
    if situation == "enabled":
        make_endpoint()
    if situation == "no secret":
        settings.STRIPE_WEBHOOK_SECRET = ""
    if situation == "unknown":
        sandbox.faults.add("forbidden", path="/v1/webhook_endpoints")
    # After the endpoint was created. This machine's clock is not there yet.
    make_events("pull", 3, ago=timedelta(minutes=-1))

    (found,) = doctor().find("webhooks", "warning")
    assert text in found


def test_events_from_before_the_endpoint_was_created_are_ignored(
    make_endpoint, make_events, doctor
):
    make_events("pull", 5)
    make_endpoint()

    assert not doctor().find("webhooks", "warning")


def test_events_of_another_day_are_ignored(make_events, doctor):
    make_events("pull", 5, ago=timedelta(days=2))

    assert not doctor().find("webhooks", "warning")


def test_a_few_events_read_before_their_webhook_are_ignored(make_events, doctor):
    make_events("pull", 2)

    assert not doctor().find("webhooks", "warning")


def test_webhooks_that_stopped_are_noticed(make_events, doctor):
    """As if a secret was rolled only at Stripe."""
    make_events("webhook", 3, ago=timedelta(hours=3))
    make_events("pull", 4, ago=timedelta(hours=2))

    (found,) = doctor().find("webhooks", "warning")
    assert "the last webhook came from" in found


def test_events_at_another_api_version_are_counted(make_events, doctor):
    make_events("webhook", 2, version="2024-06-20")
    make_events("pull", 1, version="2020-08-27")

    (found,) = doctor().find("webhooks", "warning")
    assert found.startswith("3 webhook events with another API version: event evt_")
    assert found.count("came with API version 2024-06-20") == 2
    assert found.count("was read with API version 2020-08-27") == 1
