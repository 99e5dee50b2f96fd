"""Nothing secret gets past, and what is no secret stays readable."""

import base64
import datetime
import json
import logging
import random
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
from payments_graphql.log_redaction import (
    RedactingFilter,
    redact,
    redact_text,
    redact_value,
    strip_secrets,
)
from payments_graphql.secret_texts import LONGEST_TEXT, LONGEST_TRACEBACK

SECRET_KEY = "sk_live_51HabcDEFghiJKLmnoPQRstu"
CLIENT_SECRET = "pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH"
CARD = "4242424242424242"
TOKEN = "9f2c" * 16


def _in_base64(before: str, secret: str) -> tuple[str, str]:
    encoded = base64.b64encode(f"{before}{secret}".encode()).decode()
    return encoded, encoded[-16:]


# What must not be found again, and the whole that it is a part of.
SECRETS = {
    "secret key": (SECRET_KEY, SECRET_KEY),
    "test key": ("sk_test_4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyjWDarjtT1zdp7dc"),
    "short key": ("sk_test_abc", "sk_test_abc"),
    "restricted key": ("rk_live_51Habcdef0123", "51Habcdef0123"),
    "masked key": ("sk_test_****************p7dc", "p7dc"),
    "ephemeral key": ("ek_test_YWNjdF8xSGFiYw", "YWNjdF8xSGFiYw"),
    "webhook secret": ("whsec_MfKQ9r8GKYqr+TwjUPD8/ILPZIo2LaLaSw==", "TwjUPD8"),
    "client secret": (CLIENT_SECRET, "YrKJUKribcBjcG8HVhfZluoGH"),
    "setup secret": ("seti_1Mm8s8_secret_NXDICJbyHmFq", "NXDICJbyHmFq"),
    "another secret": ("cuss_secret_abcdef", "abcdef"),
    "knox token": (TOKEN, TOKEN),
    "signature": (f"t=1700000000,v1={'0a1b' * 16}", "0a1b" * 16),
    "token header": ("Authorization: Token short", "short"),
    "bearer header": ("authorization: Bearer abc.def-ghi", "abc.def-ghi"),
    "basic header": ("Authorization: Basic YTpi", "YTpi"),
    "bare scheme": ("sent Bearer abc.def-ghi to Stripe", "abc.def-ghi"),
    "bare basic": ("Basic c2tfdGVzdF9hYmM6", "c2tfdGVzdF9hYmM6"),
    "cookies": ("Cookie: sessionid=xyzzy1; csrftoken=xyzzy2", "xyzzy"),
    "session id": ("sessionid=xyzzy1", "xyzzy1"),
    "form token": ("csrfmiddlewaretoken=xyzzy1&amount=5", "xyzzy1"),
    "password": ("password=hunter2&user=alice", "hunter2"),
    "password in JSON": ('{"password": "hunter 2, \\"quoted\\""}', "quoted"),
    "password in JSON in JSON": (json.dumps('{"password": "hunter 2"}'), "hunter 2"),
    "password in a dict": (repr({"new_password1": "it's hunter"}), "hunter"),
    "password in a QueryDict": (repr(QueryDict("password=hunter+2")), "hunter 2"),
    "password in a pair": (repr(("password", "hunter 2")), "hunter 2"),
    "password cut off": ('{"password": "hunter 2 and mo', "hunter 2"),
    "password in an address": ("postgres://shop:hunter2@db/shop", "hunter2"),
    "security code": ("card[cvc]=123&card[exp_year]=2030", "123"),
    "card": (CARD, CARD),
    "card with spaces": ("4242 4242 4242 4242", "4242 4242"),
    "card with dashes": ("5555-5555-5555-4444", "5555-5555"),
    "card in pairs": ("42 42 42 42 42 42 42 42", "42 42 42"),
    "card digit by digit": ("4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "4 2 4 2"),
    "card in an address": ("?number=4242%204242+4242+4242", "4242"),
    "card with no-break spaces": ("4242\u00a04242\u00a04242\u00a04242", "4242"),
    "card with long dashes": ("4242\u20134242\u20134242\u20134242", "4242"),
    "card on two lines": ("4242 4242\n4242 4242", "4242"),
    "American Express": ("3782 822463 10005", "822463"),
    "Diners": ("3056 930009 0204", "930009"),
    "nineteen digits": ("6011000000000000001", "6011000000"),
    "card after a number": ("order 12 4242 4242 4242 4242", "4242 4242"),
    "card in a word": ("xx4242424242424242xx", CARD),
    "card in other digits": ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "٤٢٤٢"),
    "card with dots": ("4242.4242.4242.4242", "4242"),
    "card with underscores": ("order_4242_4242_4242_4242", "4242"),
    "card with slashes": ("3782/822463/10005", "822463"),
    "card with commas": ("4242,4242,4242,4242", "4242"),
    "card with commas and blanks": ("4242, 4242, 4242, 4242", "4242"),
    "card with three blanks": ("4242   4242   4242   4242", "4242"),
    "card with zero-width spaces": ("4242\u200b4242\u200b4242\u200b4242", "4242"),
    "card with escaped spaces": (r"4242\u200b4242\u200b4242\xa04242", "4242"),
    "card with encoded spaces": ("4242%E2%80%8B4242%C2%A042424242", "4242"),
    "card digit by digit with dots": (".".join(CARD), "4.2.4.2"),
    "card in pairs with slashes": ("42/42/42/42/42/42/42/42", "42/42"),
    "card in two halves": ("42424242_42424242", "42424242"),
    "card with mixed signs": ("4242.4242-4242/4242", "4242"),
    "encoded key": ("sk%5Flive%5F51HabcDEF", "51HabcDEF"),
    "key with one encoded sign": ("sk_live%5F51HabcDEF", "51HabcDEF"),
    "key encoded twice": ("rk%255Ftest%255F51HabcDEF", "51HabcDEF"),
    "encoded webhook secret": ("whsec%5FMfKQ9r8", "MfKQ9r8"),
    "encoded client secret": ("pi_1%5Fsecret%5FYrKJUKrib", "YrKJUKrib"),
    **{
        f"{what} in base64 after {before!r}": _in_base64(before, secret)
        for what, secret in (("key", SECRET_KEY), ("client secret", CLIENT_SECRET))
        for before in ("", "a", "ab")
    },
    "encoded assignment": ("%22password%22%3A%22hunter2%22", "hunter2"),
    "encoded field": ("card%5Bcvc%5D=123", "123"),
    "encoded address": ("url=postgres%3A%2F%2Fshop%3Ahunter2%40db%2Fshop", "hunter2"),
    "password with an @ in an address": ("postgres://shop:hun@ter2@db/shop", "ter2"),
    "pwd": ("pwd=hunter2", "hunter2"),
    "pwd as a part": ("DB_PWD: hunter2", "hunter2"),
    "pass": ("user: alice, pass: hunter2", "hunter2"),
    "pass as a part": ("smtp_pass='hunter 2'", "hunter 2"),
    "e-mail with an apostrophe": ("o'brien@example.com", "brien"),
    "e-mail with an apostrophe, quoted": ("to='o'brien@example.com'", "brien"),
    "e-mail encoded twice": ("?to=alice%2540example.com", "alice"),
    "e-mail": ("alice@example.com", "alice"),
    "e-mail with a tag": ("Alice.Smith+travel@mail.example.co.uk", "lice.Smith"),
    "e-mail in an address": ("?to=alice%40example.com", "alice"),
    "quoted e-mail": ('"alice smith"@example.com', "alice"),
    "e-mail after a card": (f"{CARD}alice@example.com", "alice"),
    "e-mail in angle brackets": ("Alice <alice@example.com>", "alice"),
}  # fmt: skip

VISIBLE = [
    "pi_3MtwBwLkdIwHu7ix28a3tqPa",
    "req_l0p0VH9xnLDGph",
    "evt_1234567890123",
    "pk_test_4eC39HqLyjWDarjtT1zdp7dc",
    "amount=9999 currency=USD",
    "amount=999999999999",
    "idempotency_key=3f1c-order-17",
    "2026-09-23T14:05:00.123456+00:00",
    "20260923140500",
    "1700000000 1700000000000 1700000000000000000",
    "duration 0.4242424242424242 s",
    "4242424242424241",  # the check digit is wrong
    "•••• 4242",
    "a•••@example.com",
    "Invalid token.",
    "token expired",
    "risk_level=normal task_id=5",
    "client_secret",
    "bypass: 3, passenger=Alice, compass: north, passed: True",
    "192.168.100.200, 10.0.0.1, 203.0.113.42",
    "1.25.3.1.4.1.311.21.20.42",
    "424242.4242424242",
    "4242424242424242.5"[1:],
    "4,242,424,242,424.24",
    "[4111, 1111111111]",
    "2026-09-23 14:05:00,123 2026/09/23 14.05.00",
    "2026-11-29_01-46-38.424242",
    "UGF5bWVudEludGVudDpiMGI1Yy0uLi4=",
    "4 of 5, 10 of 12",
    "it's at 5 o'clock",
    "http://127.0.0.1:12111/v1/payment_intents",
    "payment_intent.succeeded",
    "",
]


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_does_not_get_past(name: str) -> None:
    text, secret = SECRETS[name]
    assert secret in text
    assert secret not in redact_text(text)


@pytest.mark.parametrize("text", VISIBLE)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_text(text) == text


@given(st.uuids(version=4))
def test_our_ids_stay(pk: uuid.UUID) -> None:
    assert redact_text(f"id={pk} hex={pk.hex}") == f"id={pk} hex={pk.hex}"


@given(
    st.uuids(version=4).map(
        lambda pk: uuid.UUID(str(pk).translate(str.maketrans("abcdef", "424242")))
    )
)
def test_an_id_of_digits_alone_is_no_card(pk: uuid.UUID) -> None:
    assert redact_text(str(pk)) == str(pk)


@given(st.datetimes(min_value=datetime.datetime(2001, 9, 9)))  # noqa: DTZ001
def test_times_stay(moment: datetime.datetime) -> None:
    if moment.year < 2033:
        stamp = int(moment.replace(tzinfo=datetime.UTC).timestamp())
        for text in (str(stamp), f"{stamp}000", f"{stamp}000000", f"{stamp}000000000"):
            assert redact_text(text) == text
        assert redact_value(stamp * 10**9) == stamp * 10**9
    assert redact_text(moment.isoformat()) == moment.isoformat()
    assert redact_value(moment) == moment


@given(st.integers(min_value=-999_999_999_999, max_value=999_999_999_999))
def test_amounts_stay(amount: int) -> None:
    assert redact_value(amount) == amount
    assert redact_text(f"amount {amount} USD") == f"amount {amount} USD"


@given(st.floats())
def test_numbers_with_a_fraction_stay(number: float) -> None:
    if abs(number) < 1e12:
        assert redact_text(f"took {number!r} s") == f"took {number!r} s"


def _with_check_digit(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return digits + str(-total % 10)


cards = st.builds(
    lambda begin, rest: _with_check_digit(begin + rest),
    st.sampled_from(["4", "51", "55", "2221", "2720", "6011", "65", "50", "67"]),
    st.text("0123456789", min_size=11, max_size=11),
).map(lambda digits: _with_check_digit(digits[:15]))


@given(cards, st.text("abcxyz .,:=/\"'{}()", max_size=12), st.data())
def test_no_card_number_gets_past_in_any_grouping(card: str, around: str, data: Any) -> None:
    grouped = card[0] + "".join(
        data.draw(st.sampled_from(["", "", "", " ", "-"])) + digit for digit in card[1:]
    )
    shown = redact_text(f"{around}{grouped}{around}")
    assert grouped not in shown
    assert not any(grouped[start : start + 10] in shown for start in range(len(grouped) - 9))


emails = st.builds(
    "{}@{}.{}".format,
    st.text("abcdefghij0123456789.+-_%", min_size=2, max_size=20),
    st.sampled_from(["example", "mail-1.example"]),
    st.sampled_from(["com", "co.uk", "museum"]),
)


@given(emails, st.text("xyz ,:;<>()[]'\"=\n", max_size=8))
def test_no_e_mail_address_gets_past(email: str, around: str) -> None:
    assert email not in redact_text(f"{around}{email}{around}")


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


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000, "1" * 100_000, "1 " * 50_000, "1   " * 25_000, "_secret_" * 10_000,
        "password" * 10_000, "password " + " " * 50_000, "password='" + "\\" * 50_000,
        "password=[" * 10_000, "a@" * 50_000, "a.a" * 30_000 + "@", '"a' * 30_000 + "@",
        "x@" + "a." * 40_000 + "-", "://" * 30_000, "://a" + "b:" * 40_000, "token " * 20_000,
        "bearer " + " " * 50_000, "Authorization" * 8_000, "f" * 100_000, "-" * 100_000,
        "'" * 50_000, "%20" * 30_000, '\\"' * 30_000, "token\\" * 20_000, "a%40" * 20_000,
    ],
    ids=lambda text: f"{text[:12]!r}",
)  # fmt: skip
def test_a_long_text_becomes_short(text: str) -> None:
    shown = redact_text(text)
    assert len(shown) <= LONGEST_TEXT + 100


def test_what_a_client_chooses_is_cut_before_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the patterns, of which each would read on: what they are given is counted."""
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


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_the_cut_tears_is_not_shown_in_part(name: str) -> None:
    text, secret = SECRETS[name]
    assert secret in text
    for kept in range(1, len(text), 4):
        before = f"password={'x' * 300} " + "word " * 500
        before = before[: LONGEST_TEXT - kept - 1] + " "
        shown, _, mark = redact_text(f"{before}{text} more").partition("…")
        assert before.replace("x" * 300, "[redacted]").startswith(shown)
        assert mark == f" [{len(before) + len(text) + 5} characters]"


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


def test_stored_payloads_have_no_client_secret() -> None:
    intent = {
        "id": "pi_1",
        "amount": 9999,
        "client_secret": CLIENT_SECRET,
        "next_action": {"redirect_to_url": {"url": "https://bank.example"}},
        "metadata": {"note": "hello", "copy": CLIENT_SECRET},
        "notes": ["a", CLIENT_SECRET, {"deep": f"x {CLIENT_SECRET}"}],
        "paid": True,
        "charge": None,
    }
    event = {"id": "evt_1", "data": {"object": intent}}
    stripped = strip_secrets(event)
    assert stripped["data"]["object"] == {
        "id": "pi_1",
        "amount": 9999,
        "metadata": {"note": "hello"},
        "notes": ["a", {}],
        "paid": True,
        "charge": None,
    }
    assert intent["client_secret"] == CLIENT_SECRET, "what was given stays as it was"
    stripped["data"]["object"]["metadata"]["note"] = "changed"
    assert intent["metadata"]["note"] == "hello"


@given(st.randoms(use_true_random=False))
def test_a_client_secret_is_stripped_wherever_it_hides(chance: random.Random) -> None:
    value: Any = CLIENT_SECRET
    for _ in range(chance.randrange(1, 6)):
        value = chance.choice([[value], {"a": value}, {"a": 1, "b": [value]}, (value, 2)])
    assert "_secret_" not in repr(strip_secrets(value))
    assert strip_secrets(CLIENT_SECRET) is None
