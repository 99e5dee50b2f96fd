"""How the SDK's errors are translated, and what each call sends."""

import pytest

from payments_graphql import stripe_client
from payments_graphql.stripe_client import (
    API_VERSION,
    StripeBusyError,
    StripeCallError,
    StripeCredentialsError,
    StripeNoAnswerError,
    StripeRefusedError,
    StripeServerError,
)
from tests import faulty_stripe as faults
from tests.faulty_stripe import Fault, faulty_stripe

RETRY = {"Stripe-Should-Retry": "true"}
NO_RETRY = {"Stripe-Should-Retry": "false"}
BODY = {"type": "api_error"}


@pytest.fixture
def link(sandbox, settings):
    settings.PAYMENTS_STRIPE_TIMEOUT = (1, 0.3)
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        yield link


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.REFUSED, StripeRefusedError),
        (Fault(402, body={"type": "card_error"}), StripeRefusedError),
        (Fault(404, body=BODY), StripeRefusedError),
        (faults.UNAUTHORIZED, StripeCredentialsError),
        (faults.FORBIDDEN, StripeCredentialsError),
        (faults.CONFLICT, StripeBusyError),
        (faults.TOO_MANY, StripeBusyError),
        (Fault(409, body=BODY, headers=NO_RETRY), StripeServerError),
        (Fault(400, body=BODY, headers=RETRY), StripeBusyError),
        (Fault(500, body=BODY, headers=RETRY), StripeBusyError),
        (faults.ERROR_500, StripeServerError),
        (faults.BAD_GATEWAY, StripeNoAnswerError),
        (Fault(503, body=BODY), StripeServerError),
        (faults.RESET, StripeNoAnswerError),
        (faults.HANG, StripeNoAnswerError),
        (faults.NOT_JSON, StripeNoAnswerError),
    ],
)
def test_what_a_fault_becomes(link, fault, error):
    link.faults.append(fault)

    with pytest.raises(StripeCallError) as caught:
        stripe_client.create_customer({}, "key-1")

    assert type(caught.value) is error
    assert len(link.received) == 1  # one attempt: operations count and record each


GATEWAY_BODIES = {
    "a page": b"<html>gateway</html>",
    "nothing": b"",
    "a message": b'{"message": "Not Found"}',
    "an error that is a text": b'{"error": "Not Found"}',
    "an error that is a list": b'{"error": ["Not Found"]}',
    "no error": b'{"error": null}',
    "a list": b"[]",
    "a text": b'"Not Found"',
    "null": b"null",
    "half an answer": b'{"error": {"type": "card_er',
    "an error without a request id": b'{"error": {"type": "invalid_request_error"}}',
}


@pytest.mark.parametrize("body", GATEWAY_BODIES)
@pytest.mark.parametrize("status", [*faults.GATEWAY_STATUSES, 500, 502, 503])
def test_anything_but_stripes_own_error_is_not_an_answer(link, status, body):
    link.faults.append(Fault(status, page=GATEWAY_BODIES[body]))

    with pytest.raises(StripeCallError) as caught:
        stripe_client.create_customer({}, "key-1")

    assert type(caught.value) is StripeNoAnswerError
    assert (caught.value.status, caught.value.code) == (status, "")


@pytest.mark.parametrize(
    "body",
    [
        *GATEWAY_BODIES.values(),
        b"{}",
        b'{"object": "customer"}',
        b'{"id": "cus_1"}',
        b'{"id": 7, "object": "customer"}',
        b'{"id": "cus_1", "object": ["customer"]}',
        b'{"id": "pi_1", "object": "payment_intent"}',
        b'{"object": "list", "data": [], "has_more": false}',
    ],
)
def test_a_success_is_the_object_that_was_asked_for(link, body):
    link.faults.append(Fault(200, page=body, headers={"Request-Id": "req_1"}))

    with pytest.raises(StripeNoAnswerError):
        stripe_client.create_customer({}, "key-1")


@pytest.mark.parametrize("body", [b'{"object": "list"}', b'{"object": "list", "data": 3}', b"[]"])
def test_a_list_is_one(link, body):
    link.also_reads = True
    link.faults.append(Fault(200, page=body))

    with pytest.raises(StripeNoAnswerError):
        stripe_client.list_customers({})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(link, status):
    elsewhere = {"Location": f"{link.url}/v1/customers"}
    link.faults.append(Fault(status, headers=elsewhere))

    with pytest.raises(StripeNoAnswerError):
        stripe_client.create_customer({}, "key-1")

    assert len(link.received) == 1


def test_a_gateway_that_refuses_some_requests_does_not_stop_the_others(link):
    """Otherwise a text that a firewall rejects would stop everyone's payments."""
    link.faults.extend([Fault(403)] * 20)
    for _ in range(20):
        with pytest.raises(StripeNoAnswerError):
            stripe_client.create_customer({}, "key-1")

    assert not stripe_client.is_down()
    assert stripe_client.create_customer({}, "key-1").request_id


@pytest.mark.parametrize("base", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
def test_a_connection_that_was_never_made_carried_nothing(settings, base):
    settings.STRIPE_API_BASE = base

    with pytest.raises(StripeBusyError):
        stripe_client.create_customer({}, "key-1")


def test_an_answer_is_plain_data_with_stripes_time(sandbox):
    answer = stripe_client.create_customer({"email": "a@example.com"}, "key-1")

    assert isinstance(answer.object, dict)
    assert answer.object["metadata"] == {}
    assert answer.as_of.tzinfo is not None
    assert answer.request_id.startswith("req_")
    assert not answer.replayed
    assert stripe_client.create_customer({"email": "a@example.com"}, "key-1").replayed


def test_the_version_of_the_api_is_the_pinned_one(dashboard):
    stripe_client.create_customer({}, "key-1")
    customer = dashboard.v1.customers.list().data[0]
    dashboard.v1.customers.update(customer.id, {"name": "A"})

    (event,) = stripe_client.list_events({"type": "customer.updated"}).object["data"]
    assert event["api_version"] == API_VERSION


def test_an_answer_shows_no_secret_in_its_repr(sandbox):
    answer = stripe_client.create_payment_intent({"amount": 500, "currency": "usd"}, "key-1")

    assert "_secret_" in answer.object["client_secret"]
    assert "_secret_" not in repr(answer)


def test_payouts_and_what_they_contain_are_read_page_by_page(sandbox, dashboard):
    for amount in (5000, 7000):
        dashboard.v1.charges.create(
            {"amount": amount, "currency": "usd", "source": "tok_bypassPending"}
        )
        sandbox.trigger("payout.paid")
    page = stripe_client.list_payouts({"limit": 1, "status": "paid"}).object
    [newest] = page["data"]
    assert page["has_more"]
    assert stripe_client.retrieve_payout(newest["id"]).object == newest
    parameters = {"payout": newest["id"], "limit": 1}
    own = stripe_client.list_balance_transactions(parameters).object
    assert [one["type"] for one in own["data"]] == ["payout"]
    parameters["starting_after"] = own["data"][0]["id"]
    rest = stripe_client.list_balance_transactions(parameters).object
    assert [(one["type"], one["amount"]) for one in rest["data"]] == [("charge", 7000)]
    assert not rest["has_more"]
