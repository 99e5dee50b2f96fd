"""Errors in each layer of a site that reports to Sentry. Run by `test_sentry.py` in a process of
its own, since Sentry patches Django for good. `BEFORE_SEND` says whether our helper is used."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import orjson
import pytest
import sentry_sdk
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, reverse
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from payments_graphql.error_reports import before_send
from payments_graphql.models import StripeDispute
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import StripeService
from tests.reports import values

IS_GUARDED = os.environ.get("BEFORE_SEND") == "1"
SEARCHED = values.SECRETS + (values.PERSONAL if IS_GUARDED else ())


class Captured(Transport):
    """Keeps what would be sent to Sentry."""

    texts: list[str] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.texts += [item.payload.get_bytes().decode() for item in envelope.items]


sentry_sdk.init(
    dsn="http://key@127.0.0.1:9/1",
    transport=Captured,
    traces_sample_rate=1.0,
    before_send=before_send if IS_GUARDED else None,
    before_send_transaction=before_send if IS_GUARDED else None,
    send_default_pii=IS_GUARDED,  # everything that Sentry can collect
)


def pay_view(request: HttpRequest) -> HttpResponse:
    """A site's own view."""
    StripeService().create_payment_intent(
        user=request.user,
        amount=10,
        currency="USD",
        description=request.POST["description"],
        metadata=values.METADATA,
        receipt_email=request.POST["email"],
    )
    return HttpResponse()


urlpatterns = [path("own/pay/", pay_view), path("", include("settings.urls"))]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]

CREATE = """mutation Pay($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) { paymentIntent { id clientSecret } errors { message } }
}"""
INPUT = {
    "idempotencyKey": "key-of-a-visitor",
    "amount": "12.00",
    "currency": "USD",
    "description": values.DESCRIPTION,
    "metadata": [{"key": "guest", "value": values.METADATA["guest"]}],
    "receiptEmail": values.RECEIPT_EMAIL,
}


class Browser(Client):
    """Each request has a scope of its own, as on a server."""

    def request(self, **request: Any) -> Any:
        with sentry_sdk.isolation_scope():
            return super().request(**request)


@pytest.fixture
def client() -> Client:
    return Browser(raise_request_exception=False)


@pytest.fixture(autouse=True)
def _captured(sandbox: Any) -> Iterator[None]:
    """A scope of its own for each test, too."""
    Captured.texts.clear()
    with sentry_sdk.isolation_scope() as scope:
        scope.clear()
        yield


@pytest.fixture
def visitor(db: None) -> Any:
    return get_user_model().objects.create_user(**values.PERSON, password=values.PASSWORD)


@pytest.fixture
def browser(visitor: Any) -> Client:
    browser = Browser(raise_request_exception=False)
    browser.force_login(visitor)
    return browser


@pytest.fixture
def staff(sam: Any) -> Client:
    staff = Browser(raise_request_exception=False)
    staff.force_login(sam)
    return staff


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Breaks the function of this dotted path."""

    def fail(dotted: str) -> None:
        def broken(*_: Any, **__: Any) -> Any:
            del _, __  # a test's own variables do not count
            raise KeyError("unexpected")

        monkeypatch.setattr(dotted, broken)

    return fail


def get_reports() -> str:
    """What Sentry got: at least one event. Says which values leaked, and where."""
    sentry_sdk.flush()
    reports = [json.loads(text) for text in Captured.texts if text.startswith("{")]
    errors = [report for report in reports if report.get("level") in ("error", "fatal")]
    assert errors, "nothing was reported, so this test can find nothing"
    for report in reports:
        found = values.find_values(json.dumps(report, ensure_ascii=False), SEARCHED)
        assert not found, (found, [*values.iterate_places(report, found)])
    return json.dumps(reports)


def graphql(browser: Client, query: str, **variables: Any) -> Any:
    return browser.post(
        "/graphql/",
        orjson.dumps({"query": query, "variables": variables}),
        content_type="application/json",
        headers={"Sec-Fetch-Site": "same-origin"},
    )


def test_an_error_in_a_mutation(browser: Client, fail: Any) -> None:
    fail("payments_graphql.operations.performing._record")
    response = graphql(browser, CREATE, input=INPUT)
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    get_reports()


def test_an_error_in_the_view_itself(browser: Client, fail: Any) -> None:
    fail("schema.http.view.respond")
    assert graphql(browser, CREATE, input=INPUT).status_code == 500
    get_reports()


def test_an_error_outside_of_every_guard_of_the_view(browser: Client, fail: Any) -> None:
    fail("schema.http.view.explain")
    fail("schema.http.view.respond")
    assert graphql(browser, CREATE, input=INPUT).status_code == 500
    get_reports()


@pytest.mark.parametrize(
    "broken",
    [
        "payments_graphql.operations.performing._record",
        "payments_graphql.operations.running.settle_success",
        "payments_graphql.stripe_client.calling._check_kind",
        "stripe._api_requestor._convert_to_stripe_object",
        "payments_graphql.mirror.payment_intents.parse_timestamp",
    ],
)
def test_an_error_below_a_sites_own_view(browser: Client, fail: Any, broken: str) -> None:
    fail(broken)
    values_ = {"description": values.DESCRIPTION, "email": values.RECEIPT_EMAIL}
    assert browser.post(f"/own/pay/?guest={values.METADATA['guest']}", values_).status_code == 500
    assert "payments_graphql.services" in get_reports()


def test_an_error_after_a_declined_card(visitor: Any, fail: Any, service: StripeService) -> None:
    created = service.create_payment_intent(
        user=visitor, amount=10, currency="USD", description=values.DESCRIPTION
    )
    fail("payments_graphql.operations.running.explain")
    try:
        service.confirm_payment_intent(
            created["payment_intent"], payment_method="pm_card_chargeDeclined"
        )
    except KeyError:
        sentry_sdk.capture_exception()
    get_reports()


def test_an_error_after_a_card_number_was_typed(
    browser: Client, visitor: Any, fail: Any, service: StripeService
) -> None:
    created = service.create_payment_intent(user=visitor, amount=10, currency="USD")
    fail("payments_graphql.operations.running.explain")
    confirm = """mutation ($id: ID!, $method: ID!) {
      confirmPaymentIntent(input: {paymentIntentId: $id, paymentMethodId: $method}) {
        errors { message } } }"""
    graphql(
        browser,
        confirm,
        id=str(created["payment_intent"].pk),
        method=values.CARD_NUMBER,
    )
    sentry_sdk.capture_message("in any case", level="error")
    get_reports()


@pytest.mark.parametrize(
    "broken",
    [
        "payments_graphql.webhooks.inbox.handlers.handle",
        "payments_graphql.webhooks.view._refuse_future",
        "payments_graphql.webhooks.view.inbox.is_event",
        "payments_graphql.webhooks.view.inbox.store",
        "payments_graphql.webhooks.storing.insert_once",
        "payments_graphql.webhooks.storing.make_storable",
        "payments_graphql.stripe_client.verify_signature",
    ],
)
def test_an_error_in_a_webhook_with_a_client_secret(
    visitor: Any, pay: Any, events: Any, deliver: Any, fail: Any, broken: str
) -> None:
    pay(visitor, description=values.DESCRIPTION, receipt_email=values.RECEIPT_EMAIL)
    news = events("payment_intent.succeeded", "charge.succeeded")
    assert values.find_values(json.dumps(news), values.SECRETS)
    fail(broken)
    with suppress(AssertionError):  # the answer is a 500, and Stripe sends it again
        deliver(*news)
    get_reports()


def test_an_error_in_the_admins_refund(staff: Client, visitor: Any, pay: Any, fail: Any) -> None:
    intent = pay(visitor, description=values.DESCRIPTION)
    url = reverse("admin:payments_graphql_stripepaymentintent_refund", args=(intent.pk,))
    form = staff.get(url).context["form"]
    typed = {name: form.get_initial_for_field(one, name) or "" for name, one in form.fields.items()}
    fail("payments_graphql.operations.performing._record")
    response = staff.post(
        url, typed | {"amount": "5", "description": values.NOTE, "confirmed": "1"}
    )
    assert response.status_code == 500
    assert "payments_graphql.services" in get_reports()


def test_an_error_while_evidence_is_submitted(
    staff: Client, visitor: Any, pay: Any, fail: Any
) -> None:
    pay(visitor, method="pm_card_createDispute")
    reconcile()
    dispute = StripeDispute.objects.get()
    url = reverse("admin:payments_graphql_stripedispute_answer", args=(dispute.pk,))
    fail("payments_graphql.operations.performing._record")
    staff.post(url, {**values.EVIDENCE, "save_draft": "Save"})
    sentry_sdk.capture_message("in any case", level="error")
    get_reports()


def test_an_error_in_a_list_of_the_admin(staff: Client, visitor: Any, pay: Any, fail: Any) -> None:
    pay(visitor)
    fail("payments_graphql.admin.finding.search")
    url = reverse("admin:payments_graphql_stripepaymentintent_changelist")
    assert staff.get(url, {"q": values.PERSON["last_name"]}).status_code == 500
    get_reports()


@pytest.mark.parametrize(
    "broken", ["schema.http.auth_views._issue_token", "payments_graphql.sign_in._count"]
)
def test_an_error_while_signing_in(visitor: Any, fail: Any, broken: str) -> None:
    fail(broken)
    response = Browser(raise_request_exception=False).post(
        "/api/auth/login/",
        {"username": values.PERSON["username"], "password": values.PASSWORD},
        content_type="application/json",
    )
    assert response.status_code == 500
    get_reports()


def test_an_error_in_a_round(visitor: Any, pay: Any, fail: Any) -> None:
    pay(visitor, description=values.DESCRIPTION)
    fail("payments_graphql.webhooks.inbox.handlers.handle")
    reconcile()
    get_reports()
