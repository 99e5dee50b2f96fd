from django.utils import timezone
from django.utils.translation import gettext as _

from .. import operations
from ..errors import InvalidStateError, PaymentError
from ..logs import get_logger
from ..models import (
    EventState,
    Operation,
    OperationKind,
    OperationState,
    PaymentIntentStatus,
    SetupIntentStatus,
    StripeCustomer,
)
from ..services.bookings import cancel_open_intent
from ..services.setup_intents import cancel_setup_intent
from ..webhooks import inbox
from .clearing import clear
from .obstacles import list_obstacles
from .people import PersonKept

__all__ = ["erase", "refuse_in_flight"]

logger = get_logger(__name__)

ACTOR = "system:erasure"


def refuse_in_flight(person: PersonKept) -> None:
    """Raises `InvalidStateError`, which lists everything in flight, before anything is changed."""
    _process_events(person)
    _refuse(list_obstacles(person))


def erase(person: PersonKept, *, by: str = ACTOR) -> None:
    """Erases the person. See Note [Erasing]. `by` is the actor of the operations.

    Raises `PaymentError` if money is in flight or Stripe cannot be reached: call it again later.
    """
    operations.refuse_open_transaction()
    refuse_in_flight(person)
    _mark(person)
    _cancel_open(person, by)
    for customer in person.customers:
        _delete_at_stripe(customer, by)
    _process_events(person)
    _refuse(list_obstacles(person, at_the_end=True))
    clear(person)
    logger.info(
        "person_erased", customers=[str(customer.pk) for customer in person.customers], actor=by
    )


def _refuse(obstacles: list[str]) -> None:
    if obstacles:
        raise InvalidStateError(
            _("Nothing was erased, because something is in progress. %(obstacles)s")
            % {"obstacles": " ".join(obstacles)},
            current_status="in_progress",
        )


def _process_events(person: PersonKept) -> None:
    """Applies the person's events while their payloads still exist."""
    due = person.list_rows()["webhook_events"].filter(state__in=EventState.open())
    # The ids are read first, so that no query is open while Stripe is called.
    for pk in list(due.order_by("stripe_created", "received_at").values_list("pk", flat=True)):
        inbox.process(pk)


def _mark(person: PersonKept) -> None:
    pks = [customer.pk for customer in person.customers]
    StripeCustomer.objects.filter(pk__in=pks, erased_at=None).update(erased_at=timezone.now())


def _cancel_open(person: PersonKept, by: str) -> None:
    rows = person.list_rows()
    payable = PaymentIntentStatus.payable()
    for intent in list(rows["payment_intents"].filter(status__in=payable)):
        cancel_open_intent(intent)
    confirmable = SetupIntentStatus.confirmable()
    for setup in list(rows["setup_intents"].filter(status__in=confirmable)):
        cancel_setup_intent(setup_intent=setup, actor=by)


def _delete_at_stripe(customer: StripeCustomer, by: str) -> None:
    """https://docs.stripe.com/api/customers/delete"""

    def prepare(operation: Operation) -> None:
        # Locks the customer's row, so that concurrent calls run one after another.
        row = StripeCustomer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
        operations.refuse_second(
            Operation.objects.filter(
                customer=row,
                kind=OperationKind.DELETE_CUSTOMER,
                state__in=OperationState.unsettled(),
            )
        )
        operation.customer = row

    if not _is_at_stripe(customer):
        return
    try:
        operations.perform_alone(
            kind=OperationKind.DELETE_CUSTOMER,
            actor=by,
            input={"customer": str(customer.pk)},
            prepare=prepare,
        )
    except PaymentError:
        # Someone else deleted it, as we learned when Stripe refused.
        if _is_at_stripe(customer):
            raise


def _is_at_stripe(customer: StripeCustomer) -> bool:
    row = StripeCustomer.objects.get(pk=customer.pk)
    return row.stripe_customer_id is not None and row.deleted_at is None
