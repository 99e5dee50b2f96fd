"""The view that `manage.py payments_doctor` calls. See Note [The probe is for the doctor alone]."""

import pytest
from django.core.signing import TimestampSigner
from django.http.request import UnreadablePostError
from django.test import RequestFactory

from payments_graphql import proxy_probe
from payments_graphql.proxy_probe import HEADER, LIFETIME, probe, sign_probe

PATH = "/api/stripe/probe/"


class _Unread:
    """A body that must not be read."""

    def read(self, *_):
        raise AssertionError("The body was read.")


@pytest.fixture
def ask(client):
    def ask(header=None, body=b"x" * 2048, **more):
        headers = {HEADER: sign_probe() if header is None else header, **more}
        return client.post(PATH, body, content_type="application/octet-stream", headers=headers)

    return ask


def test_a_signed_request_learns_how_it_arrived(ask, settings):
    settings.PAYMENTS_TRUSTED_PROXIES = 1

    answer = ask(**{"X-Forwarded-For": "192.0.2.1, 198.51.100.7"})

    assert answer.status_code == 200
    seen = answer.json()
    assert 0 <= seen.pop("seconds") < 1
    assert seen == {
        "received": 2048,
        "address": "198.51.100.7",
        "forwarded_for": "192.0.2.1, 198.51.100.7",
    }


def test_not_more_than_the_maximum_is_read(ask):
    assert ask(body=b"x" * 10_000).json()["received"] == proxy_probe.MAXIMUM_BODY


@pytest.mark.parametrize(
    "header",
    [
        "",
        "probe",
        "probe:1:2",
        "probe:\xff:\u20ac",
        TimestampSigner(key="another", salt="payments_graphql.proxy_probe").sign("probe"),
        TimestampSigner(salt="payments_graphql.another").sign("probe"),
    ],
    # The same in every process, since a signature contains the time.
    ids=["empty", "unsigned", "wrong", "not_ascii", "other_key", "other_salt"],
)
def test_to_all_others_nothing_is_there(header):
    request = RequestFactory().post(PATH, headers={HEADER: header})
    request._stream = _Unread()

    assert probe(request).status_code == 404


def test_a_request_without_a_signature_is_not_read():
    request = RequestFactory().post(PATH)
    request._stream = _Unread()

    assert probe(request).status_code == 404


def test_a_signature_of_something_else_is_none(ask):
    other = TimestampSigner(salt="payments_graphql.proxy_probe").sign("other")

    assert ask(other).status_code == 404


def test_a_signature_ends(ask, monkeypatch):
    signed = sign_probe()
    assert ask(signed).status_code == 200

    monkeypatch.setattr(proxy_probe, "LIFETIME", -1)
    assert ask(signed).status_code == 404
    assert LIFETIME <= 60


@pytest.mark.parametrize("method", ["get", "head", "put", "options"])
def test_it_is_posted(client, method):
    assert getattr(client, method)(PATH, headers={HEADER: sign_probe()}).status_code == 404


def test_a_doctor_who_has_gone_away_is_no_error_of_the_site():
    class Gone:
        def read(self, *_):
            raise OSError("gone")

    request = RequestFactory().post(PATH, headers={HEADER: sign_probe()})
    request._stream = Gone()

    assert probe(request).status_code == 400
    assert issubclass(UnreadablePostError, OSError)
