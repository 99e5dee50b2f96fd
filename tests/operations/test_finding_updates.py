"""An update whose answer was a 5xx is settled by reading the payment."""

import pytest

from payments_graphql.errors import OperationInProgressError
from payments_graphql.models import Operation
from payments_graphql.operations import resume_due
from payments_graphql.services.payment_intents import update_payment_intent


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "120"},
        {"description": "Two nights more"},
        {"description": ""},
        {"receipt_email": ""},
        {"metadata": {"room": "14"}},
        {"metadata": {"room": ""}},
        {"save_payment_method": True},
    ],
)
def test_it_is_found_also_when_it_emptied_something(
    service, alice, sandbox, settings, make_due, change
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    intent = service.create_payment_intent(
        user=alice,
        amount="99.99",
        currency="USD",
        description="Lisbon",
        metadata={"room": "12"},
    )["payment_intent"]
    path = f"/v1/payment_intents/{intent.stripe_payment_intent_id}"
    with (
        sandbox.faults.add("error_500_after_effect", method="POST", path=path),
        pytest.raises(OperationInProgressError),
    ):
        update_payment_intent(payment_intent=intent, **change)

    make_due()
    resume_due()

    operation = Operation.objects.get(kind="update_payment_intent")
    assert (operation.state, operation.error) == ("succeeded", None)
    assert len(sandbox.requests("POST", path)) == 1


def test_an_update_without_an_effect_is_not_taken_as_done(
    service, alice, sandbox, settings, make_due
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    intent = service.create_payment_intent(
        user=alice, amount="99.99", currency="USD", metadata={"room": "12"}
    )["payment_intent"]
    path = f"/v1/payment_intents/{intent.stripe_payment_intent_id}"
    with (
        sandbox.faults.add("error_500", method="POST", path=path),
        pytest.raises(OperationInProgressError),
    ):
        update_payment_intent(payment_intent=intent, metadata={"room": ""})

    make_due()
    resume_due()

    assert Operation.objects.get(kind="update_payment_intent").state == "unknown"
