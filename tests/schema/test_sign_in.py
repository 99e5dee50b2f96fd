from datetime import datetime

import pytest
from django.utils import timezone
from knox.models import AuthToken

from payments_graphql import sign_in as sign_in_doors
from payments_graphql.policy import Policy

ALICE = {"username": "alice", "password": "travel"}


def sign_in(http, body=ALICE):
    return http.post("/api/auth/login/", body, content_type="application/json")


def sign_out(http, header):
    return http.post("/api/auth/logout/", headers={"Authorization": header})


def ask(http, token):
    return http.post(
        "/graphql/",
        {"query": "{ me { username } }"},
        content_type="application/json",
        headers={"Authorization": f"Token {token}"},
    )


def test_the_token_that_it_gives_is_good_for_ten_hours(http):
    response = sign_in(http)

    assert response.status_code == 200
    assert set(response.json()) == {"token", "expiry"}
    lifetime = datetime.fromisoformat(response.json()["expiry"]) - timezone.now()
    assert 9.9 < lifetime.total_seconds() / 3600 <= 10
    assert ask(http, response.json()["token"]).json()["data"]["me"]["username"] == "alice"
    assert response["Cache-Control"] == "no-store"


def test_it_sets_no_session(http):
    assert not sign_in(http).cookies


@pytest.mark.parametrize(
    "body",
    [
        {**ALICE, "password": "wrong"},
        {"username": "nobody", "password": "travel"},
    ],
)
def test_wrong_credentials_look_alike(http, body):
    response = sign_in(http, body)
    assert response.status_code == 401
    message = (
        "The username or the password is incorrect, or this account cannot sign in with a password."
    )
    assert response.json()["errors"][0]["message"] == message
    assert not AuthToken.objects.exists()


def test_somebody_who_may_not_sign_in_any_more_cannot(http, alice):
    alice.is_active = False
    alice.save()
    assert sign_in(http).status_code == 401


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b" ", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "a JSON object"),
        (b'{"password": "travel"}', "`username`"),
        (b'{"username": "alice"}', "`password`"),
        (b'{"username": "alice", "password": 1}', "`password`"),
        (b'{"username": ["alice"], "password": "travel"}', "`username`"),
        (b'{"username": "\\u0000", "password": "travel"}', "`username`"),
        (b'{"username": "alice", "password": ""}', "`password`"),
    ],
)
def test_a_malformed_body_is_told_so(http, body, said):
    response = sign_in(http, body)
    assert response.status_code == 400
    assert said in response.json()["errors"][0]["message"]


def test_too_large_a_body_is_refused(http, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert sign_in(http, {**ALICE, "more": "x" * 200}).status_code == 400


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""],
)
def test_a_page_of_another_origin_cannot_sign_a_browser_in(http, content_type):
    """A form, or a script that CORS does not allow, can only send these."""
    body = b'{"username": "alice", "password": "travel"}'
    response = http.generic("POST", "/api/auth/login/", body, content_type=content_type)

    assert response.status_code == 415
    assert response["Accept"] == "application/json"
    assert "application/json" in response.json()["errors"][0]["message"]
    assert not AuthToken.objects.exists()


def test_json_may_name_its_charset(http):
    body = b'{"username": "alice", "password": "travel"}'
    response = http.generic(
        "POST", "/api/auth/login/", body, content_type="Application/JSON; charset=UTF-8"
    )
    assert response.status_code == 200


def test_a_password_that_changes_while_it_is_checked_gives_no_token(http, alice, monkeypatch):
    def change_at_once(request, **credentials):
        user = authenticate(request, **credentials)
        alice.set_password("another")
        alice.save()
        return user

    authenticate = sign_in_doors.authenticate
    monkeypatch.setattr(sign_in_doors, "authenticate", change_at_once)

    assert sign_in(http).status_code == 401
    assert not AuthToken.objects.exists()


def test_only_post_signs_in_and_out(http):
    assert http.get("/api/auth/login/").status_code == 405
    assert http.get("/api/auth/logout/").status_code == 405


def test_after_signing_out_the_token_is_worth_nothing(http):
    token, other = sign_in(http).json()["token"], sign_in(http).json()["token"]
    response = sign_out(http, f"Token {token}")

    assert response.status_code == 204
    assert ask(http, token).status_code == 401
    assert ask(http, other).status_code == 200


class AskForMore(Policy):
    """A site whose own page asks for a second factor."""

    def may_sign_in_by_password(self, user):
        return user.username != "alice"


def test_whom_the_policy_sends_elsewhere_gets_no_token_and_no_hint(http, settings):
    settings.PAYMENTS_POLICY = f"{__name__}.AskForMore"
    response, wrong = sign_in(http), sign_in(http, {**ALICE, "password": "wrong"})

    assert response.status_code == wrong.status_code == 401
    assert response.json() == wrong.json()
    assert not AuthToken.objects.exists()


@pytest.mark.parametrize("header", ["", "Token", "Token nonsense", "Bearer x", "Token é"])
def test_signing_out_needs_the_token(http, header):
    response = sign_out(http, header)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"


def test_neither_the_password_nor_the_token_is_logged_or_stored(http, caplog):
    caplog.set_level("DEBUG")
    sign_in(http, {**ALICE, "password": "wrong-hunter2"})
    token = sign_in(http).json()["token"]
    ask(http, token)

    assert "wrong-hunter2" not in caplog.text
    assert token not in caplog.text
    assert not AuthToken.objects.filter(digest=token).exists()


@pytest.fixture
def limits(settings, fresh_counts):
    def limits(**own):
        named = {f"sign_in.{name}": limit for name, limit in own.items()}
        nothing = {"sign_in.pair": "", "sign_in.address": ""}
        settings.PAYMENTS_RATE_LIMITS = {**nothing, **named}

    return limits


def assert_limited(response):
    assert response.status_code == 429
    seconds = int(response["Retry-After"])
    assert 0 < seconds <= 60
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert error["message"] == f"Too many attempts to sign in. Try again in {seconds} seconds."
    assert response["Cache-Control"] == "no-store"


def test_too_many_attempts_at_one_name_are_refused_right_or_wrong(http, limits):
    limits(pair="2/minute")
    for _ in range(2):
        assert sign_in(http, {**ALICE, "password": "wrong"}).status_code == 401

    assert_limited(sign_in(http))
    assert not AuthToken.objects.exists()
    assert sign_in(http, {**ALICE, "username": "bob"}).status_code == 401


def test_another_way_to_write_a_name_is_no_other_name(http, limits):
    limits(pair="1/minute")
    sign_in(http, {**ALICE, "password": "wrong"})
    for written in ("ALICE", "\uff41lice"):
        assert_limited(sign_in(http, {**ALICE, "username": written}))


def test_however_long_a_name_is_it_costs_the_same_and_is_counted(http, limits):
    limits(pair="1/minute")
    long = "\ufdfa" * 100_000  # NFKC writes each with 18 characters
    assert sign_in(http, {**ALICE, "username": long}).status_code == 401
    assert_limited(sign_in(http, {**ALICE, "username": long}))


def test_a_site_without_our_backend_is_limited_at_the_api(http, limits, settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    limits(pair="1/minute")
    assert sign_in(http, {**ALICE, "password": "wrong"}).status_code == 401
    assert_limited(sign_in(http))


def test_too_many_attempts_from_one_address_are_refused_whatever_the_name(http, limits):
    limits(address="2/minute")
    for name in ("alice", "bob"):
        sign_in(http, {"username": name, "password": "wrong"})

    assert_limited(sign_in(http, {"username": "carol", "password": "wrong"}))


def test_a_malformed_body_uses_up_nothing(http, limits):
    limits(address="1/minute")
    for _ in range(3):
        assert sign_in(http, b"[]").status_code == 400
    assert sign_in(http).status_code == 200


def test_no_name_is_logged_when_attempts_are_refused(http, limits, caplog):
    limits(pair="1/minute")
    sign_in(http)
    assert_limited(sign_in(http))
    assert "rate_limited" in caplog.text
    assert "alice" not in caplog.text.partition("rate_limited")[2]
