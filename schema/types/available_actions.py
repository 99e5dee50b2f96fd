from decimal import Decimal

import strawberry

from payments_graphql import money
from payments_graphql.models import StripePaymentIntent
from payments_graphql.services.available_actions import Action, list_available_actions

from ..engine.context import Info, get_user
from ..engine.enums import describe_enum

describe_enum(
    Action,
    "What can be done with a payment.",
    {
        "CONFIRM": "Charge it with `confirmPaymentIntent`, or on the page with Stripe.js.",
        "CAPTURE": "Take the authorized amount with `capturePaymentIntent`.",
        "CANCEL": "Give it up with `cancelPaymentIntent`.",
        "UPDATE": "Change it with `updatePaymentIntent`.",
        "REFUND": "Give money back with `createRefund`.",
    },
    name="PaymentIntentAction",
)


@strawberry.type(
    description="Something that can be done with a payment, and whether you may, as things are. "
    "The mutation asks the same, and can still be refused while another operation is in progress."
)
class AvailableAction:
    action: Action = strawberry.field(description="What.")
    allowed: bool = strawberry.field(description="Can you do it now?")
    reason: str | None = strawberry.field(
        description="Why not, for people; null when it is allowed."
    )
    maximum_amount: Decimal | None = strawberry.field(
        description="The most that can be captured, refunded or asked for, in the currency's major "
        'unit: `"99.99"`. Null where there is no amount to choose, or no limit here.'
    )


def show_available_actions(info: Info, intent: StripePaymentIntent) -> list[AvailableAction]:
    return [
        AvailableAction(
            action=available.action,
            allowed=available.refusal is None,
            reason=available.refusal.message if available.refusal else None,
            maximum_amount=None
            if available.maximum_amount is None
            else money.to_decimal(available.maximum_amount, intent.currency),
        )
        for available in list_available_actions(intent, get_user(info))
    ]
