from decimal import Decimal

import strawberry

from payments_graphql import money
from payments_graphql.models import StripePaymentIntent
from payments_graphql.services.available_actions import Action, list_available_actions
from payments_graphql.services.refund_limits import Allowances

from ..engine.context import Info, get_context, get_user
from ..engine.enums import describe_enum

describe_enum(
    Action,
    "An action on a payment.",
    {
        "CONFIRM": "Charge the payment, with `confirmPaymentIntent` or with Stripe.js in the "
        "browser.",
        "CAPTURE": "Capture the authorized amount, with `capturePaymentIntent`.",
        "CANCEL": "Cancel the payment, with `cancelPaymentIntent`.",
        "UPDATE": "Change the payment, with `updatePaymentIntent`.",
        "REFUND": "Refund the payment, with `createRefund`.",
    },
    name="PaymentIntentAction",
)


@strawberry.type(
    description="An action on a payment, and whether you may perform it now. The mutation applies "
    "the same rules, but can still fail while another operation is in progress."
)
class AvailableAction:
    action: Action = strawberry.field(description="The action.")
    allowed: bool = strawberry.field(description="Whether you may perform the action now.")
    reason: str | None = strawberry.field(
        description="Why the action is not allowed, as a message for people. Null if it is allowed."
    )
    maximum_amount: Decimal | None = strawberry.field(
        description="The largest amount for the action, in the major unit of the currency: "
        '`"99.99"`. Null if the action takes no amount, is not allowed, or has no limit here.'
    )
    approval_above: Decimal | None = strawberry.field(
        description="The amount of the payment that you may refund without a second person, "
        "including what you already refunded of it: `createRefund` turns more into an "
        "`refundRequest`. Null if you need no approval, or if the action is not REFUND."
    )


def show_available_actions(info: Info, intent: StripePaymentIntent) -> list[AvailableAction]:
    return [
        AvailableAction(
            action=available.action,
            allowed=available.refusal is None,
            reason=available.refusal.message if available.refusal else None,
            maximum_amount=_as_decimal(available.maximum_amount, intent.currency),
            approval_above=_as_decimal(available.approval_above, intent.currency),
        )
        for available in list_available_actions(
            intent, get_user(info), get_context(info).get_part(Allowances)
        )
    ]


def _as_decimal(minor_units: int | None, currency: str) -> Decimal | None:
    return None if minor_units is None else money.to_decimal(minor_units, currency)
