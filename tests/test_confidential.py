"""No client secret is in a stack frame or an error report."""

import json
import pickle
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import orjson
import pytest
from django.core import checks
from django.test import RequestFactory
from django.views.debug import ExceptionReporter, get_default_exception_reporter_filter

from payments_graphql import stripe_client
from payments_graphql.checks import TAG
from payments_graphql.confidential import conceal
from payments_graphql.error_reports import before_send
from payments_graphql.services import StripeService
from payments_graphql.services.payment_creation import create_payment_intent
from payments_graphql.stripe_client import StripeRefusedError

ROOT = Path(__file__).resolve().parents[1]
OURS = tuple(str(ROOT / name) for name in ("payments_graphql", "schema"))
CLIENT_SECRET = re.compile(r"_secret_\w{8}")
PLAIN = (str, bytes, dict, list, tuple)
ANSWER = {
    "object": "payment_intent",
    "id": "pi_1",
    "client_secret": "pi_1_secret_YrKJUKribcBj",
    "charges": [{"billing_details": {"email": "alice@example.com"}}],
}


def is_ours(frame: FrameType) -> bool:
    name = frame.f_code.co_filename
    return name.startswith(OURS) and "/sandbox/" not in name


@contextmanager
def watching_frames() -> Iterator[list[str]]:
    """Checks every function of ours on return: the variables that show a client secret."""
    found: list[str] = []

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and is_ours(frame):
            for name, value in frame.f_locals.items():
                shown = repr(value) if isinstance(value, PLAIN) else ""
                if CLIENT_SECRET.search(shown):
                    found.append(f"{frame.f_code.co_qualname}: {name}")

    sys.setprofile(look)
    try:
        yield found
    finally:
        sys.setprofile(None)


def collect_frames(error: BaseException | None) -> list[FrameType]:
    """The error and all its causes, whether or not Python would show them."""
    frames = []
    while error is not None:
        frames += [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        error = error.__cause__ or error.__context__
    return frames


def pay(user: Any, card: str = "pm_card_visa") -> Any:
    service = StripeService()
    created = service.create_payment_intent(user=user, amount="20.00", currency="USD")
    assert created["success"]
    assert CLIENT_SECRET.search(str(created["client_secret"])), "the caller gets it"
    service.confirm_payment_intent(created["payment_intent"], user=user, payment_method=card)
    return created


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("card", ["pm_card_visa", "pm_card_chargeDeclined"])
def test_no_function_has_a_client_secret_in_sight(
    sandbox: Any, alice: Any, events: Any, deliver: Any, card: str
) -> None:
    with watching_frames() as found:
        pay(alice, card)
    news = events()
    assert any("_secret_" in json.dumps(event) for event in news)
    assert set(found) <= {"conceal: value"}, "where it is taken out of sight"


@pytest.mark.django_db(transaction=True)
def test_an_event_is_stored_without_its_secret_in_sight(
    sandbox: Any, alice: Any, events: Any, deliver: Any
) -> None:
    pay(alice)
    news = events()
    with watching_frames() as found:
        deliver(*news)
    # The signature covers the original body.
    assert {name.partition(":")[0] for name in found} <= {
        "_verify", "_read_body", "_check_signature", "verify_signature", "conceal",
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_an_error_of_stripe_brings_no_frame_of_the_sdk(sandbox: Any, alice: Any) -> None:
    created = pay(alice, "pm_card_chargeDeclined")
    stripe_id = created["payment_intent"].stripe_payment_intent_id
    with pytest.raises(StripeRefusedError) as caught:
        stripe_client.move_payment_intent(
            "confirm", stripe_id, {"payment_method": "pm_card_chargeDeclined"}, "key"
        )
    assert caught.value.object is not None
    assert caught.value.object["client_secret"] == str(created["client_secret"])
    frames = collect_frames(caught.value)
    assert not [frame for frame in frames if "/site-packages/" in frame.f_code.co_filename]
    assert not CLIENT_SECRET.search(repr([frame.f_locals for frame in frames if is_ours(frame)]))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["sdk", "settling"])
def test_what_fails_unexpectedly_is_reported_without_a_secret(
    sandbox: Any, alice: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    settings.DEBUG = True

    def fail(*_: Any, **__: Any) -> Any:
        raise KeyError("unexpected")

    if where == "sdk":
        monkeypatch.setattr("stripe._api_requestor._convert_to_stripe_object", fail)
    else:
        monkeypatch.setattr("payments_graphql.operations.settling._mark", fail)
    with pytest.raises(KeyError) as caught:
        create_payment_intent(user=alice, amount="20.00", currency="USD")
    reporter = ExceptionReporter(
        RequestFactory().post("/"), caught.type, caught.value, caught.value.__traceback__
    )
    report = reporter.get_traceback_html() + reporter.get_traceback_text()
    assert "unexpected" in report
    assert not CLIENT_SECRET.search(report)


def test_what_is_concealed_is_plain_data_in_every_other_way() -> None:
    concealed = conceal(ANSWER)
    assert concealed == ANSWER
    assert json.dumps(concealed) == json.dumps(ANSWER)
    assert orjson.dumps(concealed) == orjson.dumps(ANSWER)
    assert f"{concealed['client_secret']}" == ANSWER["client_secret"]
    assert pickle.loads(pickle.dumps(concealed)) == ANSWER
    for shown in (repr(concealed), f"{concealed}", concealed.__sentry_repr__()):
        assert shown == "<payment_intent 'pi_1'>"
    assert repr(concealed["client_secret"]) == "'[redacted]'"
    assert concealed["client_secret"].__sentry_repr__() == "'[redacted]'"
    assert "alice" not in repr(concealed["charges"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PAYMENTS_LISTEN_URL", "postgres://shop:hunter2@db/shop"),
        ("PAYMENTS_RATE_LIMIT_STORAGE", "redis://:hunter2@redis/0"),
        ("DATABASE_URL", "postgres://shop:hunter2@db/shop"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_hunter2"),
        ("CACHES", {"default": {"LOCATION": "redis://:hunter2@redis/0"}}),
        ("ANY_OTHER_ADDRESS", ["https://shop:hunter2@db/shop"]),
    ],
)
def test_a_dump_of_the_settings_shows_no_password(settings: Any, name: str, value: Any) -> None:
    setattr(settings, name, value)
    filter_ = get_default_exception_reporter_filter()
    assert "hunter2" not in repr(filter_.get_safe_settings()[name])
    assert "hunter2" not in repr(filter_.cleanse_setting(name, value))


def test_a_project_of_its_own_is_told_of_the_filter(settings: Any) -> None:
    settings.PAYMENTS_LISTEN_URL = "postgres://shop:hunter2@db/shop"
    assert "payments_graphql.W013" not in _run_deployment_checks()
    settings.DEFAULT_EXCEPTION_REPORTER_FILTER = "django.views.debug.SafeExceptionReporterFilter"
    get_default_exception_reporter_filter.cache_clear()
    assert "payments_graphql.W013" in _run_deployment_checks()
    get_default_exception_reporter_filter.cache_clear()


def test_a_site_that_reports_to_sentry_is_told_of_our_function(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stand-in, since Sentry patches Django for good. `tests/reports` has the real one."""
    options: dict[str, Any] = {}
    client = SimpleNamespace(is_active=lambda: True, options=options)
    sentry = SimpleNamespace(get_client=lambda: client)
    monkeypatch.setitem(sys.modules, "sentry_sdk", sentry)  # type: ignore[arg-type]  # as above
    assert "payments_graphql.W014" in _run_deployment_checks()
    options["before_send"] = lambda event, hint: event
    assert "payments_graphql.W014" in _run_deployment_checks()
    options["before_send"] = before_send
    assert "payments_graphql.W014" not in _run_deployment_checks()
    client.is_active = lambda: False
    options.clear()
    assert "payments_graphql.W014" not in _run_deployment_checks()


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"request": None, "user": None, "exception": None, "threads": [1]},
        {"exception": {"values": [None, {"stacktrace": None}, {"stacktrace": {"frames": None}}]}},
        {"extra": {"a": [{"b": ({"c": object()},)}]}},
    ],
)
def test_no_event_makes_the_report_fail(event: dict[str, Any]) -> None:
    assert before_send(event, {}) is not None


def test_a_report_keeps_the_traceback_and_loses_what_people_typed() -> None:
    frames = [
        {"module": "payments_graphql.services", "function": "pay", "vars": {"name": "Alice"}},
        {"module": "shop.views", "function": "buy", "vars": {"who": "<User: alice>", "n": 1}},
    ]
    sent = before_send(
        {
            "exception": {"values": [{"type": "KeyError", "stacktrace": {"frames": frames}}]},
            "request": {"url": "https://shop/?q=Alice", "data": "Alice", "method": "POST"},
            "user": {"id": 5, "email": "alice@example.com", "username": "alice"},
            "extra": {"password": "travel", "note": "to alice@example.com"},
        }
    )
    ours, theirs = sent["exception"]["values"][0]["stacktrace"]["frames"]
    assert ours == {"module": "payments_graphql.services", "function": "pay"}
    assert theirs["vars"] == {"who": "<User>", "n": 1}
    assert sent["request"] == {"url": "https://shop/", "method": "POST"}
    assert sent["user"] == {"id": 5}
    assert sent["extra"] == {"password": "[redacted]", "note": "to a•••@example.com"}


def _run_deployment_checks() -> set[str | None]:
    return {message.id for message in checks.run_checks(tags=[TAG], include_deployment_checks=True)}
