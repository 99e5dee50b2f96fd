"""Sign-in attempts count everywhere together, by address, and by username and address."""

import base64

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as site_settings
from django.contrib.auth import aauthenticate, authenticate, get_user_model
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from rest_framework.authentication import BasicAuthentication
from rest_framework.response import Response
from rest_framework.views import APIView

from payments_graphql import sign_in

STRANGERS, HOME = "198.51.100.7", "203.0.113.5"


class HostView(APIView):
    """A site's own sign-in: HTTP Basic, with Django REST framework."""

    authentication_classes = (BasicAuthentication,)

    def get(self, request):
        return Response({"username": request.user.get_username()})


def own_form(request):
    form = AuthenticationForm(request, request.POST)
    return HttpResponse(status=302 if form.is_valid() else 200)


urlpatterns = [
    path("own/basic/", HostView.as_view()),
    path("own/form/", own_form),
    path("", include("settings.urls")),
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def at_the_api(http, username, password, **extra):
    body = {"username": username, "password": password}
    return http.post("/api/auth/login/", body, content_type="application/json", **extra)


def at_the_admin(http, username, password, **extra):
    return http.post("/admin/login/", {"username": username, "password": password}, **extra)


def at_a_form(http, username, password, **extra):
    return http.post("/own/form/", {"username": username, "password": password}, **extra)


def by_basic(http, username, password, **extra):
    pair = base64.b64encode(f"{username}:{password}".encode()).decode()
    return http.get("/own/basic/", headers={"Authorization": f"Basic {pair}"}, **extra)


DOORS = [at_the_api, at_the_admin, at_a_form, by_basic]
every_door = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)


@pytest.fixture
def limits(settings, fresh_counts):
    def limits(**own):
        named = {f"sign_in.{name}": limit for name, limit in own.items()}
        settings.PAYMENTS_RATE_LIMITS = {"sign_in.pair": "", "sign_in.address": "", **named}

    return limits


def assert_limited(response):
    assert response.status_code == 429
    seconds = int(response["Retry-After"])
    assert 0 < seconds <= 60
    assert f"Too many attempts to sign in. Try again in {seconds} seconds." in response.text


@every_door
def test_too_many_wrong_passwords_are_refused_kindly(door, limits, sam, client):
    limits(pair="2/minute")
    for _ in range(2):
        assert door(client, "sam", "wrong").status_code != 429

    assert_limited(door(client, "sam", "travel"))
    assert "_auth_user_id" not in client.session


@every_door
def test_attempts_count_everywhere_together(door, limits, sam, client):
    limits(pair="1/minute")
    door(client, "sam", "wrong")
    for other in DOORS:
        assert_limited(other(client, "sam", "travel"))


@every_door
def test_no_password_is_checked_above_the_limit(door, limits, sam, client, monkeypatch):
    limits(pair="1/minute")
    door(client, "sam", "wrong")
    monkeypatch.setattr(
        "django.contrib.auth.hashers.check_password", lambda *_: pytest.fail("was looked at")
    )
    monkeypatch.setattr(get_user_model(), "check_password", lambda *_: pytest.fail("looked at"))
    assert_limited(door(client, "sam", "travel"))


@every_door
def test_strangers_do_not_lock_the_owner_out(door, limits, sam, client):
    limits(pair="10/minute;60/hour", address="30/minute")
    for _ in range(10):
        door(client, "sam", "wrong", REMOTE_ADDR=STRANGERS)
    assert_limited(door(client, "sam", "travel", REMOTE_ADDR=STRANGERS))

    assert door(client, "sam", "travel", REMOTE_ADDR=HOME).status_code in (200, 302)


@every_door
def test_many_usernames_from_one_address_are_refused(door, limits, sam, client):
    limits(address="3/minute")
    for number in range(3):
        door(client, f"name-{number}", "travel")
    assert_limited(door(client, "sam", "travel"))


def test_a_caller_without_a_request_counts_the_username(limits, alice):
    limits(pair="2/minute", address="1/minute")
    for _ in range(2):
        assert authenticate(username="alice", password="wrong") is None
    assert authenticate(username="ALICE", password="travel") is None
    assert authenticate(username="bob", password="travel") is None


def test_asynchronous_sign_in_is_counted_too(limits, alice, rf):
    limits(pair="1/minute")
    request = rf.post("/")
    for _ in range(2):
        found = async_to_sync(aauthenticate)(request, username="alice", password="travel")
    assert found is None


def test_what_cannot_be_guessed_is_not_counted(limits, alice, rf, settings):
    settings.AUTHENTICATION_BACKENDS = [
        *site_settings.AUTHENTICATION_BACKENDS,
        "django.contrib.auth.backends.RemoteUserBackend",
    ]
    limits(pair="1/minute", address="1/minute")
    for _ in range(3):
        assert authenticate(rf.get("/"), remote_user="alice") == alice


@pytest.mark.parametrize("name", ["a\ud800", 5, ["alice"], None, ""])
def test_every_kind_of_username_field_is_counted(limits, db, name):
    limits(pair="1/minute")
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = HOME
    backend = sign_in.SignInLimits()
    backend.authenticate(request, username=name, password="x")
    with pytest.raises(PermissionDenied):
        backend.authenticate(request, username=name, password="x")


def test_a_session_goes_on_with_our_backend_in_front(sam):
    http = Client()
    assert http.login(username="sam", password="travel")
    assert http.get("/admin/").status_code == 200


@pytest.mark.parametrize("password", ["travel", "12345678901", "password123", "samantha99"])
def test_people_may_not_choose_a_weak_password(password):
    user = get_user_model()(username="samantha")
    with pytest.raises(ValidationError):
        validate_password(password, user)
    validate_password("Lisbon-by-train-in-May", user)
