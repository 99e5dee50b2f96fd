"""A payment, and requests to refund it."""

import pytest

from payments_graphql import signals
from payments_graphql.errors import (
    ApprovalRequiredError,
)
from payments_graphql.models import RefundRequest
from payments_graphql.services import refunds


@pytest.fixture(autouse=True)
def approval(settings):
    settings.PAYMENTS_REFUND_APPROVAL_ABOVE = {"USD": "50.00", "JPY": "unlimited"}
    return settings


@pytest.fixture
def paid(alice, pay, sandbox):
    return pay(alice, "99.99")


@pytest.fixture
def heard():
    """The requests that the site was told of. Another receiver of the signal fails."""
    heard = []

    def fail(**_):
        raise RuntimeError

    def hear(refund_request, **_):
        heard.append(refund_request)

    signal = signals.refund_approval_requested
    signal.connect(fail)
    signal.connect(hear, sender=RefundRequest)
    yield heard
    signal.disconnect(fail)
    signal.disconnect(hear, sender=RefundRequest)


def refund(intent, amount, user, **values):
    return refunds.create_refund(payment_intent=intent, amount=amount, user=user, **values)[0]


def ask(intent, amount, user, **values) -> RefundRequest:
    with pytest.raises(ApprovalRequiredError) as caught:
        refund(intent, amount, user, **values)
    return RefundRequest.objects.get(pk=caught.value.refund_request_id)
