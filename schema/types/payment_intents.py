"""The payment as a type. Its queries are in `payment_intent_queries`, its mutations in
`payment_intent_mutations` and `payment_intent_updates`."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import strawberry
import strawberry_django
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from payments_graphql import money
from payments_graphql.errors import NotFoundError
from payments_graphql.models import (
    CaptureMethod,
    PaymentIntentStatus,
    StripePaymentIntent,
    StripeRefund,
)

from ..engine.context import Info
from ..engine.enums import describe_enum
from ..engine.lists import LONGEST_LIST
from ..engine.nodes import Node, find_by_id
from ..engine.object_types import object_type
from ..engine.optional_texts import optional_text
from .available_actions import AvailableAction, show_available_actions
from .bookings import Booking, fetch_payments_of_booking
from .customers import Customer
from .disputes import Dispute
from .history import has_more_history_field, history_field
from .last_errors import LastPaymentError
from .metadata import MetadataEntry
from .payable_details import NextAction, get_client_secret, get_next_action
from .payment_methods import PaymentMethod
from .refunds import Refund
from .sight import is_own, show_method, shows

describe_enum(
    PaymentIntentStatus,
    "Where a payment stands. See https://docs.stripe.com/payments/paymentintents/lifecycle",
    {
        "REQUIRES_PAYMENT_METHOD": "It waits for a card, or the last card was declined.",
        "REQUIRES_CONFIRMATION": "It has a card and waits to be confirmed.",
        "REQUIRES_ACTION": "The customer must do something: 3-D Secure in minutes, a voucher in "
        "days.",
        "PROCESSING": "The bank is working on it, for days with a bank debit. Not paid yet: it can "
        "still fail.",
        "REQUIRES_CAPTURE": "The amount is authorized and waits to be captured.",
        "SUCCEEDED": "The money was received. Final, but for refunds.",
        "CANCELED": "It was given up. Final.",
        "UNKNOWN": "A status that Stripe added later.",
    },
)
describe_enum(
    CaptureMethod,
    "When an authorized amount is taken.",
    {
        "AUTOMATIC": "At once.",
        "AUTOMATIC_ASYNC": "At once, by Stripe in the background.",
        "MANUAL": "When `capturePaymentIntent` is called.",
        "UNKNOWN": "In a way that Stripe added later. Not for creating payments.",
    },
)


@object_type(
    StripePaymentIntent,
    name="PaymentIntent",
    description="A payment. Amounts are in the major unit of its currency. "
    "See https://docs.stripe.com/api/payment_intents",
    of_user=StripePaymentIntent.objects.for_user,
    of_everybody=lambda: StripePaymentIntent.objects.ours().accepted(),
    needed_to_act={"id", "status", "version", "amount", "currency", "availableActions"},
)
class PaymentIntent(Node):
    stripe_payment_intent_id: str = strawberry_django.field(
        description="Its id at Stripe: `pi_...`."
    )
    livemode: bool = strawberry_django.field(description="False in Stripe's test mode.")
    version: int = strawberry_django.field(
        description="Rises with every change, to tell an older answer from a newer one."
    )
    status: PaymentIntentStatus = strawberry_django.field(description="Where it stands.")
    currency: str = strawberry_django.field(description="Upper-case code, such as `USD`.")
    description: str | None = optional_text(description="What it is for.")
    capture_method: CaptureMethod = strawberry_django.field(
        description="When the authorized amount is taken."
    )
    capture_before: datetime | None = strawberry_django.field(
        description="When the authorization expires, while it waits to be captured."
    )
    next_action_type: str | None = optional_text(
        description="Stripe's word for what the customer must do while the status is "
        "REQUIRES_ACTION, such as `use_stripe_sdk` or `boleto_display_details`; null otherwise."
    )
    next_action_expires_at: datetime | None = strawberry_django.field(
        description="Until when the customer can do it, such as a voucher's last moment; null "
        "without a deadline."
    )
    receipt_email: str | None = optional_text(
        description="Where Stripe sends the receipt; null for nowhere."
    )
    receipt_url: str | None = optional_text(
        description="Stripe's page with the receipt; null before the payment."
    )
    created_at: datetime = strawberry_django.field(description="When it was made.")
    updated_at: datetime = strawberry_django.field(description="When it last changed here.")

    @strawberry_django.field(
        select_related=["payment_method"],
        description="The card, or another way to pay, that it is or was paid with.",
    )
    def payment_method(
        self, root: strawberry.Parent[StripePaymentIntent], info: Info
    ) -> PaymentMethod | None:
        return show_method(info, root)  # type: ignore[return-value]

    @strawberry_django.field(
        select_related=["booking"],
        description="What it pays for; null when it pays for nothing, or for a booking that is "
        "somebody else's by now.",
    )
    def booking(self, root: strawberry.Parent[StripePaymentIntent], info: Info) -> Booking | None:
        booking = root.booking
        return booking if booking is not None and shows(info, booking) else None  # type: ignore[return-value]

    @strawberry_django.field(description="What is to be paid.")
    def amount(self, root: strawberry.Parent[StripePaymentIntent]) -> Decimal:
        return money.to_decimal(root.amount, root.currency)

    @strawberry_django.field(description="What was received.")
    def amount_received(self, root: strawberry.Parent[StripePaymentIntent]) -> Decimal:
        return money.to_decimal(root.amount_received, root.currency)

    @strawberry_django.field(description="What is authorized and can be captured.")
    def amount_capturable(self, root: strawberry.Parent[StripePaymentIntent]) -> Decimal:
        return money.to_decimal(root.amount_capturable, root.currency)

    @strawberry_django.field(
        prefetch_related=["refunds"],
        description="The refunded amount, including refunds in progress.",
    )
    def amount_refunded(self, root: strawberry.Parent[StripePaymentIntent]) -> Decimal:
        return money.to_decimal(root.amount_refunded, root.currency)

    @strawberry_django.field(
        prefetch_related=["refunds", "disputes"], description="What can still be given back."
    )
    def amount_refundable(self, root: strawberry.Parent[StripePaymentIntent]) -> Decimal:
        return money.to_decimal(root.amount_refundable, root.currency)

    @strawberry_django.field(
        select_related=["customer"],
        description="Lets Stripe.js take the payment. Only for its owner, while it can be paid, "
        "and not in a list: ask for one payment with `paymentIntent`, or take it from the payload. "
        "Keep it out of logs and addresses.",
    )
    def client_secret(self, root: strawberry.Parent[StripePaymentIntent], info: Info) -> str | None:
        return get_client_secret(info, root)

    @strawberry_django.field(
        select_related=["customer"],
        description="What the customer must do, while the status is REQUIRES_ACTION. Not in a "
        "list.",
    )
    def next_action(
        self, root: strawberry.Parent[StripePaymentIntent], info: Info
    ) -> NextAction | None:
        return get_next_action(info, root)

    @strawberry_django.field(description="Why the last attempt failed; null when none did.")
    def last_error(
        self, root: strawberry.Parent[StripePaymentIntent], info: Info
    ) -> LastPaymentError | None:
        return LastPaymentError.read(root.last_error, info)

    @strawberry_django.field(
        description="What you wrote on it when you made it: 50 entries at most, as Stripe allows."
    )
    def metadata(self, root: strawberry.Parent[StripePaymentIntent]) -> list[MetadataEntry]:
        return [MetadataEntry(key=key, value=value) for key, value in root.metadata.items()]

    @strawberry_django.field(
        select_related=["customer__user"],
        description="The payer. Null after the user was deleted.",
    )
    def customer(self, root: strawberry.Parent[StripePaymentIntent]) -> Customer | None:
        return root.customer.user  # type: ignore[return-value]

    @strawberry_django.field(
        select_related=["customer__user"],
        description="The username of the payer. Null after the user was deleted.",
    )
    def username(self, root: strawberry.Parent[StripePaymentIntent]) -> str | None:
        user = root.customer.user
        return None if user is None else user.get_username()

    @strawberry_django.field(
        select_related=["customer", "booking", "payment_method"],
        prefetch_related=[
            "refunds",
            "disputes",
            fetch_payments_of_booking,
            "booking__payment_intents__refunds",
            "booking__payment_intents__disputes",
        ],
        description="What can be done with it now, and whether you may: every action once, in the "
        "same order.",
    )
    def available_actions(
        self, root: strawberry.Parent[StripePaymentIntent], info: Info
    ) -> list[AvailableAction]:
        return show_available_actions(info, root)

    history = history_field("What happened to it, its refunds and its disputes")
    has_more_history = has_more_history_field()

    @strawberry_django.field(
        prefetch_related=["refunds"],
        description=f"What was given back, newest first: {LONGEST_LIST} at most. All are in the "
        "query `refunds` with the filter `paymentIntentId`.",
    )
    def refunds(self, root: strawberry.Parent[StripePaymentIntent]) -> list[Refund]:
        return _list_refunds(root)[:LONGEST_LIST]  # type: ignore[return-value]

    @strawberry_django.field(
        prefetch_related=["refunds"], description="Are there more than those in `refunds`?"
    )
    def has_more_refunds(self, root: strawberry.Parent[StripePaymentIntent]) -> bool:
        return len(_list_refunds(root)) > LONGEST_LIST

    @strawberry_django.field(
        prefetch_related=["disputes"],
        description="What the customer's bank took back or asks about, newest first: "
        f"{LONGEST_LIST} at most. All are in the query `disputes` with the filter "
        "`paymentIntentId`.",
    )
    def disputes(self, root: strawberry.Parent[StripePaymentIntent]) -> list[Dispute]:
        return list(root.disputes.all())[:LONGEST_LIST]  # type: ignore[return-value]

    @strawberry_django.field(
        prefetch_related=["disputes"], description="Are there more than those in `disputes`?"
    )
    def has_more_disputes(self, root: strawberry.Parent[StripePaymentIntent]) -> bool:
        return len(root.disputes.all()) > LONGEST_LIST


def _list_refunds(intent: StripePaymentIntent) -> list[StripeRefund]:
    """Those that Stripe has. Chosen here, not in the query, so that a prefetch serves."""
    return [refund for refund in intent.refunds.all() if refund.stripe_refund_id]


def get_payment_intent_to_act_on(
    user: AbstractBaseUser,
    global_id: str,
    may: Callable[[AbstractBaseUser, StripePaymentIntent], bool],
) -> StripePaymentIntent:
    """Your own, or anybody's for those whom `may`, a question of the policy's, lets do it. To all
    others it does not exist."""
    intents = StripePaymentIntent.objects.ours().accepted().select_related("customer")
    intent: StripePaymentIntent | None = find_by_id(intents, PaymentIntent, global_id)
    if intent is None or not (is_own(user, intent) or may(user, intent)):
        raise NotFoundError(_("No such payment intent."), path=("paymentIntentId",))
    return intent
