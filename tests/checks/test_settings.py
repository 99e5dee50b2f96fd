"""Each check finds its problem, says how to fix it, and shows no secret."""

import re
from datetime import timedelta
from typing import Any

import pytest

from payments_graphql.policy import Policy
from payments_graphql.sign_in import BACKEND
from tests.checks.running import get_ids, run_ours

pytestmark = pytest.mark.any_database

LIVE_SECRET = "sk_live_51HabcDEFghiJKL"
LIVE_PUBLISHABLE = "pk_live_51HabcDEFghiJKL"
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


class OwnPolicy(Policy):
    """A site's own policy."""


class NoPolicy:
    """Not derived from Policy."""


@pytest.mark.django_db
def test_the_settings_of_the_tests_are_right() -> None:
    """On each database, whose options are checked too."""
    assert run_ours() == []


@pytest.mark.parametrize(
    ("expected", "values"),
    [
        ("E001", {"STRIPE_SECRET_KEY": ""}),
        ("E030", {"PAYMENTS_ACCOUNT": "default"}),
        ("E073", {"PAYMENTS_KEEP_EVENTS": timedelta(days=34)}),
        ("E073", {"PAYMENTS_KEEP_STATUS_CHANGES": 90}),
        ("E072", {"PAYMENTS_DISPUTE_EVIDENCE": ["refund_policy_disclosure"]}),
        ("E072", {"PAYMENTS_DISPUTE_EVIDENCE": {"refund_policy": "file_1"}}),
        ("E072", {"PAYMENTS_DISPUTE_EVIDENCE": {"service_date": 5}}),
        ("E072", {"PAYMENTS_DISPUTE_EVIDENCE": {"service_date": "x" * 5001}}),
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
        ("E059", {"PAYMENTS_AUTHENTICATION_CLASSES": "knox.auth.TokenAuthentication"}),
        ("E059", {"PAYMENTS_AUTHENTICATION_CLASSES": ["knox.auth.Nothing"]}),
        ("E059", {"PAYMENTS_AUTHENTICATION_CLASSES": ["no_such_module.Authentication"]}),
        ("E059", {"PAYMENTS_AUTHENTICATION_CLASSES": ["payments_graphql.policy.Policy"]}),
        ("E059", {"PAYMENTS_AUTHENTICATION_CLASSES": [None]}),
        ("E060", {"PAYMENTS_BOOKING_MIGRATION": "0005_trip"}),
        ("E061", {"PAYMENTS_GRAPHQL_SCHEMA": "schema.schema.nothing"}),
        ("E061", {"PAYMENTS_GRAPHQL_SCHEMA": "no_such_module.schema"}),
        ("E061", {"PAYMENTS_GRAPHQL_SCHEMA": "schema.schema.get_schema"}),
        ("E013", {"PAYMENTS_POLICY": "payments_graphql.policy.Nothing"}),
        ("E013", {"PAYMENTS_POLICY": "no_such_module.Policy"}),
        ("E013", {"PAYMENTS_POLICY": "Policy"}),
        ("E013", {"PAYMENTS_POLICY": None}),
        ("E013", {"PAYMENTS_POLICY": "tests.checks.test_settings.NoPolicy"}),
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
        ("E017", {"PAYMENTS_IGNORED_PROBLEMS": "drift"}),
        ("E074", {"PAYMENTS_IGNORED_PROBLEMS": ["drift", "drifts"]}),
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
        ("E027", {"PAYMENTS_REFUND_LIMITS": "500.00/day"}),
        ("E027", {"PAYMENTS_REFUND_LIMITS": {"Support": "500.00/day"}}),
        ("E027", {"PAYMENTS_REFUND_LIMITS": {"Support": {"EUR": "500.00"}}}),
        ("E027", {"PAYMENTS_REFUND_LIMITS": {"Support": {"EUR": "500.00/year"}}}),
        ("E027", {"PAYMENTS_REFUND_LIMITS": {"Support": {"EUR": "0.001/day"}}}),
        ("E027", {"PAYMENTS_REFUND_LIMITS": {"Support": {"EUR": 500}}}),
        ("E027", {"PAYMENTS_REFUND_LIMITS": {"Support": {"eur": "500.00/day"}}}),
        ("E027", {"PAYMENTS_REFUND_APPROVAL_ABOVE": "1000.00"}),
        ("E027", {"PAYMENTS_REFUND_APPROVAL_ABOVE": {"*": "1000.00"}}),
        ("E027", {"PAYMENTS_REFUND_APPROVAL_ABOVE": {"EUR": "-1"}}),
        ("E027", {"PAYMENTS_REFUND_APPROVAL_ABOVE": {"EUR": True}}),
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
    message, *more = run_ours()
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
        {"PAYMENTS_POLICY": "tests.checks.test_settings.OwnPolicy"},
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
        {"PAYMENTS_REFUND_LIMITS": None, "PAYMENTS_REFUND_APPROVAL_ABOVE": None},
        {
            "PAYMENTS_REFUND_LIMITS": {
                "Support": {"EUR": "500.00/day; 2000/month", "JPY": "unlimited"},
                "Finance": "unlimited",
            },
            "PAYMENTS_REFUND_APPROVAL_ABOVE": {"EUR": "0", "USD": 1000, "JPY": "unlimited"},
        },
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
    assert run_ours() == []


def test_live_keys_are_refused_while_debugging(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY = "sk_live_1", "pk_live_1"
    settings.STRIPE_API_BASE, settings.DEBUG = "", True
    assert [message.id for message in run_ours()] == ["payments_graphql.E031"]


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
    assert run_ours() == []


def test_a_misspelled_payment_method_type_gets_a_suggestion(settings: Any) -> None:
    settings.PAYMENTS_PAYMENT_METHOD_TYPES = ["sepa_debitt"]
    [found] = run_ours()
    assert "Did you mean 'sepa_debit'?" in str(found.hint)


def test_development_runs_without_a_webhook_secret(settings: Any) -> None:
    settings.DEBUG = True
    settings.STRIPE_WEBHOOK_SECRET = ""
    assert get_ids() == {"W003"}
