import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

QUERY = """
query($first: Int, $after: String) {
  refunds(first: $first, after: $after) {
    edges { node {
      id stripeRefundId amount currency status reason failureReason
      paymentIntent { id stripePaymentIntentId clientSecret booking { reference } }
    } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


@pytest.fixture
def refund(alice, service, pay):
    def refund(amount="10.00"):
        result = service.create_refund(pay(alice), amount=amount)
        assert result["success"], result
        return result["refund"]

    return refund


def test_they_are_listed_with_their_payment(as_alice, refund):
    made = refund()
    [edge] = as_alice.ask(QUERY)["refunds"]["edges"]

    assert edge["node"]["stripeRefundId"] == made.stripe_refund_id
    assert (edge["node"]["amount"], edge["node"]["status"]) == ("10.00", "SUCCEEDED")
    stripe_id = made.payment_intent.stripe_payment_intent_id
    assert edge["node"]["paymentIntent"]["stripePaymentIntentId"] == stripe_id


def test_they_come_in_pages(as_alice, refund):
    made = [refund(), refund()]
    first = as_alice.ask(QUERY, first=1)["refunds"]
    second = as_alice.ask(QUERY, first=1, after=first["pageInfo"]["endCursor"])["refunds"]

    shown = [shown["edges"][0]["node"]["stripeRefundId"] for shown in (first, second)]
    assert shown == [made[1].stripe_refund_id, made[0].stripe_refund_id]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


def test_two_cost_as_many_statements_as_one(as_alice, refund):
    counts = []
    for _ in range(2):
        refund()
        with CaptureQueriesContext(connection) as queries:
            as_alice.ask(QUERY)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_another_persons_are_not_listed(as_bob, as_sam, refund):
    refund()
    assert as_bob.ask(QUERY)["refunds"]["edges"] == []
    assert as_sam.ask(QUERY)["refunds"]["edges"] == []
