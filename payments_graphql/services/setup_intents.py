from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext as _

from .. import mirror, operations, stripe_client
from ..errors import InvalidStateError, ValidationError
from ..models import (
    Operation,
    OperationKind,
    OperationState,
    SetupIntentUsage,
    StripeCustomer,
    StripeSetupIntent,
)
from .customers import get_or_create_customer, replacing_a_deleted_customer
from .offered_types import get_offer_for_setup
from .payable_details import PayableDetails

__all__ = [
    "CreatedSetupIntent",
    "cancel_setup_intent",
    "create_setup_intent",
    "fetch_setup_details",
]


@dataclass(frozen=True)
class CreatedSetupIntent:
    setup_intent: StripeSetupIntent
    client_secret: str = field(repr=False)
    replayed: bool


def create_setup_intent(
    *,
    user: AbstractBaseUser,
    usage: str = SetupIntentUsage.OFF_SESSION,
    idempotency_key: str | None = None,
) -> CreatedSetupIntent:
    """Creates a setup intent, to save a card without a payment. The page confirms it with
    Stripe.js.

    `usage` says whether the card will be charged while the customer is away (`off_session`).
    https://docs.stripe.com/payments/save-and-reuse
    """
    if usage not in SetupIntentUsage.values:
        raise ValidationError(
            _("Usage must be one of %(choices)s.")
            % {"choices": ", ".join(SetupIntentUsage.values)},
            path=("usage",),
        )
    offer = get_offer_for_setup()
    customers: list[StripeCustomer] = []

    def prepare(operation: Operation) -> None:
        customer = customers[-1]
        row = StripeSetupIntent.objects.create(
            customer=customer, usage=usage, livemode=customer.livemode, account=customer.account
        )
        operation.setup_intent = row
        operation.customer = customer
        operation.parameters = {
            "customer": customer.stripe_customer_id,
            "usage": usage,
            **offer,
            "metadata": mirror.our_metadata(operation.pk, setup_intent=row.pk),
        }

    key = operations.check_key(idempotency_key) or operations.random_key()
    performed = replacing_a_deleted_customer(
        lambda: operations.perform(
            kind=OperationKind.CREATE_SETUP_INTENT,
            actor=operations.actor_of(user),
            key=key,
            input={"usage": usage},
            prepare=prepare,
            before=lambda: customers.append(get_or_create_customer(user)),
        )
    )
    row = performed.operation.setup_intent
    assert row is not None
    performed.renew(row)
    return CreatedSetupIntent(row, _get_secret(row, performed.answer), performed.replayed)


def cancel_setup_intent(*, setup_intent: StripeSetupIntent, actor: str) -> operations.Performed:
    """https://docs.stripe.com/api/setup_intents/cancel, which has no reason for fraud.

    Raises `InvalidStateError` if the setup intent can no longer save a card.
    """

    def prepare(operation: Operation) -> None:
        current = (
            StripeSetupIntent.objects.select_for_update(of=("self",))
            .select_related("customer")
            .get(pk=setup_intent.pk)
        )
        operations.refuse_second(
            Operation.objects.filter(setup_intent=current, state__in=OperationState.unsettled())
        )
        if not current.is_confirmable:
            raise InvalidStateError(
                _('It now has the status "%(status)s".') % {"status": current.status},
                current_status=current.status,
            )
        operation.setup_intent = current
        operation.customer = current.customer

    return operations.perform_alone(
        kind=OperationKind.CANCEL_SETUP_INTENT,
        actor=actor,
        input={"setup_intent": str(setup_intent.pk)},
        prepare=prepare,
    )


def fetch_setup_details(setup_intent: StripeSetupIntent) -> PayableDetails:
    """The client secret and the next action, read from Stripe. They are never stored.

    Raises `InvalidStateError` if the customer was deleted.
    """
    operations.refuse_others(setup_intent)
    if setup_intent.customer.is_gone:
        raise InvalidStateError(
            _("The customer of this setup intent was deleted. Create a new setup intent."),
            path=("setupIntentId",),
            current_status=setup_intent.status,
        )
    answer = operations.read(
        stripe_client.retrieve_setup_intent, str(setup_intent.stripe_setup_intent_id)
    )
    return PayableDetails(answer.object["client_secret"], answer.object.get("next_action"))


def _get_secret(setup_intent: StripeSetupIntent, answer: Mapping[str, Any] | None) -> str:
    if answer is not None:
        return str(answer["client_secret"])
    if not setup_intent.is_confirmable or setup_intent.customer.is_gone:
        return ""
    return fetch_setup_details(setup_intent).client_secret
