"""The client secret and the next action. Only Stripe stores them; they are read on demand.

They belong to one payment or setup intent and are shown to its owner where a single object is
requested: in `paymentIntent`, `setupIntent`, `operation` and the payloads. In a list, each row
would cost a call to Stripe and reveal secrets that nobody needs, so they are rejected there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from payments_graphql.errors import InvalidStateError
from payments_graphql.models import StripePaymentIntent, StripeSetupIntent
from payments_graphql.next_actions import read_next_action
from payments_graphql.services.payment_intents import fetch_payable_details
from payments_graphql.services.setup_intents import fetch_setup_details

from ..engine.admission import admit
from ..engine.context import BadInputError, Info, get_context, get_user
from .sight import is_own

type Intent = StripePaymentIntent | StripeSetupIntent


@dataclass
class _Kept:
    """The data that this request has from Stripe, by payment or setup intent. It is never
    stored."""

    client_secrets: dict[UUID, str] = field(default_factory=dict, repr=False)
    next_actions: dict[UUID, Mapping[str, Any] | None] = field(default_factory=dict, repr=False)
    has_fetched: bool = False


@strawberry.type(description="The customer's next step.")
class NextAction:
    type: str = strawberry.field(
        description="The type, by Stripe's name. `use_stripe_sdk`: 3-D Secure. `redirect_to_url`: "
        "another page. `boleto_display_details` and similar: a voucher. "
        "`display_bank_transfer_instructions`: a bank transfer. `verify_with_microdeposits`: "
        "verifying a bank account."
    )
    redirect_url: str | None = strawberry.field(
        description="The page to which to redirect the customer, for `redirect_to_url`."
    )
    hosted_url: str | None = strawberry.field(
        description="Stripe's page with the voucher, the bank transfer instructions or the "
        "micro-deposit form. Anyone with this URL can see the payment: keep it private."
    )
    number: str | None = strawberry.field(
        description="The number of the voucher, or the reference of the bank transfer."
    )
    expires_at: datetime | None = strawberry.field(
        description="The customer's deadline. Null if there is none."
    )
    details: JSON = strawberry.field(
        description="Stripe's complete `next_action` object. With Stripe.js you do not need it: "
        "call `stripe.handleNextAction({clientSecret})`."
    )


def get_client_secret(info: Info, intent: Intent) -> str | None:
    if not _is_open(intent) or not _is_shown(info, intent):
        return None
    secrets = get_context(info).get_part(_Kept).client_secrets
    if intent.pk not in secrets and not _fetch(info, intent):
        return None
    return secrets[intent.pk] or None


def get_next_action(info: Info, intent: Intent) -> NextAction | None:
    if intent.status != "requires_action" or not _is_shown(info, intent):
        return None
    actions = get_context(info).get_part(_Kept).next_actions
    if intent.pk not in actions and not _fetch(info, intent):
        return None
    return _as_next_action(actions[intent.pk])


def keep_details(
    info: Info,
    intent: Intent,
    *,
    client_secret: str | None = None,
    next_action: Mapping[str, Any] | None = None,
) -> None:
    """Keeps data from a mutation, so that its payload need not read it again."""
    kept = get_context(info).get_part(_Kept)
    if client_secret is not None:
        kept.client_secrets[intent.pk] = client_secret
    if next_action is not None:
        kept.next_actions[intent.pk] = next_action


def _is_open(intent: Intent) -> bool:
    return intent.is_payable if isinstance(intent, StripePaymentIntent) else intent.is_confirmable


def _is_shown(info: Info, intent: Intent) -> bool:
    """Staff can see other users' payments, but not the data for the customer's page."""
    if get_context(info).watch is not None:
        # Every change would cause a call to Stripe for every subscriber.
        raise BadInputError(
            f"`{info.field_name}` is not available in a subscription. Query `paymentIntent` when "
            "the status requires it."
        )
    if any(isinstance(key, int) for key in info.path.as_list()):
        raise BadInputError(
            f"`{info.field_name}` is not available in a list. Query one payment with "
            "`paymentIntent`."
        )
    return is_own(get_user(info), intent)


def _fetch(info: Info, intent: Intent) -> bool:
    """Returns False for an outdated open payment, such as one whose booking has moved."""
    kept = get_context(info).get_part(_Kept)
    if kept.has_fetched:
        raise BadInputError(
            f"`{info.field_name}` is available for one payment or setup intent per request, "
            "because it requires a call to Stripe."
        )
    admit(info, "read")
    kept.has_fetched = True
    try:
        details = (
            fetch_payable_details(intent)
            if isinstance(intent, StripePaymentIntent)
            else fetch_setup_details(intent)
        )
    except InvalidStateError:
        return False
    kept.client_secrets[intent.pk] = details.client_secret
    kept.next_actions[intent.pk] = details.next_action
    return True


def _as_next_action(next_action: Mapping[str, Any] | None) -> NextAction | None:
    if not next_action:
        return None
    read = read_next_action(next_action)
    return NextAction(
        type=read.type,
        redirect_url=read.redirect_url,
        hosted_url=read.hosted_url,
        number=read.number,
        expires_at=read.expires_at,
        details=JSON(next_action),
    )
