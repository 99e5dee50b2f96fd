"""The start page shows people the problems whose rows they may view."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from payments_graphql.models import EventCursor, Operation
from payments_graphql.problems import refresh
from tests.schema.rows import make_disputes, make_intents

START = "/admin/payments_graphql/"


@pytest.fixture
def wrong(quiet, alice):
    (paid,) = make_intents(alice, status="succeeded", amount=9999, amount_received=9999)
    make_disputes(paid, amount=9999, status="needs_response")
    Operation.objects.create(actor="user:1", key="1", kind="create_refund", state="needs_review")
    refresh()


def _sign_in(*permissions: str) -> Client:
    user = User.objects.create_user("pat", "pat@example.com", "travel", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_nothing_wrong_is_one_quiet_line(quiet, staff_client):
    page = staff_client.get(START).text
    assert "Nothing needs attention. Last checked at" in page
    assert "data-kind" not in page


def test_people_see_the_kinds_whose_rows_they_may_view(wrong):
    page = _sign_in("view_stripedispute").get(START).text
    assert 'data-kind="disputes_to_answer"' in page
    assert "99.99 USD" in page
    assert 'data-kind="operations_to_review"' not in page


def test_who_may_view_nothing_of_it_sees_no_cards(wrong):
    page = _sign_in("view_user").get("/admin/").text
    assert "Needs attention" not in page
    assert "data-kind" not in page


def test_the_action_is_offered_to_those_who_may(wrong, viewer_client, staff_client):
    answer = "/answer/"
    assert answer not in viewer_client.get(START).text
    assert answer in staff_client.get(START).text


def test_a_stranger_gets_no_cards(wrong, client):
    answer = client.get(reverse("admin:payments_graphql_problem_cards"))
    assert answer.status_code == 302
    assert "data-kind" not in answer.text


def test_the_pages_need_few_statements(wrong, staff_client):
    for url in (START, "/admin/", reverse("admin:payments_graphql_problem_cards")):
        with CaptureQueriesContext(connection) as queries:
            staff_client.get(url)
        assert len(queries) < 12, url


def test_an_old_list_is_examined_before_it_is_shown(wrong, staff_client):
    from payments_graphql.models import ProblemCheck

    Operation.objects.update(state="failed")
    ProblemCheck.objects.update(checked_at=timezone.now() - timedelta(minutes=5))
    with CaptureQueriesContext(connection) as queries:
        page = staff_client.get(START).text
    assert 'data-kind="operations_to_review"' not in page
    assert 'data-kind="disputes_to_answer"' in page
    assert len(queries) < 20


def test_a_problem_without_rows_is_told_in_words(wrong, staff_client):
    EventCursor.objects.all().delete()
    refresh()
    page = staff_client.get(START).text
    assert 'data-kind="reconcile_silent"' in page
    assert "<code>manage.py payments_reconcile --every 60</code>" in page
