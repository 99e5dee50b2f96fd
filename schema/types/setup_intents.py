from datetime import datetime
from typing import Annotated

import strawberry
import strawberry_django

from payments_graphql.models import SetupIntentStatus, SetupIntentUsage, StripeSetupIntent
from payments_graphql.services import setup_intents as service

from ..engine.admission import admit
from ..engine.context import Info, get_user
from ..engine.enums import describe_enum
from ..engine.errors import PaymentError
from ..engine.nodes import Node
from ..engine.object_types import object_type
from ..engine.payloads import Given, errors_into, refuse_unstorable_text
from ..engine.visibility import Scope, ScopeArgument, find_visible
from .history import has_more_history_field, history_field
from .last_errors import LastSetupError
from .payable_details import NextAction, get_client_secret, get_next_action, keep_details
from .payment_methods import PaymentMethod
from .sight import show_method

describe_enum(
    SetupIntentStatus,
    "Where the saving of a card stands. "
    "See https://docs.stripe.com/payments/paymentintents/lifecycle?intent=setup",
    {
        "REQUIRES_PAYMENT_METHOD": "It waits for a card, or the last card was declined.",
        "REQUIRES_CONFIRMATION": "It has a card and waits to be confirmed.",
        "REQUIRES_ACTION": "The customer must do something: 3-D Secure, or verify the account.",
        "PROCESSING": "The bank is working on it, which can take days.",
        "SUCCEEDED": "The card is saved. Final.",
        "CANCELED": "It was given up. Final.",
        "UNKNOWN": "A status that Stripe added later.",
    },
)
describe_enum(
    SetupIntentUsage,
    "When a card that is saved will be charged.",
    {
        "OFF_SESSION": "Also while the customer is away: the bank is asked for that now.",
        "ON_SESSION": "Only while the customer is there.",
    },
)


@object_type(
    StripeSetupIntent,
    name="SetupIntent",
    description="A card that is saved without a payment. "
    "See https://docs.stripe.com/api/setup_intents",
    of_user=StripeSetupIntent.objects.for_user,
    of_everybody=lambda: StripeSetupIntent.objects.ours().accepted(),
)
class SetupIntent(Node):
    stripe_setup_intent_id: str = strawberry_django.field(
        description="Its id at Stripe: `seti_...`."
    )
    livemode: bool = strawberry_django.field(description="False in Stripe's test mode.")
    status: SetupIntentStatus = strawberry_django.field(description="Where it stands.")
    usage: SetupIntentUsage = strawberry_django.field(description="When the card will be charged.")
    created_at: datetime = strawberry_django.field(description="When it was made.")
    updated_at: datetime = strawberry_django.field(description="When it last changed here.")

    @strawberry_django.field(
        select_related=["payment_method"], description="The card that is or was to be saved."
    )
    def payment_method(
        self, root: strawberry.Parent[StripeSetupIntent], info: Info
    ) -> PaymentMethod | None:
        return show_method(info, root)  # type: ignore[return-value]

    @strawberry_django.field(
        description="Lets Stripe.js save the card. Only for its owner, while it is not saved, and "
        "for one in a request. Keep it out of logs and addresses.",
        select_related=["customer"],
    )
    def client_secret(self, root: strawberry.Parent[StripeSetupIntent], info: Info) -> str | None:
        return get_client_secret(info, root)

    @strawberry_django.field(
        select_related=["customer"],
        description="What the customer must do, while the status is REQUIRES_ACTION.",
    )
    def next_action(
        self, root: strawberry.Parent[StripeSetupIntent], info: Info
    ) -> NextAction | None:
        return get_next_action(info, root)

    @strawberry_django.field(description="Why the last attempt failed; null when none did.")
    def last_error(
        self, root: strawberry.Parent[StripeSetupIntent], info: Info
    ) -> LastSetupError | None:
        return LastSetupError.read(root.last_error, info)

    history = history_field()
    has_more_history = has_more_history_field()


@strawberry.input(description="What the card is to be saved for.")
class CreateSetupIntentInput:
    idempotency_key: str = strawberry.field(
        description="Your own key for this, 1 to 255 characters. Sent again, it gives the same "
        "setup intent instead of another."
    )
    usage: SetupIntentUsage | None = strawberry.field(
        default=SetupIntentUsage.OFF_SESSION, description="When the card will be charged."
    )


@strawberry.type(description="The result of `createSetupIntent`.")
class CreateSetupIntentPayload:
    setup_intent: SetupIntent | None = strawberry.field(
        default=None, description="The setup intent; null when none was made."
    )
    replayed: bool = strawberry.field(
        default=False, description="Was it made by an earlier request with the same key?"
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="Why it was not made; empty when it was."
    )


@strawberry.type
class SetupIntentQueries:
    @strawberry.field(description="One of your setup intents, or null.")
    def setup_intent(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The setup intent's `id`.")],
        scope: ScopeArgument = Scope.OWN,
    ) -> SetupIntent | None:
        found: SetupIntent | None = find_visible(info, SetupIntent, id, scope)
        return found


@strawberry.type
class SetupIntentMutations:
    @strawberry.mutation(
        description="Begin to save a card without a payment. Stripe.js saves it, with the "
        "`clientSecret`."
    )
    def create_setup_intent(
        self, info: Info, input: Given[CreateSetupIntentInput]
    ) -> CreateSetupIntentPayload:
        user = get_user(info)
        payload = CreateSetupIntentPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "setup")
            created = service.create_setup_intent(
                user=user,
                usage=input.usage or SetupIntentUsage.OFF_SESSION,
                idempotency_key=input.idempotency_key,
            )
            payload.setup_intent = created.setup_intent  # type: ignore[assignment]
            payload.replayed = created.replayed
            keep_details(info, created.setup_intent, client_secret=created.client_secret)
        return payload
