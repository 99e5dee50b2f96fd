from decimal import Decimal

import strawberry
from django.utils.translation import gettext as _

from payments_graphql.conf import conf
from payments_graphql.errors import ValidationError
from payments_graphql.models import StripePaymentIntent
from payments_graphql.policy import get_policy
from payments_graphql.services import payment_intents as service

from ..engine.admission import admit
from ..engine.context import Info, get_user
from ..engine.errors import PaymentError
from ..engine.object_types import as_type
from ..engine.payloads import Given, errors_into, refuse_unstorable_text
from .metadata import MetadataEntryInput, as_dict
from .payment_intents import PaymentIntent, get_payment_intent_to_act_on
from .sight import refuse_to_show


@strawberry.input(
    description="The payment to change, and the new values. Fields that are left out or null do "
    "not change."
)
class UpdatePaymentIntentInput:
    payment_intent_id: strawberry.ID = strawberry.field(description="The `id` of the payment.")
    amount: Decimal | None = strawberry.field(
        default=None,
        description='The new amount, in the major unit: `"99.99"`. With a booking it must be the '
        "amount due, unless `partial` is true. Without a booking it can change only if the site "
        "allows it.",
    )
    partial: bool | None = strawberry.field(
        default=False,
        description="Whether `amount` may be less than the amount due for the booking.",
    )
    description: str | None = strawberry.field(
        default=None, description="The description of the payment."
    )
    receipt_email: str | None = strawberry.field(
        default=None,
        description="The e-mail address for the receipt. An empty text means no receipt.",
    )
    metadata: list[MetadataEntryInput] | None = strawberry.field(
        default=None,
        description="Entries to add or replace. An empty value removes its entry. Other entries "
        "do not change.",
    )
    save_payment_method: bool | None = strawberry.field(
        default=None, description="Whether to save the payment method for later payments."
    )


@strawberry.type(description="The result of `updatePaymentIntent`.")
class UpdatePaymentIntentPayload:
    payment_intent: PaymentIntent | None = strawberry.field(
        default=None, description="The payment. Null if you have no such payment."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="The errors. Empty if the payment was changed."
    )


@strawberry.type
class PaymentIntentUpdates:
    @strawberry.mutation(description="Changes a payment that has not been paid.")
    def update_payment_intent(
        self, info: Info, input: Given[UpdatePaymentIntentInput]
    ) -> UpdatePaymentIntentPayload:
        user = get_user(info)
        payload = UpdatePaymentIntentPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "change")
            may = get_policy().may_update
            intent = get_payment_intent_to_act_on(user, input.payment_intent_id, may)
            refuse_to_show(info, intent)
            payload.payment_intent = as_type(intent)
            _refuse_free_amount(intent, input)
            service.update_payment_intent(
                payment_intent=intent,
                amount=input.amount,
                partial=bool(input.partial),
                description=input.description,
                receipt_email=input.receipt_email,
                metadata=as_dict(input.metadata or []),
                save_payment_method=input.save_payment_method,
                user=user,
                details=get_policy().describe_payment(intent.customer.user, intent.booking),
            )
        return payload


def _refuse_free_amount(intent: StripePaymentIntent, input: UpdatePaymentIntentInput) -> None:
    """Without a booking, the client would set the price."""
    has_booking = intent.booking_id is not None
    if input.amount is not None and not has_booking and not conf.PAYMENTS_ALLOW_FREE_AMOUNT:
        raise ValidationError(
            _("You cannot change the amount of a payment without a booking."), path=("amount",)
        )
