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
from ..engine.object_types import as_type
from ..engine.payloads import Given, errors_into, refuse_unstorable_text
from .bookings import get_booking
from .metadata import MetadataEntryInput, as_dict
from .payable_details import NextAction, get_next_action, keep_details
from .payment_intents import PaymentIntent, get_payment_intent_to_act_on
from .payment_methods import get_payment_method, get_payment_method_of_payer
from .sight import refuse_to_show


@strawberry.enum(description="Why a payment is canceled.")
class CancellationReason(Enum):
    DUPLICATE = strawberry.enum_value("duplicate", description="The payment is a duplicate.")
    FRAUDULENT = strawberry.enum_value("fraudulent", description="The payment looks fraudulent.")
    REQUESTED_BY_CUSTOMER = strawberry.enum_value(
        "requested_by_customer", description="The customer changed their mind."
    )
    ABANDONED = strawberry.enum_value("abandoned", description="The customer left without paying.")


@strawberry.input(
    description="The payment to create. Give a booking, which sets the price, or an amount and a "
    "currency if the site allows it."
)
class CreatePaymentIntentInput:
    idempotency_key: str = strawberry.field(
        description="Your unique key for this request, 1 to 255 characters, such as a UUID: "
        '`"0b8f4a3e-93b5-4c86-a0c8-5b1f4f3d2c11"`. A retry with the same key returns the same '
        "payment and does not create another."
    )
    amount: Decimal | None = strawberry.field(
        default=None,
        description='The amount, in the major unit: `"99.99"`. Required without a booking. '
        "Default with a booking: the amount due.",
    )
    currency: str | None = strawberry.field(
        default=None,
        description="The three-letter currency code, such as `USD`. Required without a booking. "
        "Default: the booking's currency.",
    )
    booking_id: strawberry.ID | None = strawberry.field(
        default=None, description="The `id` of the booking to pay."
    )
    partial: bool | None = strawberry.field(
        default=False,
        description="Whether `amount` may be less than the amount due for the booking.",
    )
    description: str | None = strawberry.field(
        default=None,
        description="The description of the payment. Default: the booking's description.",
    )
    save_payment_method: bool | None = strawberry.field(
        default=False, description="Whether to save the payment method for later payments."
    )
    payment_method_id: strawberry.ID | None = strawberry.field(
        default=None, description="The `id` of a saved payment method to use."
    )
    receipt_email: str | None = strawberry.field(
        default=None, description="The e-mail address for the receipt. Default: your own."
    )
    metadata: list[MetadataEntryInput] | None = strawberry.field(
        default=None, description="Your own data for the payment, at most 40 entries."
    )
    capture_method: CaptureMethod | None = strawberry.field(
        default=None,
        description="When the money is captured. Default: AUTOMATIC. Requires the permission "
        "`payments_graphql.capture_payment`.",
    )


@strawberry.input(
    description="The payment to confirm, and the payment method to charge. Default: the method "
    "that the payment already has."
)
class ConfirmPaymentIntentInput:
    payment_intent_id: strawberry.ID = strawberry.field(description="The `id` of the payment.")
    payment_method_id: strawberry.ID | None = strawberry.field(
        default=None, description="The `id` of a saved payment method."
    )
    stripe_payment_method_id: str | None = strawberry.field(
        default=None,
        description="The Stripe id of a payment method created by Stripe.js (`pm_...`), or of a "
        "test method such as `pm_card_visa`. Never send a card number.",
    )
    return_url: str | None = strawberry.field(
        default=None,
        description="The page to which the bank returns the customer. It must belong to this site.",
    )
    off_session: bool | None = strawberry.field(
        default=False,
        description="Whether to charge a saved method while the customer is away. Requires the "
        "permission `payments_graphql.charge_saved_card`, which applies to the payments "
        "of all customers. If the bank requires the customer, fails with a `CardError` with the "
        "code AUTHENTICATION_REQUIRED.",
    )


@strawberry.input(description="The authorized payment to capture.")
class CapturePaymentIntentInput:
    payment_intent_id: strawberry.ID = strawberry.field(description="The `id` of the payment.")
    amount: Decimal | None = strawberry.field(
        default=None,
        description='The amount to capture, in the major unit: `"99.99"`. The rest is released. '
        "Default: the full amount.",
    )


@strawberry.input(description="The payment to cancel.")
class CancelPaymentIntentInput:
    payment_intent_id: strawberry.ID = strawberry.field(description="The `id` of the payment.")
    reason: CancellationReason | None = strawberry.field(
        default=None, description="The reason, recorded at Stripe."
    )


@strawberry.type(description="The result of `createPaymentIntent`.")
class CreatePaymentIntentPayload:
    payment_intent: PaymentIntent | None = strawberry.field(
        default=None, description="The payment. Null if it was not created."
    )
    replayed: bool = strawberry.field(
        default=False,
        description="Whether an earlier request created the payment: with the same key, or for "
        "the same booking.",
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="The errors. Empty if the payment was created."
    )


@strawberry.type(description="The result of `confirmPaymentIntent`.")
class ConfirmPaymentIntentPayload:
    payment_intent: PaymentIntent | None = strawberry.field(
        default=None, description="The payment. Null if you have no such payment."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="The errors. Empty if the payment was confirmed."
    )

    @strawberry.field(
        description="The customer's next step, such as 3-D Secure. Null if there is none."
    )
    def next_action(self, info: Info) -> NextAction | None:
        intent = self.payment_intent
        return get_next_action(info, intent) if intent else None  # type: ignore[arg-type]  # its row: see as_type


@strawberry.type(description="The result of `capturePaymentIntent`.")
class CapturePaymentIntentPayload:
    payment_intent: PaymentIntent | None = strawberry.field(
        default=None, description="The payment. Null if you have no such payment."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="The errors. Empty if the payment was captured."
    )


@strawberry.type(description="The result of `cancelPaymentIntent`.")
class CancelPaymentIntentPayload:
    payment_intent: PaymentIntent | None = strawberry.field(
        default=None, description="The payment. Null if you have no such payment."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="The errors. Empty if the payment was canceled."
    )


@strawberry.type
class PaymentIntentMutations:
    @strawberry.mutation(
        description="Creates a payment. Then charge it with Stripe.js and the `clientSecret`, or "
        "with `confirmPaymentIntent`."
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
            payload.payment_intent = as_type(created.payment_intent)
            payload.replayed = created.replayed
            keep_details(info, created.payment_intent, client_secret=created.client_secret)
        return payload

    @strawberry.mutation(
        description="Confirms a payment on the server: charges the payment method. A decline is "
        "returned in `errors`, and the payment can be tried again."
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
            payload.payment_intent = as_type(intent)
            confirmed = _confirm(user, intent, input)
            keep_details(info, intent, next_action=confirmed.next_action)
        return payload

    @strawberry.mutation(
        description="Captures an authorized payment. Requires the permission "
        "`payments_graphql.capture_payment`."
    )
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
            payload.payment_intent = as_type(intent)
            service.capture_payment_intent(payment_intent=intent, amount=input.amount, user=user)
        return payload

    @strawberry.mutation(
        description="Cancels a payment that has not succeeded. Canceling an authorized payment "
        "requires the permission `payments_graphql.cancel_payment`."
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
            payload.payment_intent = as_type(intent)
            reason = str(input.reason.value) if input.reason else ""
            service.cancel_payment_intent(payment_intent=intent, reason=reason, user=user)
        return payload


def _create(user: AbstractBaseUser, input: CreatePaymentIntentInput) -> CreatedPaymentIntent:
    if input.booking_id is None and not conf.PAYMENTS_ALLOW_FREE_AMOUNT:
        raise ValidationError(_("`bookingId` is required."), path=("bookingId",))
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
                _("Give either `paymentMethodId` or `stripePaymentMethodId`, not both."),
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
        # The service has one parameter; GraphQL has two fields.
        if error.path == ("paymentMethodId",) and input.stripe_payment_method_id is not None:
            error.path = ("stripePaymentMethodId",)
        raise
