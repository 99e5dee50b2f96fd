"""No secret gets through in a log line's values, tracebacks and other libraries' records."""

import datetime
import json
import logging
import uuid
from decimal import Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from payments_graphql import secret_texts
from payments_graphql.log_redaction import RedactingFilter, redact, redact_value
from payments_graphql.secret_texts import LONGEST_TEXT, LONGEST_TRACEBACK
from tests.redaction.examples import CARD, CLIENT_SECRET, SECRET_KEY, TOKEN

wrappers = st.sampled_from(
    [
        lambda value: value,
        lambda value: [value],
        lambda value: (value, 1),
        lambda value: {value},
        lambda value: frozenset([value]),
        lambda value: {"a": value},
        lambda value: {value: "a"},
        lambda value: {"a": [{"b": (value,)}]},
        lambda value: f"text {value} text",
        ValueError,
        lambda value: {"error": RuntimeError({"inner": value})},
        lambda value: str(value).encode(),
        lambda value: bytearray(str(value).encode()),
        lambda value: json.dumps({"data": value}),
        lambda value: repr({"data": value}),
        lambda value: urlencode({"data": value}),
        lambda value: f"https://shop.example/?data={quote(str(value))}",
        lambda value: QueryDict(urlencode({"data": value})),
        lambda value: {("a", value): 1},
        lambda value: {str(value).encode(): 1},
    ]
)


@given(
    st.sampled_from([SECRET_KEY, CLIENT_SECRET, CARD, TOKEN, "alice@example.com"]),
    wrappers,
    st.sampled_from(["event", "data", "url"]),
)
def test_no_secret_gets_past_in_any_wrapping(secret: str, wrap: Any, key: str) -> None:
    shown = repr(redact(None, "info", {"event": "x", key: wrap(secret)}))
    part = "YrKJUKribcBjcG8HVhfZluoGH" if secret == CLIENT_SECRET else secret
    assert part not in shown
    assert quote(part) not in shown


@pytest.mark.parametrize(
    "name",
    [
        "password", "new_password1", "passwd", "PASSWORD", "client_secret", "clientSecret",
        "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "token", "X-CSRFToken", "csrfmiddlewaretoken",
        "Authorization", "HTTP_AUTHORIZATION", "Cookie", "Set-Cookie", "sessionid", "session_key",
        "api_key", "apiKey", "private-key", "cvc", "card[cvc]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["plain", b"plain", 12345, ["plain"], {"a": "plain"}])
def test_a_value_is_secret_by_its_name(name: str, value: Any) -> None:
    for data in (
        {name: value},
        {"a": [{name: value}]},
        {name.encode(): value},
        [(name, value)],
        [[name.encode(), value]],
    ):
        shown = repr(redact_value(data))
        assert "plain" not in shown
        assert "12345" not in shown


def test_claims_about_a_secret_stay() -> None:
    event = {"has_password": True, "token": None, "publishableKey": "pk_test_1", "key": "order-17"}
    assert redact(None, "info", dict(event)) == event


def test_plain_data_keeps_its_shape() -> None:
    class Color(StrEnum):
        RED = "red"

    pk, moment = uuid.uuid4(), datetime.datetime.now(tz=datetime.UTC)
    value = {
        "id": pk, "when": moment, "took": 1.5, "n": 3, "none": None, "yes": True,
        "list": [1, "a"], "tuple": (1, "a"), "set": {1, 2}, 5: "five",
    }  # fmt: skip
    assert redact_value(value) == {**{k: v for k, v in value.items() if k != 5}, "5": "five"}
    assert redact_value(Color.RED) == "red"
    assert redact_value(Decimal("99.99")) == "Decimal('99.99')"


def test_a_card_number_is_no_number_either() -> None:
    assert redact_value({"number": int(CARD)}) == {"number": "[redacted]"}
    assert CARD not in repr(redact_value(Decimal(CARD)))


def test_an_object_is_shown_by_its_repr_without_secrets() -> None:
    class Request:
        def __repr__(self) -> str:
            return f"<Request key={SECRET_KEY}>"

    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError(SECRET_KEY)

    assert redact_value(Request()) == "<Request key=[redacted]>"
    assert redact_value([Broken()]) == ["<Broken>"]


def test_a_value_inside_itself_ends() -> None:
    value: dict[str, Any] = {"password": "hunter2"}
    value["self"] = [value, value]
    assert "hunter2" not in repr(redact_value(value))


def test_a_traceback_carries_no_secret() -> None:
    try:
        try:
            raise KeyError(CLIENT_SECRET)
        except KeyError as error:
            error.add_note(f"card {CARD}")
            raise RuntimeError(f"with {SECRET_KEY}") from error
    except RuntimeError:
        shown = redact(None, "error", {"event": "failed", "exc_info": True})
    assert "Traceback" in shown["exception"]
    assert "RuntimeError" in shown["exception"]
    for secret in (SECRET_KEY, "YrKJUKribcBjcG8HVhfZluoGH", CARD):
        assert secret not in repr(shown)


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner)
    | st.tuples(inner, inner),
    max_leaves=10,
))  # fmt: skip
def test_anything_can_be_redacted_and_twice_is_as_once(value: Any) -> None:
    once = redact_value(value)
    assert repr(redact_value(once)) == repr(once)


def test_what_a_client_chooses_is_cut_before_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the patterns, each of which would read to the end: counts the characters they get."""
    seen: list[int] = []
    look = secret_texts._redact
    monkeypatch.setattr(
        secret_texts, "_redact", lambda text: (seen.append(len(text)), look(text))[1]
    )
    agent = "token=[," * 25_000
    event = {
        "event": agent, "user_agent": agent, "raw": agent.encode(), agent: 1,
        "error": ValueError(agent), "nested": {"a": [{"b": (agent,)}]}, "many": [agent] * 10_000,
    }  # fmt: skip
    shown = redact(None, "info", event)
    assert max(seen) <= LONGEST_TEXT
    assert len(seen) <= 2_100, "nor are there more texts than an event may have"
    assert shown["user_agent"].endswith("… [200000 characters]")
    try:
        raise ValueError(agent)
    except ValueError:
        shown = redact(None, "error", {"event": "failed", "exc_info": True})
    assert max(seen) <= LONGEST_TRACEBACK / 2
    assert shown["exception"].startswith("Traceback")
    record = logging.LogRecord("a", logging.INFO, __file__, 1, "%s", (agent,), None)
    assert len(RedactingFilter().filter(record).getMessage()) <= LONGEST_TEXT + 100


def test_a_number_of_any_length_can_be_logged() -> None:
    assert redact_value({"n": 10**5000}) == {"n": "<a number of 16610 bits>"}


def test_foreign_records_are_redacted_for_every_handler_alike() -> None:
    record = logging.LogRecord(
        "stripe", logging.DEBUG, __file__, 1, "key %s for %s", (SECRET_KEY, {"cvc": "123"}), None
    )
    record.request = {"Authorization": "Token short"}
    clean = RedactingFilter().filter(record)
    assert clean.getMessage() == "key [redacted] for {'cvc': [redacted]}"
    assert clean.request == {"Authorization": "[redacted]"}
    assert record.args == (SECRET_KEY, {"cvc": "123"}), "other handlers have the record as it was"


def test_foreign_tracebacks_are_redacted() -> None:
    try:
        raise ValueError(SECRET_KEY)
    except ValueError as error:
        exc_info = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("django", logging.ERROR, __file__, 1, "failed", None, exc_info)
    line = logging.Formatter().format(RedactingFilter().filter(record))
    assert "ValueError: [redacted]" in line
    assert SECRET_KEY not in line
