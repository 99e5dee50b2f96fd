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
from ..engine.object_types import READ_ONCE, as_type, object_type
from ..engine.payloads import Given, errors_into, refuse_unstorable_text
from ..engine.visibility import Scope, ScopeArgument, find_shown
from .history import has_more_history_field, history_field
from .last_errors import LastSetupError
from .payable_details import NextAction, get_client_secret, get_next_action, keep_details
from .payment_methods import PaymentMethod
from .sight import show_method

describe_enum(
    SetupIntentStatus,
    "The status of a setup intent. See "
    "https://docs.stripe.com/payments/paymentintents/lifecycle?intent=setup",
    {
        "REQUIRES_PAYMENT_METHOD": "The setup intent needs a payment method, or the last one was "
        "declined.",
        "REQUIRES_CONFIRMATION": "The setup intent has a payment method and must be confirmed.",
        "REQUIRES_ACTION": "The customer must act, such as 3-D Secure or verifying a bank account.",
        "PROCESSING": "The bank is processing the setup, which can take days.",
        "SUCCEEDED": "The payment method is saved. This status is final.",
        "CANCELED": "The setup intent was canceled. This status is final.",
        "UNKNOWN": "A status that Stripe added after this version was released.",
    },
)
describe_enum(
    SetupIntentUsage,
    "When a saved card will be charged.",
    {
        "OFF_SESSION": "Also while the customer is away. The bank is asked to allow this now.",
        "ON_SESSION": "Only while the customer is present.",
    },
)


@object_type(
    StripeSetupIntent,
    name="SetupIntent",
    description="A setup intent: it saves a card without a payment. See "
    "https://docs.stripe.com/api/setup_intents",
    of_user=StripeSetupIntent.objects.for_user,
    of_customers=StripeSetupIntent.objects.of_customers,
    of_everybody=lambda: StripeSetupIntent.objects.ours().accepted(),
)
class SetupIntent(Node):
    stripe_setup_intent_id: str = strawberry_django.field(
        description="The id at Stripe: `seti_...`."
    )
    livemode: bool = strawberry_django.field(
        description="Whether the object exists in Stripe's live mode. False in test mode."
    )
    status: SetupIntentStatus = strawberry_django.field(
        description="The status of the setup intent."
    )
    usage: SetupIntentUsage = strawberry_django.field(description="When the card will be charged.")
    created_at: datetime = strawberry_django.field(description="When the setup intent was created.")
    updated_at: datetime = strawberry_django.field(
        description="When the object last changed on this site."
    )

    @strawberry_django.field(
        only=["payment_method"],
        select_related=["payment_method"],
        description="The payment method to save. Null until there is one.",
    )
    def payment_method(
        self, root: strawberry.Parent[StripeSetupIntent], info: Info
    ) -> PaymentMethod | None:
        return as_type(show_method(info, root))

    @strawberry_django.field(
        description="The secret with which Stripe.js saves the card. Null unless you own the "
        "setup intent and it is not finished. Available for one setup intent per request. Never "
        "log it or put it in a URL.",
        select_related=["customer"],
        metadata=READ_ONCE,
    )
    def client_secret(self, root: strawberry.Parent[StripeSetupIntent], info: Info) -> str | None:
        return get_client_secret(info, root)

    @strawberry_django.field(
        select_related=["customer"],
        description="The customer's next step. Null unless the status is REQUIRES_ACTION.",
        metadata=READ_ONCE,
    )
    def next_action(
        self, root: strawberry.Parent[StripeSetupIntent], info: Info
    ) -> NextAction | None:
        return get_next_action(info, root)

    @strawberry_django.field(
        only=["last_error"], description="Why the last attempt failed. Null if it did not fail."
    )
    def last_error(
        self, root: strawberry.Parent[StripeSetupIntent], info: Info
    ) -> LastSetupError | None:
        return LastSetupError.read(root.last_error, info)

    history = history_field()
    has_more_history = has_more_history_field()


@strawberry.input(description="The setup intent to create.")
class CreateSetupIntentInput:
    idempotency_key: str = strawberry.field(
        description="Your unique key for this request, 1 to 255 characters. A retry with the same "
        "key returns the same setup intent and does not create another."
    )
    usage: SetupIntentUsage | None = strawberry.field(
        default=SetupIntentUsage.OFF_SESSION, description="When the card will be charged."
    )


@strawberry.type(description="The result of `createSetupIntent`.")
class CreateSetupIntentPayload:
    setup_intent: SetupIntent | None = strawberry.field(
        default=None, description="The setup intent. Null if it was not created."
    )
    replayed: bool = strawberry.field(
        default=False, description="Whether an earlier request with the same key created it."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="The errors. Empty if the setup intent was created."
    )


@strawberry.type
class SetupIntentQueries:
    @strawberry.field(
        description="Returns a setup intent by its `id`. Null if you have no such setup intent."
    )
    def setup_intent(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID, strawberry.argument(description="The `id` of the setup intent.")
        ],
        scope: ScopeArgument = Scope.OWN,
    ) -> SetupIntent | None:
        found: SetupIntent | None = find_shown(info, SetupIntent, id, scope)
        return found


@strawberry.type
class SetupIntentMutations:
    @strawberry.mutation(
        description="Creates a setup intent, to save a card without a payment. Then save the card "
        "with Stripe.js and the `clientSecret`."
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
            payload.setup_intent = as_type(created.setup_intent)
            payload.replayed = created.replayed
            keep_details(info, created.setup_intent, client_secret=created.client_secret)
        return payload
