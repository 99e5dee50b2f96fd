"""The payment type. Its queries are in `payment_intent_queries`, its mutations in
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
from ..engine.kept_children import list_related
from ..engine.lists import LONGEST_LIST
from ..engine.nodes import Node, find_by_id
from ..engine.object_types import READ_ONCE, as_type, object_type
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
    "The status of a payment. See https://docs.stripe.com/payments/paymentintents/lifecycle",
    {
        "REQUIRES_PAYMENT_METHOD": "The payment needs a payment method, or the last one was "
        "declined.",
        "REQUIRES_CONFIRMATION": "The payment has a payment method and must be confirmed.",
        "REQUIRES_ACTION": "The customer must act, such as 3-D Secure (minutes) or paying a "
        "voucher (days).",
        "PROCESSING": "The bank is processing the payment, which can take days. It is not paid "
        "yet and can still fail.",
        "REQUIRES_CAPTURE": "The amount is authorized and must be captured.",
        "SUCCEEDED": "The payment succeeded. This status is final; refunds do not change it.",
        "CANCELED": "The payment was canceled. This status is final.",
        "UNKNOWN": "A status that Stripe added after this version was released.",
    },
)
describe_enum(
    CaptureMethod,
    "When an authorized amount is captured.",
    {
        "AUTOMATIC": "Immediately.",
        "AUTOMATIC_ASYNC": "Immediately, by Stripe in the background.",
        "MANUAL": "When `capturePaymentIntent` is called.",
        "UNKNOWN": "A capture method that Stripe added after this version was released. Not "
        "allowed for new payments.",
    },
)


@object_type(
    StripePaymentIntent,
    name="PaymentIntent",
    description="A payment. Amounts are in the major unit of the currency. See "
    "https://docs.stripe.com/api/payment_intents",
    of_user=StripePaymentIntent.objects.for_user,
    of_customers=StripePaymentIntent.objects.of_customers,
    of_everybody=lambda: StripePaymentIntent.objects.ours().accepted(),
    needed_to_act={"id", "status", "version", "amount", "currency", "availableActions"},
)
class PaymentIntent(Node):
    stripe_payment_intent_id: str = strawberry_django.field(
        description="The id at Stripe: `pi_...`."
    )
    livemode: bool = strawberry_django.field(
        description="Whether the object exists in Stripe's live mode. False in test mode."
    )
    version: int = strawberry_django.field(
        description="A number that grows with every change. Use it to ignore outdated responses."
    )
    status: PaymentIntentStatus = strawberry_django.field(description="The status of the payment.")
    currency: str = strawberry_django.field(
        description="The currency's upper-case code, such as `USD`."
    )
    description: str | None = optional_text(description="The description of the payment.")
    capture_method: CaptureMethod = strawberry_django.field(
        description="When the authorized amount is captured."
    )
    capture_before: datetime | None = strawberry_django.field(
        description="When the authorization expires. Null unless the payment must be captured."
    )
    next_action_type: str | None = optional_text(
        description="The type of the customer's next step, by Stripe's name, such as "
        "`use_stripe_sdk` or `boleto_display_details`. Null unless the status is REQUIRES_ACTION."
    )
    next_action_expires_at: datetime | None = strawberry_django.field(
        description="The deadline of the customer's next step, such as when a voucher expires. "
        "Null if there is none."
    )
    receipt_email: str | None = optional_text(
        description="The e-mail address for the receipt. Null if no receipt is sent."
    )
    receipt_url: str | None = optional_text(
        description="The URL of the receipt at Stripe. Null until the payment succeeds."
    )
    created_at: datetime = strawberry_django.field(description="When the payment was created.")
    updated_at: datetime = strawberry_django.field(
        description="When the object last changed on this site."
    )

    @strawberry_django.field(
        only=["payment_method"],
        select_related=["payment_method"],
        description="The payment method. Null until there is one.",
    )
    def payment_method(
        self, root: strawberry.Parent[StripePaymentIntent], info: Info
    ) -> PaymentMethod | None:
        return as_type(show_method(info, root))

    @strawberry_django.field(
        only=["booking"],
        select_related=["booking"],
        description="The booking that is paid. Null if there is none, or if it now belongs to "
        "another user.",
    )
    def booking(self, root: strawberry.Parent[StripePaymentIntent], info: Info) -> Booking | None:
        booking = root.booking
        return as_type(booking if booking is not None and shows(info, booking) else None)

    @strawberry_django.field(only=["amount", "currency"], description="The amount to pay.")
    def amount(self, root: strawberry.Parent[StripePaymentIntent]) -> Decimal:
        return money.to_decimal(root.amount, root.currency)

    @strawberry_django.field(
        only=["amount_received", "currency"], description="The amount received."
    )
    def amount_received(self, root: strawberry.Parent[StripePaymentIntent]) -> Decimal:
        return money.to_decimal(root.amount_received, root.currency)

    @strawberry_django.field(
        only=["amount_capturable", "currency"],
        description="The authorized amount that can be captured.",
    )
    def amount_capturable(self, root: strawberry.Parent[StripePaymentIntent]) -> Decimal:
        return money.to_decimal(root.amount_capturable, root.currency)

    @strawberry_django.field(
        prefetch_related=["refunds"],
        description="The amount refunded, including refunds in progress.",
    )
    def amount_refunded(self, root: strawberry.Parent[StripePaymentIntent]) -> Decimal:
        return money.to_decimal(root.amount_refunded, root.currency)

    @strawberry_django.field(
        prefetch_related=["refunds", "disputes"],
        description="The amount that can still be refunded.",
    )
    def amount_refundable(self, root: strawberry.Parent[StripePaymentIntent]) -> Decimal:
        return money.to_decimal(root.amount_refundable, root.currency)

    @strawberry_django.field(
        select_related=["customer"],
        description="The secret with which Stripe.js confirms the payment. Null unless you own "
        "the payment and it can be paid. Not available in lists. Never log it or put it in a URL.",
        metadata=READ_ONCE,
    )
    def client_secret(self, root: strawberry.Parent[StripePaymentIntent], info: Info) -> str | None:
        return get_client_secret(info, root)

    @strawberry_django.field(
        select_related=["customer"],
        description="The customer's next step. Null unless the status is REQUIRES_ACTION. Not "
        "available in lists.",
        metadata=READ_ONCE,
    )
    def next_action(
        self, root: strawberry.Parent[StripePaymentIntent], info: Info
    ) -> NextAction | None:
        return get_next_action(info, root)

    @strawberry_django.field(
        only=["last_error"], description="Why the last attempt failed. Null if it did not fail."
    )
    def last_error(
        self, root: strawberry.Parent[StripePaymentIntent], info: Info
    ) -> LastPaymentError | None:
        return LastPaymentError.read(root.last_error, info)

    @strawberry_django.field(
        only=["metadata"], description="The metadata given with the payment, at most 50 entries."
    )
    def metadata(self, root: strawberry.Parent[StripePaymentIntent]) -> list[MetadataEntry]:
        return [MetadataEntry(key=key, value=value) for key, value in root.metadata.items()]

    @strawberry_django.field(
        only=["customer"],
        select_related=["customer__user"],
        description="The customer who pays. Null if the user was deleted.",
    )
    def customer(self, root: strawberry.Parent[StripePaymentIntent]) -> Customer | None:
        return as_type(root.customer.user)

    @strawberry_django.field(
        only=["customer"],
        select_related=["customer__user"],
        description="The username of the customer. Null if the user was deleted.",
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
        description="All actions, always in the same order, and whether you may perform each of "
        "them now.",
    )
    def available_actions(
        self, root: strawberry.Parent[StripePaymentIntent], info: Info
    ) -> list[AvailableAction]:
        return show_available_actions(info, root)

    history = history_field("The status changes of the payment, its refunds and its disputes")
    has_more_history = has_more_history_field()

    @strawberry_django.field(
        only=["id"],
        prefetch_related=["refunds"],
        description=f"The refunds of the payment, newest first, at most {LONGEST_LIST}. For all "
        "refunds, use the query `refunds` with the filter `paymentIntentId`.",
    )
    def refunds(self, root: strawberry.Parent[StripePaymentIntent]) -> list[Refund]:
        return as_type(_list_refunds(root)[:LONGEST_LIST])

    @strawberry_django.field(
        only=["id"],
        prefetch_related=["refunds"],
        description="Whether there are more refunds than `refunds` returns.",
    )
    def has_more_refunds(self, root: strawberry.Parent[StripePaymentIntent]) -> bool:
        return len(_list_refunds(root)) > LONGEST_LIST

    @strawberry_django.field(
        only=["id"],
        prefetch_related=["disputes"],
        description=f"The disputes of the payment, newest first, at most {LONGEST_LIST}. For all "
        "disputes, use the query `disputes` with the filter `paymentIntentId`.",
    )
    def disputes(self, root: strawberry.Parent[StripePaymentIntent]) -> list[Dispute]:
        return as_type(list(list_related(root, "disputes")[:LONGEST_LIST]))

    @strawberry_django.field(
        only=["id"],
        prefetch_related=["disputes"],
        description="Whether there are more disputes than `disputes` returns.",
    )
    def has_more_disputes(self, root: strawberry.Parent[StripePaymentIntent]) -> bool:
        return len(list_related(root, "disputes")) > LONGEST_LIST


def _list_refunds(intent: StripePaymentIntent) -> list[StripeRefund]:
    """The refunds that Stripe has accepted. Filtered in Python, so that a prefetch can be used."""
    return [refund for refund in list_related(intent, "refunds") if refund.stripe_refund_id]


def get_payment_intent_to_act_on(
    user: AbstractBaseUser,
    global_id: str,
    may: Callable[[AbstractBaseUser, StripePaymentIntent], bool],
) -> StripePaymentIntent:
    """Your own payment, or anyone's if `may`, a method of the policy, allows the action. To others
    it looks as if it did not exist."""
    intents = StripePaymentIntent.objects.ours().accepted().select_related("customer")
    intent: StripePaymentIntent | None = find_by_id(intents, PaymentIntent, global_id)
    if intent is None or not (is_own(user, intent) or may(user, intent)):
        raise NotFoundError(_("There is no such payment."), path=("paymentIntentId",))
    return intent
