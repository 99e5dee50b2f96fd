"""The domain's enumerations as GraphQL's, with a description of every value."""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from payments_graphql.errors import ErrorCode
from payments_graphql.models import (
    CaptureMethod,
    CauseKind,
    DisputeStatus,
    OperationKind,
    OperationState,
    PaymentIntentStatus,
    RefundReason,
    RefundStatus,
    SetupIntentStatus,
    SetupIntentUsage,
)
from payments_graphql.services.available_actions import Action


@strawberry.enum(description="Why a payment is given up.")
class CancellationReason(Enum):
    DUPLICATE = strawberry.enum_value("duplicate", description="It was made twice.")
    FRAUDULENT = strawberry.enum_value("fraudulent", description="It looks like fraud.")
    REQUESTED_BY_CUSTOMER = strawberry.enum_value(
        "requested_by_customer", description="The customer changed their mind."
    )
    ABANDONED = strawberry.enum_value("abandoned", description="The customer went away.")


def _describe(
    enum: type[Enum], description: str, values: Mapping[str, str], *, name: str | None = None
) -> None:
    """Every member must have its description: a new one without fails at import."""
    strawberry.enum(enum, name=name, description=description)
    definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]


_describe(
    PaymentIntentStatus,
    "Where a payment stands. See https://docs.stripe.com/payments/paymentintents/lifecycle",
    {
        "REQUIRES_PAYMENT_METHOD": "It waits for a card, or the last card was declined.",
        "REQUIRES_CONFIRMATION": "It has a card and waits to be confirmed.",
        "REQUIRES_ACTION": "The customer must do something: 3-D Secure in minutes, a voucher in "
        "days.",
        "PROCESSING": "The bank is working on it, for days with a bank debit. Not paid yet: it can "
        "still fail.",
        "REQUIRES_CAPTURE": "The amount is authorised and waits to be captured.",
        "SUCCEEDED": "The money was received. Final, but for refunds.",
        "CANCELED": "It was given up. Final.",
        "UNKNOWN": "A status that Stripe added later.",
    },
)
_describe(
    CaptureMethod,
    "When an authorised amount is taken.",
    {
        "AUTOMATIC": "At once.",
        "AUTOMATIC_ASYNC": "At once, by Stripe in the background.",
        "MANUAL": "When `capturePaymentIntent` is called.",
        "UNKNOWN": "In a way that Stripe added later. Not for creating payments.",
    },
)
_describe(
    RefundStatus,
    "Where a refund stands. It can fail after it has succeeded.",
    {
        "PENDING": "Under way.",
        "REQUIRES_ACTION": "The customer must do something to receive it.",
        "SUCCEEDED": "The money was given back.",
        "FAILED": "The bank refused it; the money is available again.",
        "CANCELED": "It was called off.",
        "UNKNOWN": "A status that Stripe added later.",
    },
)
_describe(
    RefundReason,
    "Why money is given back, as Stripe records it.",
    {
        "DUPLICATE": "The customer paid twice.",
        "FRAUDULENT": "The payment was fraud; Stripe then blocks the card.",
        "REQUESTED_BY_CUSTOMER": "The customer asked for it.",
    },
)
_describe(
    DisputeStatus,
    "Where a dispute stands. A `WARNING` is the bank's question before a dispute, and has taken no "
    "money. None is final: a bank can reopen what is closed. "
    "See https://docs.stripe.com/disputes/how-disputes-work",
    {
        "WARNING_NEEDS_RESPONSE": "The bank asks, and waits for an answer.",
        "WARNING_UNDER_REVIEW": "The bank asked, and looks at the answer.",
        "WARNING_CLOSED": "The bank's question did not become a dispute.",
        "NEEDS_RESPONSE": "The bank took the money back, and waits for an answer.",
        "UNDER_REVIEW": "The bank looks at the answer.",
        "APPEAL_NEEDS_RESPONSE": "The decision is appealed, and the bank waits for an answer.",
        "APPEAL_UNDER_REVIEW": "The decision is appealed, and the answer is under review.",
        "WON": "The money came back.",
        "LOST": "The money stays with the customer.",
        "PREVENTED": "The cardholder was refunded before the bank opened it: the money is gone.",
        "UNKNOWN": "A status that Stripe added later.",
    },
)
_describe(
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
_describe(
    SetupIntentUsage,
    "When a card that is saved will be charged.",
    {
        "OFF_SESSION": "Also while the customer is away: the bank is asked for that now.",
        "ON_SESSION": "Only while the customer is there.",
    },
)
_describe(
    OperationKind,
    "What an operation does at Stripe.",
    {
        "CREATE_CUSTOMER": "Makes the customer, with the first payment.",
        "CREATE_PAYMENT_INTENT": "Makes a payment.",
        "CONFIRM_PAYMENT_INTENT": "Charges the card.",
        "CAPTURE_PAYMENT_INTENT": "Takes an authorised amount.",
        "CANCEL_PAYMENT_INTENT": "Gives a payment up.",
        "UPDATE_PAYMENT_INTENT": "Changes a payment that was not made yet.",
        "CREATE_REFUND": "Gives money back.",
        "CANCEL_REFUND": "Takes a refund back that is under way.",
        "CREATE_SETUP_INTENT": "Begins to save a card without a payment.",
        "DELETE_CUSTOMER": "Deletes a customer, as a person is erased.",
        "CANCEL_SETUP_INTENT": "Gives up a setup intent.",
        "SUBMIT_DISPUTE_EVIDENCE": "Answers a dispute with evidence.",
        "ACCEPT_DISPUTE": "Accepts a dispute: the money stays with the customer.",
        "SET_DEFAULT_PAYMENT_METHOD": "Makes a saved method the default.",
        "DETACH_PAYMENT_METHOD": "Forgets a saved method.",
    },
)
_describe(
    OperationState,
    "How far an operation has come.",
    {
        "PENDING": "Recorded; Stripe will be called.",
        "CALLING": "Stripe is being called.",
        "UNKNOWN": "Stripe was called and has not answered yet. It is settled by itself.",
        "SUCCEEDED": "Done.",
        "FAILED": "Refused; nothing was done. See its error.",
        "NEEDS_REVIEW": "Its outcome could not be found out. A person looks at it.",
    },
)
_describe(
    Action,
    "What can be done with a payment.",
    {
        "CONFIRM": "Charge it with `confirmPaymentIntent`, or on the page with Stripe.js.",
        "CAPTURE": "Take the authorised amount with `capturePaymentIntent`.",
        "CANCEL": "Give it up with `cancelPaymentIntent`.",
        "UPDATE": "Change it with `updatePaymentIntent`.",
        "REFUND": "Give money back with `createRefund`.",
    },
    name="PaymentIntentAction",
)
_describe(
    CauseKind,
    "Where the news of a change came from.",
    {
        "OPERATION": "From Stripe's answer to something that was asked for here.",
        "EVENT": "From Stripe's own message: the customer, the bank or the site's staff did it at "
        "Stripe.",
        "READ": "From reading the object at Stripe, after a message was missed or could not be "
        "trusted.",
    },
    name="StatusChangeCause",
)
_describe(
    ErrorCode,
    "What went wrong, for programs. The message beside it is for people.",
    {
        "INVALID_INPUT": "An input field is wrong.",
        "CURRENCY_UNSUPPORTED": "Stripe does not charge this currency.",
        "AMOUNT_INVALID": "The amount is not a finite number above zero.",
        "AMOUNT_PRECISION": "The amount has more decimals than its currency.",
        "AMOUNT_TOO_SMALL": "The amount is below Stripe's minimum.",
        "AMOUNT_TOO_LARGE": "The amount is more than is possible.",
        "AMOUNT_MISMATCH": "The amount or currency is not the booking's.",
        "CARD_DECLINED": "The card was declined.",
        "AUTHENTICATION_REQUIRED": "The bank wants the customer to confirm the payment: on the "
        "page, by Stripe.js with the `clientSecret`.",
        "INVALID_STATE": "The object's state does not allow this.",
        "ABANDONED": "It was never sent to Stripe, and it is too late to.",
        "NOT_FOUND": "No such object.",
        "PERMISSION_DENIED": "You may not do this.",
        "RATE_LIMITED": "Too many requests for now.",
        "IDEMPOTENCY_KEY_REUSED": "The idempotency key was used for something else.",
        "OPERATION_IN_PROGRESS": "Something is under way. Ask again with the same key.",
        "PROVIDER_ERROR": "Stripe could not do it.",
        "UNAVAILABLE": "The site itself cannot at the moment; try again with the same key.",
    },
    name="PaymentErrorCode",
)
