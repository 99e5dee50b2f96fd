"""What the SDK's errors become, and what is sent with each call."""

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
