from decimal import Decimal
from enum import Enum

import strawberry
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from payments_graphql.conf import conf
from payments_graphql.errors import PaymentError as PaymentsError
from payments_graphql.errors import ValidationError
from payments_graphql.models import CaptureMethod, StripePaymentIntent, StripePaymentMethod
from payments_graphql.policy import get_policy, require
from payments_graphql.services import payment_intents as service
from payments_graphql.services.payment_intents import ConfirmedPaymentIntent, CreatedPaymentIntent

from ..engine.admission import admit
from ..engine.context import Info, get_user
from ..engine.errors import PaymentError
from ..engine.payloads import Given, errors_into, refuse_unstorable_text
from .bookings import get_booking
from .metadata import MetadataEntryInput, as_dict
from .payable_details import NextAction, get_next_action, keep_details
from .payment_intents import PaymentIntent, get_payment_intent_to_act_on
from .payment_methods import get_payment_method, get_payment_method_of_payer
from .sight import refuse_to_show


@strawberry.enum(description="Why a payment is given up.")
class CancellationReason(Enum):
    DUPLICATE = strawberry.enum_value("duplicate", description="It was made twice.")
    FRAUDULENT = strawberry.enum_value("fraudulent", description="It looks like fraud.")
    REQUESTED_BY_CUSTOMER = strawberry.enum_value(
        "requested_by_customer", description="The customer changed their mind."
    )
    ABANDONED = strawberry.enum_value("abandoned", description="The customer went away.")


@strawberry.input(
    description="What to pay. A booking names the price; without one, amount and currency do, "
    "where the site allows it."
)
class CreatePaymentIntentInput:
    idempotency_key: str = strawberry.field(
        description="Your own key for this payment, 1 to 255 characters, such as a UUID: "
        '`"0b8f4a3e-93b5-4c86-a0c8-5b1f4f3d2c11"`. Sent again, it gives the same payment instead '
        "of another."
    )
    amount: Decimal | None = strawberry.field(
        default=None,
        description='How much, in the major unit: `"99.99"`. All that is due by default, with a '
        "booking.",
    )
    currency: str | None = strawberry.field(
        default=None, description="Three letters, such as `USD`. The booking's by default."
    )
    booking_id: strawberry.ID | None = strawberry.field(
        default=None, description="What is paid for, by its `id`."
    )
    partial: bool | None = strawberry.field(
        default=False, description="May `amount` be less than is due for the booking?"
    )
    description: str | None = strawberry.field(
        default=None, description="What it is for. The booking's by default."
    )
    save_payment_method: bool | None = strawberry.field(
        default=False, description="Save the card for later payments, once this one is made?"
    )
    payment_method_id: strawberry.ID | None = strawberry.field(
        default=None, description="A saved method to pay with, by its `id`."
    )
    receipt_email: str | None = strawberry.field(
        default=None, description="Where Stripe sends the receipt. Your own address by default."
    )
    metadata: list[MetadataEntryInput] | None = strawberry.field(
        default=None, description="What else to write on it: 40 entries at most."
    )
    capture_method: CaptureMethod | None = strawberry.field(
        default=None,
        description="When the money is taken: AUTOMATIC by default. Needs a permission.",
    )


@strawberry.input(
    description="Which payment to charge, and with what. Without a method, the one it already has."
)
class ConfirmPaymentIntentInput:
    payment_intent_id: strawberry.ID = strawberry.field(description="The payment's `id`.")
    payment_method_id: strawberry.ID | None = strawberry.field(
        default=None, description="A saved method, by its `id`."
    )
    stripe_payment_method_id: str | None = strawberry.field(
        default=None,
        description="A method that Stripe.js made, `pm_...`, or one of Stripe's for tests, such as "
        "`pm_card_visa`. Never a card number.",
    )
    return_url: str | None = strawberry.field(
        default=None, description="Where the bank's page leads back to: a page of this site."
    )
    off_session: bool | None = strawberry.field(
        default=False,
        description="Charge a saved method while the customer is away? Needs a permission, which "
        "reaches anybody's payment. Where the bank wants the customer, the error is a `CardError` "
        "with the code AUTHENTICATION_REQUIRED.",
    )


@strawberry.input(description="Which authorized payment to take.")
class CapturePaymentIntentInput:
    payment_intent_id: strawberry.ID = strawberry.field(description="The payment's `id`.")
    amount: Decimal | None = strawberry.field(
        default=None,
        description='How much, in the major unit: `"99.99"`; the rest is released. All of it by '
        "default.",
    )


@strawberry.input(description="Which payment to give up.")
class CancelPaymentIntentInput:
    payment_intent_id: strawberry.ID = strawberry.field(description="The payment's `id`.")
    reason: CancellationReason | None = strawberry.field(
        default=None, description="Why, as Stripe records it."
    )


@strawberry.type(description="The result of `createPaymentIntent`.")
class CreatePaymentIntentPayload:
    payment_intent: PaymentIntent | None = strawberry.field(
        default=None, description="The payment; null when none was made."
    )
    replayed: bool = strawberry.field(
        default=False,
        description="Was it made by an earlier request: with the same key, or for the same "
        "booking?",
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="Why it was not made; empty when it was."
    )


@strawberry.type(description="The result of `confirmPaymentIntent`.")
class ConfirmPaymentIntentPayload:
    payment_intent: PaymentIntent | None = strawberry.field(
        default=None, description="The payment. Null if you have no such payment."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="Why it was not charged; empty when nothing is wrong."
    )

    @strawberry.field(description="What the customer must do first, such as 3-D Secure.")
    def next_action(self, info: Info) -> NextAction | None:
        intent = self.payment_intent
        return get_next_action(info, intent) if intent else None  # type: ignore[arg-type]


@strawberry.type(description="The result of `capturePaymentIntent`.")
class CapturePaymentIntentPayload:
    payment_intent: PaymentIntent | None = strawberry.field(
        default=None, description="The payment. Null if you have no such payment."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="Why it was not captured; empty when it was."
    )


@strawberry.type(description="The result of `cancelPaymentIntent`.")
class CancelPaymentIntentPayload:
    payment_intent: PaymentIntent | None = strawberry.field(
        default=None, description="The payment. Null if you have no such payment."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="Why it was not canceled; empty when it was."
    )


@strawberry.type
class PaymentIntentMutations:
    @strawberry.mutation(
        description="Begin a payment. It is charged by Stripe.js with the `clientSecret`, or by "
        "`confirmPaymentIntent`."
    )
    def create_payment_intent(
        self, info: Info, input: Given[CreatePaymentIntentInput]
    ) -> CreatePaymentIntentPayload:
        user = get_user(info)
        payload = CreatePaymentIntentPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "create")
            created = _create(user, input)
            payload.payment_intent = created.payment_intent  # type: ignore[assignment]
            payload.replayed = created.replayed
            keep_details(info, created.payment_intent, client_secret=created.client_secret)
        return payload

    @strawberry.mutation(
        description="Charge a payment from the server. A decline is an error in the payload and "
        "leaves the payment payable."
    )
    def confirm_payment_intent(
        self, info: Info, input: Given[ConfirmPaymentIntentInput]
    ) -> ConfirmPaymentIntentPayload:
        user = get_user(info)
        payload = ConfirmPaymentIntentPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "confirm")
            policy = get_policy()
            may = policy.may_charge_off_session if input.off_session else policy.may_confirm
            intent = get_payment_intent_to_act_on(user, input.payment_intent_id, may)
            refuse_to_show(info, intent)
            payload.payment_intent = intent  # type: ignore[assignment]
            confirmed = _confirm(user, intent, input)
            keep_details(info, intent, next_action=confirmed.next_action)
        return payload

    @strawberry.mutation(description="Take an authorized amount. Needs a permission.")
    def capture_payment_intent(
        self, info: Info, input: Given[CapturePaymentIntentInput]
    ) -> CapturePaymentIntentPayload:
        user = get_user(info)
        payload = CapturePaymentIntentPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "change")
            may = get_policy().may_capture
            intent = get_payment_intent_to_act_on(user, input.payment_intent_id, may)
            refuse_to_show(info, intent)
            payload.payment_intent = intent  # type: ignore[assignment]
            service.capture_payment_intent(payment_intent=intent, amount=input.amount, user=user)
        return payload

    @strawberry.mutation(
        description="Give up a payment that was not made. Once it is authorized that needs a "
        "permission."
    )
    def cancel_payment_intent(
        self, info: Info, input: Given[CancelPaymentIntentInput]
    ) -> CancelPaymentIntentPayload:
        user = get_user(info)
        payload = CancelPaymentIntentPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "change")
            may = get_policy().may_cancel
            intent = get_payment_intent_to_act_on(user, input.payment_intent_id, may)
            refuse_to_show(info, intent)
            payload.payment_intent = intent  # type: ignore[assignment]
            reason = str(input.reason.value) if input.reason else ""
            service.cancel_payment_intent(payment_intent=intent, reason=reason, user=user)
        return payload


def _create(user: AbstractBaseUser, input: CreatePaymentIntentInput) -> CreatedPaymentIntent:
    if input.booking_id is None and not conf.PAYMENTS_ALLOW_FREE_AMOUNT:
        raise ValidationError(_("Give the booking that is paid for."), path=("bookingId",))
    if input.capture_method is not None:
        allowed = get_policy().may_set_capture_method(user)
        denial = _("You are not allowed to set the capture method.")
        require(allowed, denial, path=("captureMethod",))
    booking_id, method_id = input.booking_id, input.payment_method_id
    booking = None if booking_id is None else get_booking(user, booking_id)
    return service.create_payment_intent(
        user=user,
        amount=input.amount,
        currency=input.currency,
        booking=booking,
        partial=bool(input.partial),
        description=input.description or "",
        save_payment_method=bool(input.save_payment_method),
        payment_method=None if method_id is None else get_payment_method(user, method_id),
        receipt_email=input.receipt_email,
        metadata=as_dict(input.metadata or []),
        capture_method=input.capture_method or CaptureMethod.AUTOMATIC,
        idempotency_key=input.idempotency_key,
        details=get_policy().describe_payment(user, booking),
    )


def _confirm(
    user: AbstractBaseUser, intent: StripePaymentIntent, input: ConfirmPaymentIntentInput
) -> ConfirmedPaymentIntent:
    method: StripePaymentMethod | str | None = input.stripe_payment_method_id
    if input.payment_method_id is not None:
        if method is not None:
            raise ValidationError(
                _("Give a saved method or one of Stripe.js, not both."),
                path=("stripePaymentMethodId",),
            )
        method = get_payment_method_of_payer(intent, input.payment_method_id)
    try:
        return service.confirm_payment_intent(
            payment_intent=intent,
            payment_method=method,
            return_url=input.return_url or "",
            off_session=bool(input.off_session),
            user=user,
        )
    except PaymentsError as error:
        # The service knows one parameter; here it is two fields.
        if error.path == ("paymentMethodId",) and input.stripe_payment_method_id is not None:
            error.path = ("stripePaymentMethodId",)
        raise
