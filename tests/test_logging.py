"""Our log lines under any LOGGING setting, and under our own two."""

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.contrib.auth.models import User
from django.test import Client
from django.utils.log import DEFAULT_LOGGING

from payments_graphql.logs import get_logger
from payments_graphql.models import StripePaymentIntent
from payments_graphql.sandbox import Sandbox
from settings.logging import build_logging

SECRET_KEY = "sk_live_51HabcDEFghiJKL"

logger = get_logger("payments_graphql.tests")


@pytest.fixture(autouse=True)
def _restore_logging(settings: Any) -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.contextvars.clear_contextvars()
    logging.config.dictConfig(DEFAULT_LOGGING)
    for name in ("payments_graphql", "stripe", "", "django", "django.server"):
        for handler in [*logging.getLogger(name).handlers]:
            if isinstance(handler, logging.FileHandler | logging.StreamHandler):
                handler.close()
                logging.getLogger(name).removeHandler(handler)
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.config.dictConfig(settings.LOGGING)
    structlog.configure(**before)


@pytest.fixture
def read_file(tmp_path: Path) -> Callable[[], str]:
    """Django's LOGGING example, with our logger's name."""
    path = tmp_path / "payments_graphql.log"
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {
                "file": {
                    "level": "DEBUG",
                    "class": "logging.FileHandler",
                    "filename": str(path),
                },
            },
            "loggers": {
                "payments_graphql": {
                    "handlers": ["file"],
                    "level": "DEBUG",
                    "propagate": True,
                },
            },
        }
    )
    return path.read_text


@pytest.fixture
def log_to() -> Callable[..., io.StringIO]:
    """The output of our own setting."""

    def log_to(*, as_json: bool) -> io.StringIO:
        logging.config.dictConfig(build_logging(as_json=as_json, level="DEBUG"))
        stream = io.StringIO()
        (handler,) = logging.getLogger().handlers[-1:]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        return stream

    return log_to


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_plain_file_gets_readable_lines_with_the_data(read_file: Callable[[], str]) -> None:
    logger.bind(operation_id="op-1").info("stripe_call", attempt=2, note="two words", empty="")
    logger.debug("sent to %s", "alice@example.com", card={"number": "4242424242424242"})
    assert read_file().splitlines() == [
        'stripe_call operation_id=op-1 attempt=2 note="two words" empty=""',
        'sent to a•••@example.com card={"number": "[redacted]"}',
    ]


def test_a_plain_file_gets_the_traceback_without_secrets(read_file: Callable[[], str]) -> None:
    try:
        raise ValueError(f"with {SECRET_KEY}")
    except ValueError:
        logger.exception("failed", attempt=1)
    text = read_file()
    assert text.startswith("failed attempt=1\nTraceback (most recent call last):")
    assert text.endswith("ValueError: with [redacted]\n")


def test_what_people_send_begins_no_line(read_file: Callable[[], str]) -> None:
    logger.info("described\nERROR forged", text="a\nERROR forged \x1b[2J", **{"key\nERROR": 1})
    assert len(read_file().splitlines()) == 1
    assert "\x1b" not in read_file()


@pytest.mark.django_db
def test_a_payment_leaves_readable_lines_in_a_plain_file(
    read_file: Callable[[], str],
    sandbox: Sandbox,
    alice: User,
    pay: Callable[..., StripePaymentIntent],
) -> None:
    intent = pay(alice, "12.00")
    text = read_file()
    assert str(intent.stripe_payment_intent_id) in text
    for line_of_call in ("operation_id=", "attempt=1", "duration_ms=", "stripe_request_id=req_"):
        assert line_of_call in text
    assert "to_status=succeeded" in text
    for secret in ("_secret_", "alice@example.com", "sk_test_sandbox"):
        assert secret not in text.replace("_secret_[redacted]", "")


def test_the_line_names_the_function_that_logs() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(funcName)s %(filename)s"))
    for name in ("payments_graphql.standard_logger", "payments_graphql.structlogs_logger"):
        logging.setLoggerClass(logging.Logger)
        if name.endswith("structlogs_logger"):
            structlog.stdlib.LoggerFactory()
        standard = logging.getLogger(name)
        standard.addHandler(handler)
        standard.setLevel(logging.INFO)
        get_logger(name).info("event")
        get_logger(name).bind(a=1).info("event")
    expected = "test_the_line_names_the_function_that_logs test_logging.py"
    assert stream.getvalue().splitlines() == [expected] * 4


def test_levels_are_those_of_the_standard_library(read_file: Callable[[], str]) -> None:
    logging.getLogger("payments_graphql").setLevel(logging.WARNING)
    logger.info("quiet")
    logger.warning("loud")
    assert read_file() == "loud\n"


def test_a_site_with_a_structlog_configuration_of_its_own_gets_our_lines(
    read_file: Callable[[], str],
) -> None:
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    logger.info("event", password="hunter2")
    assert read_file() == "event password=[redacted]\n"


def test_production_writes_json_lines(log_to: Callable[..., io.StringIO]) -> None:
    stream = log_to(as_json=True)
    structlog.contextvars.bind_contextvars(request_id="r-1")
    logger.info("stripe_call", attempt=2, token="abc", data={"email": "alice@example.com"})
    (line,) = _lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "stripe_call",
        "attempt": 2,
        "token": "[redacted]",
        "data": {"email": "a•••@example.com"},
        "request_id": "r-1",
        "level": "info",
        "logger": "payments_graphql.tests",
    }


def test_development_writes_lines_for_people(log_to: Callable[..., io.StringIO]) -> None:
    stream = log_to(as_json=False)
    try:
        raise ValueError(SECRET_KEY)
    except ValueError:
        logger.exception("failed", attempt=2)
    text = stream.getvalue()
    assert "failed" in text.splitlines()[0]
    assert "attempt=2" in text.splitlines()[0]
    assert "ValueError: [redacted]" in text


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    "name",
    ["stripe", "django.request", "django.server", "urllib3", "requests", "django.db.backends"],
)
def test_other_libraries_records_are_redacted_too(
    log_to: Callable[..., io.StringIO], as_json: bool, name: str
) -> None:
    stream = log_to(as_json=as_json)
    standard = logging.getLogger(name)
    standard.setLevel(logging.DEBUG)
    body = "client_secret=pi_1_secret_xyzzy&card[number]=4242424242424242"
    try:
        raise ValueError(SECRET_KEY)
    except ValueError:
        standard.exception("Post details post_data=%r key=%s", body, SECRET_KEY)
    text = stream.getvalue()
    assert "Post details" in text
    assert "Traceback" in text
    for secret in (SECRET_KEY, "xyzzy", "4242424242424242"):
        assert secret not in text


def test_the_sdk_prints_no_secret_at_debug(
    log_to: Callable[..., io.StringIO],
    sandbox: Sandbox,
    transactional_db: None,
    alice: User,
    pay: Callable[..., StripePaymentIntent],
) -> None:
    stream = log_to(as_json=True)
    pay(alice, "12.00")
    text = stream.getvalue()
    assert "Post details" in text, "the SDK's request bodies are in the log"
    for secret in ("alice@example.com", "alice%40example.com", "sk_test_sandbox"):
        assert secret not in text
    assert text.replace("_secret_[redacted]", "").count("_secret_") == 0


def test_the_sdk_prints_no_secret_to_a_sites_own_handlers_either(
    sandbox: Sandbox, transactional_db: None, alice: User, pay: Callable[..., StripePaymentIntent]
) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    root.addHandler(handler)
    logging.getLogger("stripe").setLevel(logging.DEBUG)
    pay(alice, "12.00")
    root.removeHandler(handler)
    text = stream.getvalue()
    assert "Post details" in text
    assert text.replace("_secret_[redacted]", "").count("_secret_") == 0
    for secret in ("alice@example.com", "alice%40example.com", "sk_test_sandbox"):
        assert secret not in text


def test_lines_of_a_request_share_its_id(
    log_to: Callable[..., io.StringIO], client: Client, db: None
) -> None:
    stream = log_to(as_json=True)
    client.post("/api/auth/login/?token=xyzzy", "{}", content_type="application/json")
    lines = _lines(stream)
    ids = {line["request_id"] for line in lines if "request_id" in line}
    assert len(ids) == 1
    events = {line["event"] for line in lines}
    assert {"request_started", "request_finished"} <= events
    assert "xyzzy" not in stream.getvalue()


def test_the_sdks_lines_are_left_to_debugging(log_to: Callable[..., io.StringIO]) -> None:
    logging.config.dictConfig(build_logging(as_json=True))
    assert not logging.getLogger("stripe").isEnabledFor(logging.INFO)
    assert logging.getLogger("payments_graphql").isEnabledFor(logging.INFO)
    log_to(as_json=True)
    assert logging.getLogger("stripe").isEnabledFor(logging.DEBUG)
