"""The site's own authentication, by classes with Django REST framework's interface."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.tokens import AccessToken

from payments_graphql.header_authentication import BadTokenError
from schema.http.signed_in import SignIn
from tests.schema.test_authentication import ask

JWT = "rest_framework_simplejwt.authentication.JWTAuthentication"
STATELESS_JWT = "rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication"


@pytest.fixture(autouse=True)
def classes(settings):
    def classes(*paths):
        settings.PAYMENTS_AUTHENTICATION_CLASSES = list(paths)

    classes(JWT)
    return classes


@pytest.fixture
def bearer(alice):
    return f"Bearer {AccessToken.for_user(alice)}"


class ByCookie:
    """Like libraries that keep a token in a cookie."""

    def authenticate(self, request):
        from django.contrib.auth import get_user_model

        name = request.COOKIES.get("site-user")
        return (get_user_model().objects.get(username=name), None) if name else None

    def authenticate_header(self, request):
        return "Cookie"


class ByKey:
    """A program's key, in its own header."""

    def authenticate(self, request):
        from django.contrib.auth import get_user_model

        key = request.headers.get("X-Api-Key")
        if not key:
            return None
        if key != "right":
            raise AuthenticationFailed
        return get_user_model().objects.get(username="alice"), key

    def authenticate_header(self, request):
        return None


class ByBody:
    """Like django-oauth-toolkit, which looks for a token in the body too."""

    def authenticate(self, request):
        return None if dict(request.POST) else ByKey().authenticate(request)

    def authenticate_header(self, request):
        return None


class Broken:
    def authenticate(self, request):
        raise ValidationError("the class itself is wrong")

    def authenticate_header(self, request):
        return "Broken"


def get_name(response):
    assert response.status_code == 200, response.content
    return response.json()["data"]["me"]["username"]


@pytest.mark.parametrize("path", [JWT, STATELESS_JWT])
def test_a_web_token_signs_in_whatever_cookies_come_along(classes, bearer, bob, path):
    classes(path)
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    assert get_name(ask(client, Authorization=bearer)) == "alice"


def test_a_class_may_read_the_body(classes, alice):
    classes(f"{__name__}.ByBody")

    assert get_name(ask(Client(), **{"X-Api-Key": "right"})) == "alice"


@pytest.mark.parametrize("path", [JWT, STATELESS_JWT])
def test_the_token_of_somebody_deleted_is_refused(classes, bearer, alice, path):
    classes(path)
    alice.delete()
    assert ask(Client(), Authorization=bearer).status_code == 401


def test_a_bad_web_token_does_not_fall_back_to_the_session(bob):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    response = ask(client, Authorization="Bearer x.y.z", **{"Sec-Fetch-Site": "same-origin"})

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_scheme_that_no_class_takes_is_refused_with_all_that_are(db, classes):
    classes("knox.auth.TokenAuthentication", JWT, f"{__name__}.ByKey")
    response = ask(Client(), Authorization="Nonsense x")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Token, Bearer realm="api"'


def test_without_classes_the_session_alone_signs_in(classes, alice):
    classes()
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    assert get_name(ask(client, **{"Sec-Fetch-Site": "same-origin"})) == "alice"
    response = ask(client, Authorization="Token x", **{"Sec-Fetch-Site": "same-origin"})
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Session")


def test_whoever_signs_in_by_a_cookie_needs_the_csrf_token(classes, alice):
    classes(f"{__name__}.ByCookie")
    client = Client(enforce_csrf_checks=True)
    client.cookies["site-user"] = "alice"

    assert ask(client).status_code == 403
    assert get_name(ask(client, **{"Sec-Fetch-Site": "same-origin"})) == "alice"


def test_a_program_signs_in_by_a_header_of_its_own(classes, alice):
    classes(f"{__name__}.ByKey")
    client = Client(enforce_csrf_checks=True)

    assert get_name(ask(client, **{"X-Api-Key": "right"})) == "alice"
    assert ask(client, **{"X-Api-Key": "wrong"}).status_code == 401


def test_an_error_of_a_class_is_answered_without_what_it_says(db, classes):
    classes(f"{__name__}.Broken")
    response = ask(Client())
    assert response.status_code == 500
    assert "itself" not in response.content.decode()


def test_a_stream_asks_the_class_again(rf, bearer, alice):
    request = rf.post("/graphql/stream/", headers={"Authorization": bearer})
    request.user = alice
    signed_in = SignIn.of(request)

    assert signed_in.find_user() == alice
    assert bearer not in repr(signed_in)
    alice.is_active = False
    alice.save()
    assert signed_in.find_user() is None


def test_a_bad_token_is_no_sign_in(rf, alice):
    request = rf.post("/graphql/stream/", headers={"Authorization": "Bearer x"})
    request.user = alice
    with pytest.raises(BadTokenError):
        SignIn.of(request)
