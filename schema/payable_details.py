"""The client secret and the next action: kept by Stripe alone, read from there when asked for.

Both belong to one payment, or one card to save, and are shown to its owner where that one was
asked for: in `paymentIntent`, `setupIntent`, `operation` and the payloads. In a list they would
cost a call to Stripe for each row, and hand out more secrets than anybody needs, so there they are
refused.
"""

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry.scalars import JSON

from payments_graphql.models import StripePaymentIntent, StripeSetupIntent
from payments_graphql.services.payment_intents import fetch_payable_details
from payments_graphql.services.setup_intents import fetch_setup_details

from .admission import admit
from .context import BadInputError, Info, get_user
from .ownership import is_own

type Intent = StripePaymentIntent | StripeSetupIntent


@strawberry.type(description="What the customer must do before it can go on.")
class NextAction:
    type: str = strawberry.field(
        description="Stripe's word for it, such as `use_stripe_sdk` or `redirect_to_url`."
    )
    redirect_url: str | None = strawberry.field(
        description="The page to send the customer to, for `redirect_to_url`."
    )
    details: JSON = strawberry.field(
        description="All that Stripe says of it. Stripe.js needs only the client secret: "
        "`stripe.handleNextAction({clientSecret})`."
    )


def get_client_secret(info: Info, intent: Intent) -> str | None:
    if not _is_open(intent) or not _is_shown(info, intent):
        return None
    if intent.pk not in info.context.client_secrets:
        _fetch(info, intent)
    return info.context.client_secrets[intent.pk] or None


def get_next_action(info: Info, intent: Intent) -> NextAction | None:
    if intent.status != "requires_action" or not _is_shown(info, intent):
        return None
    if intent.pk not in info.context.next_actions:
        _fetch(info, intent)
    return _as_next_action(info.context.next_actions[intent.pk])


def _is_open(intent: Intent) -> bool:
    return intent.is_payable if isinstance(intent, StripePaymentIntent) else intent.is_confirmable


def _is_shown(info: Info, intent: Intent) -> bool:
    """Staff reach the payments of others, and never what only the customer's page needs."""
    if info.context.watch is not None:
        # Each change would be a call to Stripe, for each who looks.
        raise BadInputError(
            f"`{info.field_name}` cannot be read in a subscription. Ask with `paymentIntent`, when "
            "the status says that it is needed."
        )
    if any(isinstance(key, int) for key in info.path.as_list()):
        raise BadInputError(
            f"`{info.field_name}` cannot be read in a list. Ask for one payment with "
            "`paymentIntent`."
        )
    return is_own(get_user(info), intent)


def _fetch(info: Info, intent: Intent) -> None:
    context = info.context
    if context.fetched_intent is not None:
        raise BadInputError(
            f"`{info.field_name}` can be read for one payment or setup in a request, as each is a "
            "call to Stripe."
        )
    admit(info, "read")
    context.fetched_intent = intent.pk
    details = (
        fetch_payable_details(intent)
        if isinstance(intent, StripePaymentIntent)
        else fetch_setup_details(intent)
    )
    context.client_secrets[intent.pk] = details.client_secret
    context.next_actions[intent.pk] = details.next_action


def _as_next_action(next_action: Mapping[str, Any] | None) -> NextAction | None:
    if not next_action:
        return None
    redirect = next_action.get("redirect_to_url") or {}
    return NextAction(
        type=str(next_action.get("type", "")),
        redirect_url=redirect.get("url"),
        details=JSON(next_action),
    )
