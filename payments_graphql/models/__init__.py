from . import balance
from .booking import (
    AbstractBooking,
    Booking,
    BookingQuerySet,
    get_booking_model,
    list_all_bookings,
)
from .customer import StripeCustomer
from .customer_sums import (
    MOST_SUMMED,
    CurrencySums,
    has_older_payments,
    list_newest_payments,
    sum_newest_payments,
)
from .dispute import DisputeStatus, StripeDispute
from .event_cursor import EventCursor
from .former_users import OwnedModel, forget_user, have_same_owner, is_signed_in, of_same_owner
from .import_cursor import ImportCursor
from .mirrored import MirroredModel
from .operation import Operation, OperationKind, OperationState
from .ours import OursQuerySet, is_ours, of_ours, our_values
from .payment_intent import CaptureMethod, PaymentIntentStatus, StripePaymentIntent
from .payment_method import StripePaymentMethod
from .personal import PERSONAL, without_person
from .refund import RefundReason, RefundStatus, StripeRefund
from .setup_intent import SetupIntentStatus, SetupIntentUsage, StripeSetupIntent
from .signal_receiver import SignalReceiver
from .single_rows import get_or_none, insert_once
from .status_change import CauseKind, StatusChange
from .stripe_account import (
    StripeAccount,
    fetch_account,
    find_account,
    forget_accounts,
    get_account,
)
from .unchecked_bookings import list_unchecked_bookings
from .webhook_event import EventSource, EventState, StripeWebhookEvent, assign_account

__all__ = [
    "MOST_SUMMED",
    "PERSONAL",
    "AbstractBooking",
    "Booking",
    "BookingQuerySet",
    "CaptureMethod",
    "CauseKind",
    "CurrencySums",
    "DisputeStatus",
    "EventCursor",
    "EventSource",
    "EventState",
    "ImportCursor",
    "MirroredModel",
    "Operation",
    "OperationKind",
    "OperationState",
    "OursQuerySet",
    "OwnedModel",
    "PaymentIntentStatus",
    "RefundReason",
    "RefundStatus",
    "SetupIntentStatus",
    "SetupIntentUsage",
    "SignalReceiver",
    "StatusChange",
    "StripeAccount",
    "StripeCustomer",
    "StripeDispute",
    "StripePaymentIntent",
    "StripePaymentMethod",
    "StripeRefund",
    "StripeSetupIntent",
    "StripeWebhookEvent",
    "assign_account",
    "balance",
    "fetch_account",
    "find_account",
    "forget_accounts",
    "forget_user",
    "get_account",
    "get_booking_model",
    "get_or_none",
    "has_older_payments",
    "have_same_owner",
    "insert_once",
    "is_ours",
    "is_signed_in",
    "list_all_bookings",
    "list_newest_payments",
    "list_unchecked_bookings",
    "of_ours",
    "of_same_owner",
    "our_values",
    "sum_newest_payments",
    "without_person",
]
