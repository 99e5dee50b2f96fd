"""Alice, Bob and Sam are signed in with one click, in development."""

from typing import Any

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.test import Client

from payments_graphql.demo.one_click import PASSWORD

pytestmark = pytest.mark.django_db
PATH = "/demo/sign-in/"


@pytest.fixture
def seeded(development: Any) -> None:
    for name in ("alice", "bob", "sam"):
        User.objects.create_user(name, password=PASSWORD, is_staff=name == "sam")


@pytest.mark.parametrize("username", ["alice", "bob", "sam"])
def test_it_signs_in_and_leads_on(seeded: None, client: Client, username: str) -> None:
    response = client.post(PATH, {"username": username, "next": "/graphql/?a=b"})
    assert (response.status_code, response.headers["Location"]) == (303, "/graphql/?a=b")
    assert get_user(client).username == username


@pytest.mark.parametrize(
    "path", ["//evil.example/", "https://evil.example/", "javascript:alert(1)"]
)
def test_it_leads_to_no_other_site(seeded: None, client: Client, path: str) -> None:
    response = client.post(PATH, {"username": "alice", "next": path})
    assert response.headers["Location"] == "/"


def test_without_a_path_it_leads_home(seeded: None, client: Client) -> None:
    assert client.post(PATH, {"username": "alice"}).headers["Location"] == "/"


def test_asked_for_json_it_answers_a_token_and_leaves_the_session(
    seeded: None, client: Client
) -> None:
    answer = client.post(PATH, {"username": "bob"}, headers={"Accept": "application/json"}).json()
    assert answer["username"] == "bob"
    assert not get_user(client).is_authenticated
    me = client.post(
        "/graphql/",
        {"query": "{ me { username } }"},
        content_type="application/json",
        headers={"Authorization": f"Token {answer['token']}"},
    )
    assert me.json()["data"]["me"]["username"] == "bob"


@pytest.mark.parametrize("username", ["", "charlie", "ALICE"])
def test_nobody_else_can_be_named(seeded: None, client: Client, username: str) -> None:
    User.objects.create_user("charlie", password=PASSWORD)
    assert client.post(PATH, {"username": username}).status_code == 404
    assert not get_user(client).is_authenticated


def test_a_user_with_another_password_is_not_the_seeded_one(seeded: None, client: Client) -> None:
    alice = User.objects.get(username="alice")
    alice.set_password("her own")
    alice.save()
    assert client.post(PATH, {"username": "alice"}).status_code == 404
    assert not get_user(client).is_authenticated


def test_a_page_of_another_site_cannot_sign_anybody_in(seeded: None) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(PATH, {"username": "sam"}).status_code == 403


def test_a_link_signs_nobody_in(seeded: None, client: Client) -> None:
    assert client.get(PATH, {"username": "sam"}).status_code == 405


@pytest.mark.parametrize(
    ("name", "value"), [("DEBUG", False), ("STRIPE_SECRET_KEY", "sk_live_51HabcDEFghiJKL")]
)
def test_outside_of_development_it_is_missing(
    seeded: None, settings: Any, client: Client, name: str, value: Any
) -> None:
    setattr(settings, name, value)
    assert client.post(PATH, {"username": "alice"}).status_code == 404
    assert "Sign in as" not in client.get("/admin/login/").text


def test_the_login_page_of_the_admin_has_a_button_for_each(seeded: None, client: Client) -> None:
    page = client.get("/admin/login/?next=/admin/payments_graphql/").text
    for name in ("Alice", "Bob", "Sam"):
        assert f"Sign in as {name}" in page
    # Customers are sent home, as the admin would refuse them.
    assert page.count('name="next" value="/"') == 2


def test_there_is_no_button_for_users_that_do_not_exist(development: Any, client: Client) -> None:
    assert "Sign in as" not in client.get("/admin/login/").text
