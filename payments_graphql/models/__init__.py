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
from .daily_figure import DailyFigure, Dashboard, FigureName
from .dispute import DisputeStatus, StripeDispute
from .drift_finding import DriftFinding
from .event_cursor import EventCursor
from .figure_cursor import FigureCursor
from .former_users import OwnedModel, forget_user, have_same_owner, is_signed_in, of_same_owner
from .import_cursor import ImportCursor
from .mirrored import MirroredModel
from .operation import Operation, OperationKind, OperationState
from .other_modes import of_others
from .ours import OursQuerySet, is_ours, list_modes, of_ours, our_values
from .payment_intent import CaptureMethod, PaymentIntentStatus, StripePaymentIntent
from .payment_method import StripePaymentMethod
from .payment_note import MAXIMUM_NOTE, NoteKind, PaymentNote
from .personal import PERSONAL, without_person
from .problem import ProblemCheck, ProblemNotice, StoredProblem
from .refund import RefundReason, RefundStatus, StripeRefund
from .refund_request import RefundRequest, RefundRequestState
from .refused_webhooks import RefusedWebhooks
from .setup_intent import SetupIntentStatus, SetupIntentUsage, StripeSetupIntent
from .signal_receiver import SignalReceiver
from .single_rows import get_or_none, insert_once
from .status_change import CauseKind, StatusChange
from .stripe_account import (
    Payouts,
    StripeAccount,
    fetch_account,
    find_account,
    find_account_or_empty,
    forget_accounts,
    get_account,
)
from .unchecked_bookings import list_unchecked_bookings
from .webhook_event import EventSource, EventState, StripeWebhookEvent, assign_account

__all__ = [
    "MAXIMUM_NOTE",
    "MOST_SUMMED",
    "PERSONAL",
    "AbstractBooking",
    "Booking",
    "BookingQuerySet",
    "CaptureMethod",
    "CauseKind",
    "CurrencySums",
    "DailyFigure",
    "Dashboard",
    "DisputeStatus",
    "DriftFinding",
    "EventCursor",
    "EventSource",
    "EventState",
    "FigureCursor",
    "FigureName",
    "ImportCursor",
    "MirroredModel",
    "NoteKind",
    "Operation",
    "OperationKind",
    "OperationState",
    "OursQuerySet",
    "OwnedModel",
    "PaymentIntentStatus",
    "PaymentNote",
    "Payouts",
    "ProblemCheck",
    "ProblemNotice",
    "RefundReason",
    "RefundRequest",
    "RefundRequestState",
    "RefundStatus",
    "RefusedWebhooks",
    "SetupIntentStatus",
    "SetupIntentUsage",
    "SignalReceiver",
    "StatusChange",
    "StoredProblem",
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
    "find_account_or_empty",
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
    "list_modes",
    "list_newest_payments",
    "list_unchecked_bookings",
    "of_others",
    "of_ours",
    "of_same_owner",
    "our_values",
    "sum_newest_payments",
    "without_person",
]
