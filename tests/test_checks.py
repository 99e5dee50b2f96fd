"""Each system check finds what it is for, says how to mend it, and tells no secret."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.checks import CheckMessage, run_checks
from django.db import models
from django.test.utils import isolate_apps
from psycopg import IsolationLevel

from payments_graphql import checks
from payments_graphql.models import AbstractBooking, BookingQuerySet
from payments_graphql.policy import Policy
from payments_graphql.sign_in import BACKEND

LIVE_SECRET = "sk_live_51HabcDEFghiJKL"
LIVE_PUBLISHABLE = "pk_live_51HabcDEFghiJKL"
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
GOOD_KEY = "q7f0-3kd9_Zx81mTb5nVw2Cy6Rj4Lp0HsGaEuQiDoYtKzXvBcNmW"


class OwnPolicy(Policy):
    """A site's own."""


class NoPolicy:
    """Not derived from Policy."""


@pytest.fixture
def production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Without what a test runner changes."""
    monkeypatch.delattr(mail, "outbox")
    settings.DEBUG = False
    settings.SECRET_KEY = GOOD_KEY
    return settings


def _run() -> list[CheckMessage]:
    return run_checks(tags=[checks.TAG])


def _ids() -> set[str]:
    return {str(message.id).removeprefix("payments_graphql.") for message in _run()}


def test_the_settings_of_the_tests_are_right() -> None:
    assert _run() == []


@pytest.mark.parametrize(
    ("expected", "values"),
    [
        ("E001", {"STRIPE_SECRET_KEY": ""}),
        ("E030", {"PAYMENTS_ACCOUNT": "default"}),
        ("E030", {"PAYMENTS_ACCOUNT": "acct_"}),
        ("E002", {"STRIPE_PUBLISHABLE_KEY": ""}),
        ("E003", {"STRIPE_SECRET_KEY": "pk_test_51Habc"}),
        ("E003", {"STRIPE_SECRET_KEY": "sk_test_..."}),
        ("E003", {"STRIPE_SECRET_KEY": "sk_test_abc "}),
        ("E003", {"STRIPE_SECRET_KEY": "sk_prod_abc"}),
        ("E003", {"STRIPE_SECRET_KEY": "51Habc"}),
        ("E004", {"STRIPE_PUBLISHABLE_KEY": "sk_test_abc"}),
        ("E004", {"STRIPE_PUBLISHABLE_KEY": "pk_test_..."}),
        ("E005", {"STRIPE_SECRET_KEY": LIVE_SECRET, "STRIPE_API_BASE": ""}),
        ("E005", {"STRIPE_SECRET_KEY": "rk_live_abc", "STRIPE_API_BASE": ""}),
        ("E005", {"STRIPE_PUBLISHABLE_KEY": LIVE_PUBLISHABLE}),
        (
            "E006",
            {
                "STRIPE_SECRET_KEY": LIVE_SECRET,
                "STRIPE_PUBLISHABLE_KEY": LIVE_PUBLISHABLE,
                "STRIPE_API_BASE": "http://127.0.0.1:12111",
            },
        ),
        (
            "E006",
            {
                "STRIPE_SECRET_KEY": LIVE_SECRET,
                "STRIPE_PUBLISHABLE_KEY": LIVE_PUBLISHABLE,
                "STRIPE_API_BASE": "https://api.stripe.com.evil.example",
            },
        ),
        ("E007", {"STRIPE_WEBHOOK_SECRET": ""}),
        ("E007", {"STRIPE_WEBHOOK_SECRET": " , "}),
        ("E007", {"STRIPE_WEBHOOK_SECRET": []}),
        ("W001", {"STRIPE_WEBHOOK_SECRET": "hunter2"}),
        ("W001", {"STRIPE_WEBHOOK_SECRET": "whsec_a,hunter2"}),
        ("E008", {"STRIPE_API_BASE": "127.0.0.1:12111"}),
        ("E008", {"STRIPE_API_BASE": "ftp://127.0.0.1"}),
        ("E008", {"STRIPE_API_BASE": "https://"}),
        ("E008", {"STRIPE_API_BASE": "http://127.0.0.1:12111/v1"}),
        ("E008", {"STRIPE_API_BASE": "http://127.0.0.1:port"}),
        ("E008", {"STRIPE_API_BASE": "http://[::1"}),
        ("E008", {"STRIPE_API_BASE": "https://user:hunter2@stripe.example"}),
        ("E009", {"STRIPE_API_BASE": "http://stripe.example"}),
        ("E009", {"STRIPE_API_BASE": "http://10.0.0.5:12111"}),
        ("E011", {"PAYMENTS_BOOKING_MODEL": "shop.Order"}),
        ("E011", {"PAYMENTS_BOOKING_MODEL": "payments_graphql.Trip"}),
        ("E011", {"PAYMENTS_BOOKING_MODEL": "Booking"}),
        ("E012", {"PAYMENTS_BOOKING_MODEL": "auth.User"}),
        ("E060", {"PAYMENTS_BOOKING_MIGRATION": "0005_trip"}),
        ("E013", {"PAYMENTS_POLICY": "payments_graphql.policy.Nothing"}),
        ("E013", {"PAYMENTS_POLICY": "no_such_module.Policy"}),
        ("E013", {"PAYMENTS_POLICY": "Policy"}),
        ("E013", {"PAYMENTS_POLICY": None}),
        ("E013", {"PAYMENTS_POLICY": "tests.test_checks.NoPolicy"}),
        ("E013", {"PAYMENTS_POLICY": "payments_graphql.policy.require"}),
        ("E014", {"PAYMENTS_STRIPE_TIMEOUT": "20"}),
        ("E014", {"PAYMENTS_STRIPE_TIMEOUT": (3, "20")}),
        ("E014", {"PAYMENTS_STRIPE_TIMEOUT": (3,)}),
        ("E014", {"PAYMENTS_STRIPE_TIMEOUT": 20}),
        ("E014", {"PAYMENTS_STRIPE_TIMEOUT": (0, 20)}),
        ("E014", {"PAYMENTS_OPERATION_TIMEOUT": "60"}),
        ("E014", {"PAYMENTS_OPERATION_TIMEOUT": float("nan")}),
        ("E014", {"PAYMENTS_OPERATION_LEASE": None}),
        ("E014", {"PAYMENTS_OPERATION_LEASE": float("inf")}),
        ("E014", {"PAYMENTS_OPERATION_LEASE": True}),
        ("E014", {"PAYMENTS_CANCEL_UNPAID_AFTER": 24}),
        ("E014", {"PAYMENTS_CANCEL_UNPAID_AFTER": timedelta()}),
        ("E014", {"PAYMENTS_CANCEL_UNPAID_AFTER": timedelta(hours=-1)}),
        ("E015", {"PAYMENTS_OPERATION_TIMEOUT": 10}),
        ("E015", {"PAYMENTS_OPERATION_LEASE": 60}),
        ("E015", {"PAYMENTS_STRIPE_TIMEOUT": (40, 40)}),
        ("E014", {"PAYMENTS_REQUEST_TIMEOUT": "90"}),
        ("E015", {"PAYMENTS_REQUEST_TIMEOUT": 60}),
        ("E015", {"PAYMENTS_REQUEST_TIMEOUT": 120}),
        ("E018", {"PAYMENTS_STRIPE_CONCURRENCY": 0}),
        ("E018", {"PAYMENTS_STRIPE_CONCURRENCY": "6"}),
        ("E017", {"PAYMENTS_GRAPHQL_INTROSPECTION": "false"}),
        ("E019", {"PAYMENTS_GRAPHQL_MAX_DEPTH": 0}),
        ("E019", {"PAYMENTS_GRAPHQL_MAX_COST": "10000"}),
        ("E019", {"PAYMENTS_GRAPHQL_MAX_BODY": None}),
        ("E019", {"PAYMENTS_GRAPHQL_MAX_PAGE": True}),
        ("E014", {"PAYMENTS_STREAM_HEARTBEAT": 0}),
        ("E014", {"PAYMENTS_STREAM_HEARTBEAT": 61}),
        ("E014", {"PAYMENTS_STREAM_HEARTBEAT": "12"}),
        ("E020", {"PAYMENTS_STREAMS_PER_PROCESS_AND_USER": -1}),
        ("E020", {"PAYMENTS_STREAMS_PER_PROCESS": 1.5}),
        ("E021", {"PAYMENTS_LISTEN_URL": "sqlite:///db.sqlite3"}),
        ("E021", {"PAYMENTS_LISTEN_URL": "postgres://"}),
        ("E017", {"PAYMENTS_LISTEN_URL": None}),
        ("E016", {"PAYMENTS_RETURN_URLS": ["https://shop.example/thanks"]}),
        ("E016", {"PAYMENTS_RETURN_URLS": ["https://shop.example/"]}),
        ("E016", {"PAYMENTS_RETURN_URLS": ["shop.example"]}),
        ("E016", {"PAYMENTS_RETURN_URLS": ["https://shop.example", "*"]}),
        ("E016", {"PAYMENTS_RETURN_URLS": ["javascript://shop.example"]}),
        ("E016", {"PAYMENTS_RETURN_URLS": ["https://user@shop.example"]}),
        ("E017", {"PAYMENTS_RETURN_URLS": "https://shop.example"}),
        ("E017", {"PAYMENTS_RETURN_URLS": [None]}),
        ("E017", {"PAYMENTS_ALLOW_FREE_AMOUNT": "false"}),
        ("E017", {"PAYMENTS_OWNERS_MAY_REFUND": 1}),
        ("E017", {"PAYMENTS_GRAPHIQL": "true"}),
        ("E017", {"STRIPE_WEBHOOK_SECRET": None}),
        ("E017", {"STRIPE_WEBHOOK_SECRET": ["whsec_a", 5]}),
        ("E017", {"PAYMENTS_INSTALLATION_ID": 5}),
        ("E017", {"PAYMENTS_BOOKING_MIGRATION": 5}),
        ("E026", {"CORS_ALLOW_ALL_ORIGINS": True}),
        ("E026", {"CORS_ORIGIN_ALLOW_ALL": True}),
        ("E026", {"CORS_ALLOWED_ORIGINS": ["https://shop.example", "null"]}),
        ("E026", {"CORS_ALLOWED_ORIGIN_REGEXES": [r".*"]}),
        ("E026", {"CORS_ALLOWED_ORIGIN_REGEXES": [re.compile(r"https://.*\Z")]}),
        ("W005", {"CORS_ALLOWED_ORIGIN_REGEXES": [r"https://\w+\.shop\.example"]}),
        ("W005", {"CORS_ALLOWED_ORIGIN_REGEXES": ["("]}),
        ("W005", {"CORS_ALLOWED_ORIGIN_REGEXES": [re.compile(r"^https://shop\.example")]}),
        ("E022", {"PAYMENTS_RATE_LIMITS": "20/minute"}),
        ("E022", {"PAYMENTS_RATE_LIMITS": {"create": "20/minute"}}),
        ("E022", {"PAYMENTS_RATE_LIMITS": {"create.user": "20 a minute"}}),
        ("E022", {"PAYMENTS_RATE_LIMITS": {"create.user": "20/minute;often"}}),
        ("E022", {"PAYMENTS_RATE_LIMITS": {"create.user": "0/minute"}}),
        ("E022", {"PAYMENTS_RATE_LIMITS": {"create.user": 20}}),
        ("E022", {"PAYMENTS_RATE_LIMITS": {"create.user": None}}),
        ("E023", {"PAYMENTS_RATE_LIMIT_STORAGE": "127.0.0.1:6379"}),
        ("E023", {"PAYMENTS_RATE_LIMIT_STORAGE": "redis://"}),
        ("E023", {"PAYMENTS_RATE_LIMIT_STORAGE": "mongodb://user:hunter2@127.0.0.1"}),
        ("E023", {"PAYMENTS_RATE_LIMIT_STORAGE": 6379}),
        ("E024", {"PAYMENTS_TRUSTED_PROXIES": -1}),
        ("E024", {"PAYMENTS_TRUSTED_PROXIES": "1"}),
        ("E024", {"PAYMENTS_TRUSTED_PROXIES": True}),
        ("E025", {"PAYMENTS_FAILURES_PER_INTENT": -1}),
        ("E025", {"PAYMENTS_FAILURES_PER_INTENT": None}),
        ("E025", {"PAYMENTS_FAILURES_PER_USER": "many"}),
        ("E025", {"PAYMENTS_FAILURES_PER_USER": "20/hour;50/day"}),
        ("E025", {"PAYMENTS_FAILURES_PER_USER": 20}),
        ("E025", {"PAYMENTS_FAILURES_BLOCK": 3600}),
        ("E025", {"PAYMENTS_FAILURES_BLOCK": timedelta()}),
        ("E014", {"PAYMENTS_DISPUTE_DUE_SOON": 3}),
        ("E014", {"PAYMENTS_DISPUTE_DUE_SOON": timedelta()}),
        ("W023", {"AUTHENTICATION_BACKENDS": [MODEL_BACKEND]}),
        ("W023", {"AUTHENTICATION_BACKENDS": [MODEL_BACKEND, BACKEND]}),
        ("W004", {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}),
        ("E040", {"PAYMENTS_PAYMENT_METHOD_TYPES": []}),
        ("E040", {"PAYMENTS_PAYMENT_METHOD_TYPES": "card"}),
        ("E040", {"PAYMENTS_PAYMENT_METHOD_TYPES": ["card", 1]}),
        ("E040", {"PAYMENTS_PAYMENT_METHOD_TYPES": ["card", "sepa"]}),
        ("E040", {"PAYMENTS_PAYMENT_METHOD_TYPES": ["card", "card"]}),
        ("E041", {"PAYMENTS_ALLOW_REDIRECTS": True, "PAYMENTS_RETURN_URLS": []}),
        (
            "W020",
            {"PAYMENTS_ALLOW_REDIRECTS": True, "PAYMENTS_PAYMENT_METHOD_TYPES": ["card", "ideal"]},
        ),
        ("E017", {"PAYMENTS_ALLOW_REDIRECTS": "true"}),
    ],
)
def test_a_wrong_setting_is_found(settings: Any, expected: str, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    message, *more = _run()
    assert {found.id for found in (message, *more)} == {f"payments_graphql.{expected}"}
    assert message.is_serious() == expected.startswith("E")
    assert message.hint
    text = f"{message.msg} {message.hint}"
    assert any(name in text for name in values)
    for secret in (LIVE_SECRET, "hunter2", "51Habc"):
        assert secret not in text


@pytest.mark.parametrize(
    "values",
    [
        {"STRIPE_SECRET_KEY": "rk_test_abc_DEF"},
        {
            "STRIPE_SECRET_KEY": LIVE_SECRET,
            "STRIPE_PUBLISHABLE_KEY": LIVE_PUBLISHABLE,
            "STRIPE_API_BASE": "",
        },
        {
            "STRIPE_SECRET_KEY": LIVE_SECRET,
            "STRIPE_PUBLISHABLE_KEY": LIVE_PUBLISHABLE,
            "STRIPE_API_BASE": "https://api.stripe.com",
        },
        {"STRIPE_WEBHOOK_SECRET": "whsec_a, whsec_b"},
        {"STRIPE_WEBHOOK_SECRET": ["whsec_a", "whsec_b"]},
        {"STRIPE_API_BASE": None},
        {"STRIPE_API_BASE": "http://localhost:12111"},
        {"STRIPE_API_BASE": "http://[::1]:12111/"},
        {"STRIPE_API_BASE": "https://stripe.example:8443"},
        {"PAYMENTS_POLICY": "tests.test_checks.OwnPolicy"},
        {"PAYMENTS_STRIPE_TIMEOUT": [1, 2], "PAYMENTS_OPERATION_TIMEOUT": 4},
        {"PAYMENTS_RETURN_URLS": ["https://shop.example:8443", "http://127.0.0.1:8000"]},
        {"PAYMENTS_RETURN_URLS": ()},
        {"PAYMENTS_ALLOW_FREE_AMOUNT": False},
        {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": False},
        {"CORS_ALLOWED_ORIGINS": ["https://shop.example"]},
        {"CORS_ALLOWED_ORIGIN_REGEXES": [r"https://\w+\.shop\.example\Z"]},
        {"CORS_ALLOWED_ORIGIN_REGEXES": [re.compile(r"^https://shop\.example$")]},
        {"PAYMENTS_RATE_LIMITS": {"create.user": "5/minute;20/hour", "setup.address": ""}},
        {"PAYMENTS_RATE_LIMITS": {}},
        {"PAYMENTS_RATE_LIMIT_STORAGE": "redis://:hunter2@127.0.0.1:6379/3"},
        {"PAYMENTS_RATE_LIMIT_STORAGE": "rediss://redis.example"},
        {"PAYMENTS_RATE_LIMIT_STORAGE": "redis+unix:///run/redis.sock"},
        {"PAYMENTS_RATE_LIMIT_STORAGE": ""},
        {"PAYMENTS_FAILURES_PER_INTENT": 0, "PAYMENTS_FAILURES_PER_USER": ""},
        {
            "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
            "PAYMENTS_TRUSTED_PROXIES": 2,
        },
        {"PAYMENTS_PAYMENT_METHOD_TYPES": None},
        {"PAYMENTS_PAYMENT_METHOD_TYPES": ("card", "sepa_debit", "boleto", "ideal")},
        {"PAYMENTS_ALLOW_REDIRECTS": True},
    ],
)
def test_a_right_setting_passes(settings: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    assert _run() == []


@pytest.mark.parametrize(("hosts", "expected"), [(["*"], {"W006"}), (["shop.example"], set())])
def test_every_host_name_is_too_many_for_a_deployment(
    settings: Any, hosts: list[str], expected: set[str]
) -> None:
    settings.ALLOWED_HOSTS = hosts
    found = run_checks(tags=[checks.TAG], include_deployment_checks=True)
    ids = {str(message.id).removeprefix("payments_graphql.") for message in found}
    assert ids - {"W011", "W012"} == expected
    assert _run() == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_PUBLISHABLE_KEY": "pk_live_1"}, set()),
        ({}, {"W012"}),
        ({"STRIPE_API_BASE": "http://127.0.0.1:12111"}, {"W011", "W012"}),
    ],
)
def test_a_deployment_is_told_that_nobody_is_charged(
    production: Any, values: dict[str, Any], expected: set[str]
) -> None:
    for name, value in {"STRIPE_API_BASE": "", **values}.items():
        setattr(production, name, value)
    found = run_checks(tags=[checks.TAG], include_deployment_checks=True)
    assert {str(message.id).removeprefix("payments_graphql.") for message in found} == expected
    assert _run() == []


@pytest.mark.parametrize(
    ("name", "value", "storage", "expected"),
    [
        ("GRANIAN_WORKERS", "2", "memory://", {"W022"}),
        ("WEB_CONCURRENCY", "8", "", {"W022"}),
        ("WEB_CONCURRENCY", "1", "memory://", set()),
        ("WEB_CONCURRENCY", "many", "memory://", set()),
        ("GRANIAN_WORKERS", "2", "redis://127.0.0.1:6379/0", set()),
    ],
)
def test_several_processes_need_a_storage_that_they_share(
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    storage: str,
    expected: set[str],
) -> None:
    monkeypatch.setenv(name, value)
    settings.PAYMENTS_RATE_LIMIT_STORAGE = storage
    assert _ids() == expected


def test_live_keys_are_refused_while_debugging(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY = "sk_live_1", "pk_live_1"
    settings.STRIPE_API_BASE, settings.DEBUG = "", True
    assert [message.id for message in _run()] == ["payments_graphql.E031"]


def test_an_empty_secret_key_is_said_to_be_empty(production: Any) -> None:
    """Django's own complaint, when it is read, comes without a hint."""
    production.SECRET_KEY = ""
    (message,) = _run()
    assert message.msg == "SECRET_KEY is not set."


def test_settings_that_are_not_there_have_defaults(settings: Any) -> None:
    for name in (
        "PAYMENTS_RETURN_URLS",
        "PAYMENTS_ALLOW_FREE_AMOUNT",
        "PAYMENTS_OWNERS_MAY_REFUND",
        "PAYMENTS_INSTALLATION_ID",
        "PAYMENTS_GRAPHIQL",
        "CORS_ALLOW_CREDENTIALS",
        "CORS_ALLOWED_ORIGINS",
        "PAYMENTS_RATE_LIMITS",
        "PAYMENTS_RATE_LIMIT_STORAGE",
        "PAYMENTS_TRUSTED_PROXIES",
        "PAYMENTS_FAILURES_PER_INTENT",
        "PAYMENTS_FAILURES_PER_USER",
        "PAYMENTS_FAILURES_BLOCK",
        "PAYMENTS_DISPUTE_DUE_SOON",
    ):
        delattr(settings, name)
    assert _run() == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        "tiny",
        "a" * 60,
        "django-insecure-" + GOOD_KEY,
        "development-only-secret-key-that-is-long-enough-to-sign-with",
    ],
)
def test_a_weak_secret_key_is_found_in_production(
    production: Any, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    production.SECRET_KEY = key or "x"  # Django itself refuses an empty one when it is read
    (message,) = _run()
    assert message.id == "payments_graphql.E010"
    assert not key or key not in f"{message.msg} {message.hint}"


def test_a_mistyped_way_to_pay_is_corrected(settings: Any) -> None:
    settings.PAYMENTS_PAYMENT_METHOD_TYPES = ["sepa_debitt"]
    [found] = _run()
    assert "Did you mean 'sepa_debit'?" in str(found.hint)


def test_a_strong_secret_key_passes_in_production(production: Any) -> None:
    assert _run() == []


def test_our_development_key_is_known_to_the_check(production: Any) -> None:
    """The key in settings/development.py is public, so it must be refused elsewhere."""
    text = Path("settings/development.py").read_text()
    found = re.search(r'env\.str\("SECRET_KEY", ""\) or "([^"]+)"', text)
    assert found
    production.SECRET_KEY = found[1]
    assert _ids() == {"E010"}


def test_a_weak_secret_key_is_nobodys_business_in_development_and_tests(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SECRET_KEY = "django-insecure-x"
    assert hasattr(mail, "outbox")
    assert _run() == []
    monkeypatch.delattr(mail, "outbox")
    settings.DEBUG = True
    assert _run() == []


def test_development_runs_without_a_webhook_secret(settings: Any) -> None:
    settings.DEBUG = True
    settings.STRIPE_WEBHOOK_SECRET = ""
    assert _ids() == {"W003"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"W002"}),
        ({"transaction_mode": "DEFERRED"}, {"W002"}),
        ({"transaction_mode": "IMMEDIATE"}, set()),
        ({"transaction_mode": "immediate"}, set()),
    ],
)
def test_sqlite_must_lock_at_once(
    settings: Any, monkeypatch: pytest.MonkeyPatch, options: dict[str, str], expected: set[str]
) -> None:
    other = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": options}
    monkeypatch.setitem(settings.DATABASES, "other", other)
    assert _ids() == expected
    postgresql = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "OPTIONS": {}}
    monkeypatch.setitem(settings.DATABASES, "other", postgresql)
    assert _ids() == set()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, set()),
        ({"isolation_level": IsolationLevel.READ_COMMITTED}, set()),
        ({"isolation_level": 2}, set()),
        ({"isolation_level": IsolationLevel.REPEATABLE_READ}, {"E042"}),
        ({"isolation_level": IsolationLevel.SERIALIZABLE}, {"E042"}),
        ({"isolation_level": 3}, {"E042"}),
        ({"isolation_level": "repeatable read"}, {"E042"}),
        ({"options": "-c lock_timeout=10000"}, set()),
        ({"options": r"-c default_transaction_isolation=read\ committed -c x=1"}, set()),
        ({"options": r"-c default_transaction_isolation=repeatable\ read -c x=1"}, {"E042"}),
        ({"options": "-c x=1 -cdefault_transaction_isolation=serializable"}, {"E042"}),
    ],
)
def test_the_database_must_let_locks_protect_money(
    settings: Any, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], expected: set[str]
) -> None:
    shop = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "OPTIONS": options}
    monkeypatch.setitem(settings.DATABASES, "default", shop)
    assert _ids() == expected
    for message in _run():
        assert "isolation_level" in (message.hint or "")


def _problems(model: type[models.Model]) -> str:
    return " ".join(checks.site._find_booking_problems(model))


@isolate_apps("payments_graphql")
def test_a_booking_model_of_the_sites_own_passes() -> None:
    class Order(AbstractBooking):
        class Meta:
            app_label = "payments_graphql"

    assert _problems(Order) == ""


@isolate_apps("payments_graphql")
@pytest.mark.parametrize(
    "name",
    ["reference", "user", "description", "amount", "currency", "canceled_at", "unchecked_since"],
)
def test_a_field_that_the_booking_model_lacks_is_named(name: str) -> None:
    class Order(AbstractBooking):
        class Meta:
            app_label = "payments_graphql"

    Order._meta.local_fields = [field for field in Order._meta.fields if field.name != name]
    Order._meta._expire_cache()
    assert f"'{name}'" in _problems(Order)


@isolate_apps("payments_graphql")
def test_an_amount_with_decimals_is_refused() -> None:
    class Order(AbstractBooking):
        amount = models.DecimalField(max_digits=10, decimal_places=2)  # type: ignore[assignment]

        class Meta:
            app_label = "payments_graphql"

    assert "minor units" in _problems(Order)


@isolate_apps("payments_graphql")
def test_a_manager_of_the_sites_own_should_mark_what_it_updates() -> None:
    class Order(AbstractBooking):
        current = models.Manager()
        late = models.Manager.from_queryset(BookingQuerySet)()

        class Meta:
            app_label = "payments_graphql"

    (warning,) = checks.site._find_unseen_updates(Order)

    assert warning.id == "payments_graphql.W060"
    assert "`Order.current.update()`" in warning.msg
    assert "BookingQuerySet" in (warning.hint or "")


def test_every_check_is_in_the_list_and_every_one_listed_is_tested() -> None:
    listed = set(re.findall(r"payments_graphql\.([EW]\d{3})", checks.__doc__ or ""))
    source = "".join(file.read_text() for file in Path(checks.__file__).parent.glob("*.py"))
    used = {f"E{int(number):03}" for number in re.findall(r"make_error\(\s*(\d+)", source)}
    used |= {f"W{int(number):03}" for number in re.findall(r"make_warning\(\s*(\d+)", source)}
    assert used == listed
    tests = "".join(file.read_text() for file in Path(__file__).parent.rglob("test_*.py"))
    tested = set(re.findall(r"\b(?:payments_graphql\.)?([EW]\d{3})\b", tests)) & listed
    assert tested == listed
