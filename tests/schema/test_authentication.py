"""Who is asking: a token and nothing else, or the session with CSRF, or nobody."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from graphql import is_required_argument, is_required_input_field
from knox.models import AuthToken

from schema.schema import schema

ME = {"query": "{ me { username } }"}


def ask(client, **headers):
    return client.post("/graphql/", ME, content_type="application/json", headers=headers)


@pytest.fixture
def token(alice):
    return AuthToken.objects.create(alice)[1]


@pytest.fixture
def browser(alice):
    """Alice's session, with CSRF checked as in production."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    return client


def test_a_token_signs_in_without_csrf(token):
    response = ask(Client(enforce_csrf_checks=True), Authorization=f"Token {token}")
    assert response.json()["data"] == {"me": {"username": "alice"}}


@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token ",
        "Token nonsense",
        "Token\tnonsense",
        " Token  nonsense",
        "token a b",
        "Token é",
        "Token \x00",
        "Token ''",
    ],
)
def test_a_bad_token_is_refused_even_with_a_session(browser, header):
    response = ask(browser, Authorization=header, **{"Sec-Fetch-Site": "same-origin"})

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_an_expired_token_is_refused(token):
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert ask(Client(), Authorization=f"Token {token}").status_code == 401


def test_each_token_is_its_owners_also_beside_others(token, alice, bob):
    """The statement is kept, and a token is found by its beginning alone."""
    of_bob = AuthToken.objects.create(bob)[1]
    more_of_alice = AuthToken.objects.create(alice)[1]
    AuthToken.objects.update(token_key=token[:15])  # knox's has 15 characters
    for _ in range(2):
        for one, owner in ((token, "alice"), (of_bob, None), (more_of_alice, None)):
            answer = ask(Client(), Authorization=f"Token {one}").json()
            assert answer.get("data") == (owner and {"me": {"username": owner}})
    AuthToken.objects.filter(user=bob).update(token_key=of_bob[:15])
    answer = ask(Client(), Authorization=f"Token {of_bob}").json()
    assert answer["data"] == {"me": {"username": "bob"}}


def test_a_site_can_let_tokens_live_on_while_they_are_used(token, settings):
    soon = timezone.now() + timedelta(minutes=5)
    AuthToken.objects.update(expiry=soon)
    assert ask(Client(), Authorization=f"Token {token}").status_code == 200
    assert AuthToken.objects.get().expiry == soon
    settings.REST_KNOX = {**settings.REST_KNOX, "AUTO_REFRESH": True}
    assert ask(Client(), Authorization=f"Token {token}").status_code == 200
    assert AuthToken.objects.get().expiry > soon + timedelta(hours=9)


def test_the_token_of_somebody_who_may_not_sign_in_any_more_is_refused(token, alice):
    alice.is_active = False
    alice.save()
    assert ask(Client(), Authorization=f"Token {token}").status_code == 401


def test_the_token_counts_and_not_the_session_beside_it(token, bob):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    response = ask(client, Authorization=f"Token {token}")
    assert response.json()["data"]["me"]["username"] == "alice"


def test_a_session_alone_is_refused(browser):
    """Another site's page can make a browser send the session's cookie."""
    response = ask(browser)
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "CSRF_FAILED"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_session_from_another_site_is_refused(browser, site):
    assert ask(browser, **{"Sec-Fetch-Site": site}).status_code == 403


def test_a_session_from_a_page_of_this_site_is_taken(browser):
    response = ask(browser, **{"Sec-Fetch-Site": "same-origin"})
    assert response.json()["data"]["me"]["username"] == "alice"


def test_a_session_with_the_csrf_token_is_taken(browser):
    browser.get("/admin/login/")
    csrf_token = browser.cookies["csrftoken"].value
    assert ask(browser, **{"X-CSRFToken": csrf_token}).json()["data"]["me"]["username"] == "alice"
    assert ask(browser, **{"X-CSRFToken": "x" * 32}).status_code == 403


def test_what_a_browser_sends_by_itself_does_not_get_a_session_around_csrf(browser):
    assert ask(browser, Authorization="Basic YTpi").status_code == 403
    answer = ask(browser, Authorization="Basic YTpi", **{"Sec-Fetch-Site": "same-origin"})
    assert answer.json()["data"]["me"]["username"] == "alice"


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_scheme_that_nobody_takes_is_refused_with_those_that_are(browser, signed_in):
    client = browser if signed_in else Client()
    response = ask(client, Authorization="Bearer YTpi", **{"Sec-Fetch-Site": "same-origin"})

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert response.json()["errors"][0]["message"].endswith("Use Token.")


class BearerMiddleware:
    """An embedding site may identify people by its own token."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        from django.contrib.auth import get_user_model

        if request.headers.get("Authorization") in ("Bearer site-token", "Basic site-token"):
            request.user = get_user_model().objects.get(username="alice")
        return self.get_response(request)


def test_whom_the_sites_own_middleware_found_is_respected(alice, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.BearerMiddleware"]
    client = Client(enforce_csrf_checks=True)

    response = ask(client, Authorization="Bearer site-token")
    assert response.json()["data"]["me"]["username"] == "alice"
    # A browser sends these automatically, even for another site's page.
    assert ask(client, Authorization="Basic site-token").status_code == 403


ANONYMOUS_MAY_READ = {"paymentsConfig": {"__typename": "PaymentsConfig"}, "me": None}


def _root_fields():
    for root in (schema._schema.query_type, schema._schema.mutation_type):
        for name, field in root.fields.items():
            yield pytest.param(root.name, name, field, id=name)


def _value(type_):
    """Any value that passes coercion."""
    text = str(type_).rstrip("!")
    if text == "PaymentIntentBy":
        return '{id: "x"}'
    if text.endswith("Input"):
        fields = type_.of_type.fields.items()
        given = [f"{name}: {_value(f.type)}" for name, f in fields if is_required_input_field(f)]
        return f"{{{', '.join(given)}}}"
    if text.startswith("["):
        return "[]"
    return "false" if text == "Boolean" else '"x"'


@pytest.mark.parametrize(("root", "name", "field"), list(_root_fields()))
def test_nobody_may_ask_for_anything_but_the_configuration(as_nobody, root, name, field):
    given = [
        f"{argument}: {_value(value.type)}"
        for argument, value in field.args.items()
        if is_required_argument(value)
    ]
    arguments = f"({', '.join(given)})" if given else ""
    kind = "query" if root == "Query" else "mutation"
    answer = as_nobody.ask_for_answer(f"{kind} {{ {name}{arguments} {{ __typename }} }}")

    if name in ANONYMOUS_MAY_READ:
        assert "errors" not in answer
        assert answer["data"] == {name: ANONYMOUS_MAY_READ[name]}
    else:
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
        assert error["path"] == [name]


def test_nobody_needs_no_csrf_token_for_what_they_may_ask(db):
    response = Client(enforce_csrf_checks=True).post(
        "/graphql/", {"query": "{ __typename }"}, content_type="application/json"
    )
    assert response.json()["data"] == {"__typename": "Query"}
