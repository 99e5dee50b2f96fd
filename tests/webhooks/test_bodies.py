"""Odd bodies: never a server error, and nothing is stored that is not an event."""

import orjson
import pytest
from django.db import DatabaseError, OperationalError

from payments_graphql.models import StripeWebhookEvent
from payments_graphql.webhooks import inbox, storing


def _deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"{",
        b"null",
        b"[]",
        b"7",
        b'"evt_1"',
        b"{}",
        b"NaN",
        b'{"object": "event"}',
        b'{"id": NaN}',
        b'{"object": "v2.core.event", "id": "evt_1"}',
        b'"\\ud800"',
        _deep(2000),
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_not_an_event_is_refused(post, body):
    answer = post(body)

    assert answer.status_code == 400, answer.content
    assert answer.json()["error"] in (
        "the body is not JSON",
        "the body is not an event of Stripe's v1 API",
        "the body is nested too deeply",
    )
    assert not StripeWebhookEvent.objects.exists()


@pytest.mark.parametrize("body", [b"\xff\xfe", b'{"id": "\xe9"}', b"\xed\xa0\x80"])
def test_a_body_that_is_not_utf_8_is_refused(post, body):
    answer = post(body)

    assert answer.status_code == 400
    assert "UTF-8" in answer.json()["error"]


@pytest.mark.parametrize(
    "values",
    [
        {"id": None},
        {"id": ""},
        {"id": 7},
        {"id": "e" * 256},
        {"id": "evt_\x00"},
        {"object": "charge"},
        {"type": None},
        {"type": "t" * 129},
        {"type": "charge.\x00"},
        {"created": None},
        {"created": "now"},
        {"created": -1},
        {"created": 2**33},
        {"created": 1.5},
        {"created": True},
        {"data": None},
        {"data": []},
        {"data": {}},
        {"data": {"object": None}},
        {"data": {"object": "pi_1"}},
    ],
)
def test_an_event_with_an_odd_part_is_refused(post, make_event, values):
    answer = post(make_event(**values))

    assert answer.status_code == 400, answer.content
    assert not StripeWebhookEvent.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"data": {"object": {}}},
        {"data": {"object": {"id": None}}},
        {"data": {"object": {"id": {"a": 1}}}},
        {"data": {"object": {"id": "p" * 5000}}},
        {"data": {"object": {"id": "pi_\x00"}}},
        {"data": {"object": {"id": "pi_1", "customer": 7, "amount": "x"}}},
        {"data": {"object": {"id": "pi_1", "customer": {"no": "id"}}}},
        {"data": {"object": {"id": "pi_1", "metadata": "text"}}},
        {"data": {"object": {"id": "pi_1", "description": "a\x00b"}}},
        {"data": {"object": {"id": "pi_1", "amount": 10**30}}},
        {"data": {"object": {"id": "pi_1", "amount": 1e308}}},
        {"data": {"object": {"id": "pi_1", "nested": orjson.loads(_deep(450))}}},
        {"api_version": None},
        {"api_version": 7},
        {"api_version": "2020-08-27\x00"},
        {"livemode": "yes"},
        {"livemode": None},
        {"type": ""},
        {"type": "t" * 128},
        {"type": "payment_intent.succeeded.twice"},
        {"id": "e" * 255},
        {"request": "req_1"},
        {"request": {"idempotency_key": 7}},
        {"created": 0},
        {"created": 2**33 - 1},
    ],
)
@pytest.mark.parametrize("type", ["payment_intent.succeeded", "charge.succeeded", "refund.failed"])
def test_an_event_about_something_odd_is_kept_and_no_server_error(post, make_event, values, type):
    body = make_event(type=type) | values
    try:
        raw = orjson.dumps(body)
    except TypeError:  # beyond 64 bits
        raw = orjson.dumps(body | {"data": {"object": {"id": "pi_1", "amount": 0}}}).replace(
            b'"amount":0', b'"amount":1' + b"0" * 30
        )

    answer = post(raw)

    assert answer.status_code == 200, answer.content
    assert StripeWebhookEvent.objects.count() == 1


def test_a_deeply_nested_event_is_no_server_error(post, make_event):
    raw = orjson.dumps(make_event())
    for levels in (500, 900, 1015):
        answer = post(raw.replace(b'"customer":null', b'"customer":' + _deep(levels)))
        assert answer.status_code in (200, 400), answer.content
        if answer.status_code == 400:
            assert answer.json() == {"error": "the body is nested too deeply"}


@pytest.mark.parametrize("padding", [10, 1_000_000])
def test_a_body_over_a_megabyte_is_refused(post, make_event, padding):
    body = orjson.dumps(make_event())
    body += b" " * (1_000_000 - len(body) + padding)

    answer = post(body)

    assert answer.status_code == 413
    assert answer.json() == {"error": "the body is over 1000000 bytes"}
    assert not StripeWebhookEvent.objects.exists()


def test_a_body_of_a_megabyte_is_taken(post, make_event):
    body = orjson.dumps(make_event())

    assert post(body + b" " * (1_000_000 - len(body))).status_code == 200


@pytest.mark.parametrize("length", ["", "0", "-1", "many", "٣"])
def test_a_wrong_content_length_is_no_server_error(post, make_event, length):
    answer = post(make_event(), CONTENT_LENGTH=length)

    assert answer.status_code in (200, 400)


def test_without_a_database_stripe_is_asked_to_retry(post, make_event, monkeypatch):
    def unreachable(row, *, unique):
        raise DatabaseError("connection refused")

    monkeypatch.setattr(storing, "insert_once", unreachable)

    answer = post(make_event())

    assert answer.status_code == 503
    assert answer.json() == {"error": "not stored"}


def test_a_stored_event_is_acknowledged_even_if_the_nudge_fails(post, make_event, monkeypatch):
    def fail(*values, **more):
        raise OperationalError("the database went away after the commit")

    with monkeypatch.context() as broken:
        broken.setattr(inbox, "process_new", fail)
        answer = post(make_event())
    assert answer.status_code == 200

    inbox.process_due()
    assert StripeWebhookEvent.objects.get().state not in ("pending", "processing")
