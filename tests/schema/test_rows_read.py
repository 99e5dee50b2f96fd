"""No list is searched from end to end, whatever its filter, order or place."""

import pytest
from django.contrib.auth.models import User
from django.db import connection

from payments_graphql.models import StripePaymentIntent
from tests.bench.generating import execute
from tests.bench.large_rows import insert_what_lists_show
from tests.bench.large_values import ACCOUNT
from tests.bench.offered_lists import iterate_asked
from tests.bench.plans import count_rows_read, noting_every_statement

from .conftest import GraphQLClient

PAYMENTS = 20_000
MOST_ROWS = PAYMENTS // 5
"""Rows and entries of indexes, for one page."""
WITH_TWO_FILTERS = ("oldest first", "newest first, from the middle")
"""To save time: an index can be read in both directions."""


pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="asks PostgreSQL's planner"
)


@pytest.fixture
def many(db, settings):
    settings.PAYMENTS_ACCOUNT = ACCOUNT
    insert_what_lists_show(PAYMENTS)
    execute("ANALYZE")
    assert StripePaymentIntent.objects.ours().count() > PAYMENTS * 0.99
    User.objects.create(username="everything", is_staff=True, is_superuser=True)


def sign_in(username):
    return GraphQLClient(User.objects.get(username=username))


def test_no_list_reads_a_fifth_of_all_rows(many):
    usernames = ("customer1", "customer234", "everything")
    clients = {name: sign_in(name) for name in usernames}
    read = {}
    for asked in iterate_asked(usernames):
        if asked.username == "customer234" or not is_read(asked):
            continue
        with noting_every_statement() as statements:
            clients[asked.username].ask(asked.document, **asked.variables)
        read[asked.name] = count_rows_read(statements)

    assert {name: rows for name, rows in read.items() if rows > MOST_ROWS} == {}
    assert len(read) > 1000


def test_two_statuses_that_only_new_payments_have_are_not_searched_for(many):
    """The planner expects them everywhere, and so to find a page of them after a few rows."""
    newest = list(StripePaymentIntent.objects.order_by("-created_at").values_list("pk", flat=True))
    rows = StripePaymentIntent.objects
    rows.filter(pk__in=newest[:1000]).update(status="requires_action")
    rows.filter(pk__in=newest[800:1200]).update(status="requires_capture")
    execute("ANALYZE payments_graphql_stripepaymentintent")
    document = """query($filter: PaymentIntentFilter) {
      paymentIntents(filter: $filter, orderBy: CREATED_AT_ASC, first: 20, scope: ALL) {
        nodes { status createdAt } pageInfo { hasNextPage }
      }
    }"""

    with noting_every_statement() as statements:
        statuses = ["REQUIRES_CAPTURE", "REQUIRES_ACTION"]
        page = sign_in("everything").ask(document, filter={"status": statuses})["paymentIntents"]

    assert count_rows_read(statements) < 200
    assert page["pageInfo"]["hasNextPage"]
    shown = [node["createdAt"] for node in page["nodes"]]
    assert shown == sorted(shown)
    assert len(shown) == 20
    assert {node["status"] for node in page["nodes"]} == {"REQUIRES_CAPTURE"}


def is_read(asked):
    if len(asked.filters) == 2:
        return asked.place in WITH_TWO_FILTERS
    return asked.place != "counted"
