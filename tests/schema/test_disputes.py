import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

QUERY = """
query($first: Int, $after: String) {
  disputes(first: $first, after: $after) {
    totalCount
    edges { node {
      id stripeDisputeId livemode status reason amount currency evidenceDueBy hasEvidence
      submissionCount isClosed createdAt updatedAt
      paymentIntent {
        id amountRefundable booking { reference } paymentMethod { last4 isDefault }
        disputes { id amount }
      }
    } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def list_ids(page):
    return [edge["node"]["stripeDisputeId"] for edge in page["edges"]]


def test_they_are_listed_with_their_payment(as_alice, alice, open_dispute, global_id):
    dispute = open_dispute(alice)
    page = as_alice.ask(QUERY)["disputes"]

    assert page["totalCount"] == 1
    shown = page["edges"][0]["node"]
    assert shown["id"] == global_id("Dispute", dispute.pk)
    assert shown["stripeDisputeId"] == dispute.stripe_dispute_id
    assert (shown["status"], shown["reason"]) == ("NEEDS_RESPONSE", "fraudulent")
    assert (shown["amount"], shown["currency"]) == ("99.99", "USD")
    assert (shown["hasEvidence"], shown["submissionCount"]) == (False, 0)
    assert shown["isClosed"] is False
    assert shown["evidenceDueBy"] > shown["createdAt"]
    intent = shown["paymentIntent"]
    assert intent["id"] == global_id("PaymentIntent", dispute.payment_intent_id)
    assert intent["amountRefundable"] == "0.00"
    assert intent["disputes"] == [{"id": shown["id"], "amount": "99.99"}]


def test_an_inquiry_is_one_that_has_taken_no_money(as_alice, alice, open_dispute):
    open_dispute(alice, "pm_card_createDisputeInquiry")
    [edge] = as_alice.ask(QUERY)["disputes"]["edges"]

    assert edge["node"]["status"] == "WARNING_NEEDS_RESPONSE"
    assert edge["node"]["paymentIntent"]["amountRefundable"] == "99.99"


def test_they_come_in_pages_newest_first(as_alice, alice, open_dispute):
    older, newer = open_dispute(alice), open_dispute(alice)
    first = as_alice.ask(QUERY, first=1)["disputes"]
    second = as_alice.ask(QUERY, first=1, after=first["pageInfo"]["endCursor"])["disputes"]

    assert list_ids(first) == [newer.stripe_dispute_id]
    assert list_ids(second) == [older.stripe_dispute_id]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert first["totalCount"] == 2


@pytest.mark.parametrize("arguments", [{"first": 0}, {"first": 101}, {"after": "nothing"}])
def test_a_bad_page_is_a_clear_error(as_alice, arguments):
    assert as_alice.ask_for_error(QUERY, **arguments)["extensions"]["code"] == "BAD_USER_INPUT"


def test_two_cost_as_many_statements_as_one(as_alice, alice, open_dispute):
    counts = []
    for _ in range(2):
        open_dispute(alice)
        with CaptureQueriesContext(connection) as queries:
            as_alice.ask(QUERY)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_another_persons_are_not_listed_for_staff_either(as_bob, as_sam, alice, open_dispute):
    open_dispute(alice)
    for client in (as_bob, as_sam):
        page = client.ask(QUERY)["disputes"]
        assert (page["edges"], page["totalCount"]) == ([], 0)


def test_they_need_to_be_signed_in(as_nobody):
    assert as_nobody.ask_for_error(QUERY)["extensions"]["code"] == "UNAUTHENTICATED"


def test_the_client_secret_is_not_read_through_a_list(as_alice, alice, open_dispute, sandbox):
    open_dispute(alice).payment_intent.__class__.objects.update(status="requires_action")
    before = len(sandbox.requests())
    answer = as_alice.ask_for_answer(
        "{ disputes { edges { node { paymentIntent { clientSecret } } } } }"
    )
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert len(sandbox.requests()) == before
