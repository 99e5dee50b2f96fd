"""One person may hold half of the places that wait for Stripe. See Note [Places]."""

from contextlib import ExitStack, contextmanager
from importlib import import_module
from threading import Event, Thread

import pytest

from payments_graphql import operations
from payments_graphql.errors import RateLimitedError
from payments_graphql.models import Operation
from tests.schema.conftest import GraphQLClient


@contextmanager
def held_by(person):
    """Takes a place from another thread of the server."""
    held, ended = Event(), Event()

    def wait():
        with operations.on_behalf_of(person), operations.waiting():
            held.set()
            ended.wait(30)

    thread = Thread(target=wait)
    thread.start()
    try:
        assert held.wait(10)
        yield
    finally:
        ended.set()
        thread.join(10)


@pytest.fixture
def hold():
    with ExitStack() as places:

        def hold(user, count):
            for _ in range(count):
                places.enter_context(held_by(operations.actor_of(user)))

        yield hold


def can_wait(person):
    try:
        with operations.on_behalf_of(person), operations.waiting():
            return True
    except RateLimitedError:
        return False


@pytest.mark.parametrize(("places", "share"), [(1, 1), (2, 1), (3, 1), (4, 2), (6, 3), (40, 20)])
def test_one_person_may_hold_half_of_the_places_and_one_at_least(settings, hold, db, places, share):
    settings.PAYMENTS_STRIPE_CONCURRENCY = places
    with ExitStack() as held:
        for _ in range(share):
            held.enter_context(held_by("user:1"))
        assert not can_wait("user:1")
        assert can_wait("user:2") is (places > 1)
    assert can_wait("user:1")


def test_the_site_itself_may_take_what_is_free(settings, db):
    settings.PAYMENTS_STRIPE_CONCURRENCY = 4
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(held_by(""))
        assert can_wait("")
        assert can_wait("user:1")


def test_people_who_no_longer_wait_are_forgotten(settings, db):
    for number in range(100):
        assert can_wait(f"user:{number}")
    assert not import_module("payments_graphql.operations.waiting")._taken


def create(client):
    given = {"idempotencyKey": "key-1", "amount": "10.00", "currency": "USD"}
    return client.mutate("createPaymentIntent", given, "paymentIntent { id }")


def test_too_many_requests_of_one_customer_do_not_block_others(settings, sandbox, hold, alice, bob):
    settings.PAYMENTS_STRIPE_CONCURRENCY = 4
    hold(alice, 2)
    asked = len(sandbox.requests())

    (error,) = create(GraphQLClient(alice))["errors"]

    assert (error["__typename"], error["retryAfter"]) == ("RateLimitedError", 2)
    assert error["message"] == "You sent too many requests at once. Try again in a few seconds."
    assert not Operation.objects.exists()
    assert len(sandbox.requests()) == asked
    assert create(GraphQLClient(bob))["errors"] == []


def test_a_client_secret_takes_a_place_of_its_owner(settings, sandbox, hold, alice, pay, service):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    query = "query($id: String!) { paymentIntent(by: {stripeId: $id}) { clientSecret } }"
    settings.PAYMENTS_STRIPE_CONCURRENCY = 4
    hold(alice, 2)

    answer = GraphQLClient(alice).ask_for_answer(query, id=intent.stripe_payment_intent_id)

    assert answer["data"]["paymentIntent"] == {"clientSecret": None}
    extensions = answer["errors"][0]["extensions"]
    assert (extensions["code"], extensions["retryAfter"]) == ("RATE_LIMITED", 2)


def test_a_service_that_acts_for_a_person_takes_a_place_of_theirs(
    settings, sandbox, hold, alice, bob, service
):
    settings.PAYMENTS_STRIPE_CONCURRENCY = 4
    hold(alice, 2)
    refused = service.create_payment_intent(user=alice, amount=10, currency="USD")
    assert refused["error_code"] == "rate_limited"
    assert service.create_payment_intent(user=bob, amount=10, currency="USD")["success"]
