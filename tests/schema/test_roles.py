"""The groups Support, Finance and Engineer over GraphQL: what each does, and what it cannot."""

import pytest

from tests.schema.conftest import GraphQLClient

SEE = """{ paymentIntents(scope: ALL) {
    nodes { id username status booking { reference } refunds { id } disputes { id } } } }"""


@pytest.fixture
def paid(sandbox, alice, pay, booking):
    return pay(alice, None, None, booking=booking)


@pytest.fixture
def staff(sue, fay, erin):
    return {user.username: GraphQLClient(user) for user in (sue, fay, erin)}


@pytest.mark.parametrize("name", ["sue", "fay", "erin"])
def test_each_sees_everybodys_payments(staff, paid, name):
    (shown,) = staff[name].ask(SEE)["paymentIntents"]["nodes"]
    assert (shown["username"], shown["booking"]["reference"]) == ("alice", "LIS-1")


def try_to(client: GraphQLClient, mutation: str, given: dict) -> str | None:
    payload = client.mutate(mutation, given, "")
    return payload["errors"][0]["code"] if payload["errors"] else None


@pytest.fixture
def make_input(sandbox, alice, pay, service, open_dispute, global_id):
    """What a mutation on an object of Alice's takes."""

    def make_input(mutation):
        if mutation == "acceptDispute":
            return {"disputeId": global_id("Dispute", open_dispute(alice).pk)}
        if mutation == "createRefund":
            intent, more = pay(alice), {"idempotencyKey": "key"}
        elif mutation == "updatePaymentIntent":
            created = service.create_payment_intent(user=alice, amount=9, currency="USD")
            intent, more = created["payment_intent"], {"description": "x"}
        else:
            intent, more = pay(alice, capture_method="manual"), {}
        return {"paymentIntentId": global_id("PaymentIntent", intent.pk), **more}

    return make_input


@pytest.mark.parametrize(
    ("mutation", "may"),
    [
        ("createRefund", {"sue", "fay"}),
        ("capturePaymentIntent", {"fay"}),
        ("cancelPaymentIntent", {"fay"}),
        ("acceptDispute", {"fay"}),
        ("updatePaymentIntent", set()),
    ],
)
def test_each_does_what_its_group_is_for(staff, make_input, mutation, may):
    given = make_input(mutation)
    denied = {name: try_to(staff[name], mutation, given) for name in staff if name not in may}
    assert set(denied.values()) == {"NOT_FOUND"}
    for name in may:
        if mutation == "createRefund":
            given = make_input(mutation)
        assert try_to(staff[name], mutation, given) is None
