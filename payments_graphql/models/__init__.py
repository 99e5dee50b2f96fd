from .booking import AbstractBooking, Booking, get_booking_model
from .customer import StripeCustomer
from .event_cursor import EventCursor
from .mirrored import MirroredModel
from .operation import Operation, OperationKind, OperationState
from .payment_intent import CaptureMethod, PaymentIntentStatus, StripePaymentIntent
from .payment_method import StripePaymentMethod
from .refund import RefundReason, RefundStatus, StripeRefund
from .status_change import CauseKind, StatusChange
from .webhook_event import EventSource, EventState, StripeWebhookEvent

__all__ = [
    "AbstractBooking",
    "Booking",
    "CaptureMethod",
    "CauseKind",
    "EventCursor",
    "EventSource",
    "EventState",
    "MirroredModel",
    "Operation",
    "OperationKind",
    "OperationState",
    "PaymentIntentStatus",
    "RefundReason",
    "RefundStatus",
    "StatusChange",
    "StripeCustomer",
    "StripePaymentIntent",
    "StripePaymentMethod",
    "StripeRefund",
    "StripeWebhookEvent",
    "get_booking_model",
]
