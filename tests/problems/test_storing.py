"""The stored list is examined by one process at a time, and read by all."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments_graphql import problems
from payments_graphql.models import (
    EventCursor,
    ProblemCheck,
    StoredProblem,
    StripeDispute,
    StripePaymentIntent,
)
from payments_graphql.problems import get_problems, list_stored_problems, refresh
from tests.schema.rows import make_disputes, make_intents

MINUTE = timedelta(minutes=1)
MOST_STATEMENTS = 12


@pytest.fixture
def dispute(quiet, alice):
    (paid,) = make_intents(alice, status="succeeded", amount=9999, amount_received=9999)
    return make_disputes(paid, amount=9999, status="needs_response")[0]


def _kinds(found):
    return [problem.kind for problem in found]


def test_a_young_list_is_read_and_an_old_one_is_examined(quiet, dispute):
    assert _kinds(get_problems(MINUTE)) == ["disputes_to_answer"]
    StripeDispute.objects.update(status="lost")

    assert _kinds(get_problems(MINUTE)) == ["disputes_to_answer"]
    ProblemCheck.objects.update(checked_at=timezone.now() - 2 * MINUTE)
    assert _kinds(get_problems(MINUTE)) == []


def test_it_remembers_since_when(quiet, dispute):
    (first,) = refresh()
    (second,) = refresh()
    assert first.since == second.since is not None
    StripeDispute.objects.update(status="lost")
    assert refresh() == []
    StripeDispute.objects.update(status="needs_response")
    (again,) = refresh()
    assert again.since > first.since


def test_another_process_examines_while_this_one_reads(quiet, dispute):
    refresh()
    StripeDispute.objects.update(status="lost")
    long_ago = timezone.now() - 2 * MINUTE
    ProblemCheck.objects.update(checked_at=long_ago, claimed_until=timezone.now() + MINUTE)

    assert _kinds(get_problems(MINUTE)) == ["disputes_to_answer"]
    assert ProblemCheck.objects.get().checked_at == long_ago

    ProblemCheck.objects.update(claimed_until=timezone.now())  # it has died
    assert _kinds(get_problems(MINUTE)) == []


def test_a_failed_examination_gives_its_claim_back(quiet, dispute, monkeypatch):
    def fail():
        raise ZeroDivisionError

    monkeypatch.setattr(problems.storing, "examine", fail)
    with pytest.raises(ZeroDivisionError):
        get_problems(MINUTE)
    check = ProblemCheck.objects.get()
    assert (check.checked_at, check.claimed_until) == (None, None)


def test_the_list_is_of_one_mode_and_account(quiet, dispute, settings):
    refresh()
    settings.STRIPE_SECRET_KEY = "sk_live_other"
    assert list_stored_problems() == []
    EventCursor.objects.create(read_until=timezone.now())
    assert refresh() == []
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox"
    assert _kinds(list_stored_problems()) == ["disputes_to_answer"]


def test_the_list_is_read_with_one_statement(quiet, dispute):
    refresh()
    with CaptureQueriesContext(connection) as queries:
        assert list_stored_problems()
    assert len(queries) == 1


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(quiet, alice, dispute):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            refresh()
        return len(queries)

    refresh()
    few = count()
    paid = make_intents(alice, count=30, status="succeeded", amount=100, amount_received=100)
    for one in paid[:20]:
        make_disputes(one, amount=100, status="needs_response")
    StripePaymentIntent.objects.filter(pk__in=[one.pk for one in paid[20:]]).update(
        status="requires_capture", capture_before=timezone.now(), amount_capturable=100
    )
    refresh()  # inserts what is new
    assert count() == few <= MOST_STATEMENTS
    assert StoredProblem.objects.get(kind="expiring_holds").amounts == {"USD": 1000}


def test_ignored_kinds_are_not_mentioned(quiet, dispute, settings):
    refresh()
    settings.PAYMENTS_IGNORED_PROBLEMS = ["disputes_to_answer"]
    assert list_stored_problems() == []
    assert refresh() == []
