"""Who may open a stream, and whose streams end."""

from datetime import timedelta
from importlib import import_module

import pytest
import requests
from django.conf import settings
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from tests.sandbox.waiting import wait_until
from tests.schema.streams.client import PATIENCE, SUBSCRIPTION, EventStream, post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cookie(alice):
    """The headers of a browser in which she is signed in."""
    client = Client()
    client.force_login(alice)
    return f"sessionid={client.cookies['sessionid'].value}"


def _assert_refused(response, status, code):
    assert response.status_code == status
    assert response.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize("path", ["/graphql/", "/graphql/stream/"])
def test_nobody_gets_no_stream(site, db, path):
    _assert_refused(post(site.url, path=path), 401, "UNAUTHENTICATED")


def test_a_bad_token_gets_none(site, db, cookie):
    response = post(site.url, Authorization="Token nonsense", Cookie=cookie)
    _assert_refused(response, 401, "UNAUTHENTICATED")


def test_a_session_needs_its_own_page(site, cookie):
    response = post(site.url, Cookie=cookie, Sec_Fetch_Site="cross-site")
    _assert_refused(response, 403, "CSRF_FAILED")


def test_a_browser_needs_no_library(site, cookie, unpaid, global_id):
    """Its EventSource can only GET, from the page's own origin with the session."""
    response = requests.get(
        f"{site.url}/graphql/stream/",
        {
            "query": SUBSCRIPTION,
            "variables": f'{{"id": "{global_id("PaymentIntent", unpaid.pk)}"}}',
        },
        headers={
            "Accept": "text/event-stream",
            "Cookie": cookie,
            "Sec-Fetch-Site": "same-origin",
        },
        stream=True,
        timeout=PATIENCE,
    )
    with EventStream(response) as stream:
        assert stream.next().payment["status"] == "REQUIRES_PAYMENT_METHOD"


def _delete_token(user):
    AuthToken.objects.all().delete()


def _let_token_expire(user):
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))


def _deactivate(user):
    user.is_active = False
    user.save()


def _change_password(user, cookie=None):
    user.set_password("another")
    user.save()


@pytest.mark.parametrize("end", [_delete_token, _let_token_expire, _deactivate, _change_password])
def test_a_stream_ends_when_its_token_does(subscribe, alice, unpaid, end):
    with subscribe(alice, unpaid) as stream:
        stream.next()
        end(alice)

        assert stream.next().error_code == "UNAUTHENTICATED"
        assert [event.name for event in stream.all()] == ["complete", "end"]


def _sign_out(user, cookie):
    store = import_module(settings.SESSION_ENGINE).SessionStore
    store(cookie.partition("=")[2]).delete()


@pytest.mark.parametrize("end", [_sign_out, _change_password, lambda user, _: _deactivate(user)])
def test_a_stream_ends_when_its_session_does(subscribe, alice, cookie, unpaid, end):
    with subscribe(
        alice, unpaid, Authorization="", Cookie=cookie, Sec_Fetch_Site="same-origin"
    ) as stream:
        stream.next()
        end(alice, cookie)

        assert stream.next().error_code == "UNAUTHENTICATED"
        assert stream.next().name == "complete"


def test_nothing_is_told_after_the_sign_out(subscribe, service, alice, unpaid):
    with subscribe(alice, unpaid) as stream:
        stream.next()
        _delete_token(alice)
        service.cancel_payment_intent(unpaid)

        assert stream.next().error_code == "UNAUTHENTICATED"
        assert stream.next().name == "complete"


def test_one_person_may_have_so_many_streams(site, subscribe, alice, bob, unpaid, pay):
    """The limit on this test's site is three. A closed stream makes room."""
    open_streams = [subscribe(alice, unpaid) for _ in range(3)]
    token = AuthToken.objects.create(alice)[1]

    refused = post(site.url, Authorization=f"Token {token}")

    _assert_refused(refused, 429, "RATE_LIMITED")
    assert refused.headers["Retry-After"]
    assert subscribe(bob, unpaid).next().error_code == "NOT_FOUND"
    open_streams[0].close()
    wait_until(lambda: post(site.url, "{ me }", Authorization=f"Token {token}").status_code == 400)
    subscribe(alice, unpaid)
