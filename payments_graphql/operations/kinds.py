"""What each kind of operation asks of Stripe, and how its answer is applied.

To add a kind: a member of `OperationKind`, and an entry in `KINDS`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from .. import mirror, stripe_client
from ..mirror import Source
from ..models import (
    Operation,
    OperationKind,
    PaymentIntentStatus,
    StripePaymentIntent,
    StripeRefund,
)
from ..stripe_client import Answer


@dataclass(frozen=True)
class Kind:
    """`call` sends it. `find` looks at Stripe whether it was done, for when sending again would be
    wrong or too late: the object as it is then, or None. `release` gives back what the record
    reserved, when it failed."""

    call: Callable[[Operation], Answer]
    read: Callable[[str], Answer]
    apply: Callable[[Mapping[str, Any], Source], Any]
    find: Callable[[Operation], Answer | None]
    get_version: Callable[[Operation], int | None]
    release: Callable[[Operation], None] = lambda operation: None
    may_be_resent: bool = True


def _id_of(row: Any, field: str) -> str:
    stripe_id = getattr(row, field, None)
    if not stripe_id:
        raise RuntimeError(f"The operation's {field} is not known.")
    return str(stripe_id)


def _intent_id(operation: Operation) -> str:
    return _id_of(operation.payment_intent, "stripe_payment_intent_id")


def _customer_id(operation: Operation) -> str:
    return _id_of(operation.customer, "stripe_customer_id")


def _method_id(operation: Operation) -> str:
    return _id_of(operation.payment_method, "stripe_payment_method_id")


def _intent_version(operation: Operation) -> int | None:
    return operation.payment_intent.version if operation.payment_intent else None


def _customer_version(operation: Operation) -> int | None:
    return operation.customer.version if operation.customer else None


def _find_in(pages: Iterable[tuple[dict[str, Any], Answer]], operation: Operation) -> Answer | None:
    """By our id in the metadata. List calls, as Search lags behind."""
    for item, page in pages:
        if mirror.get_operation_id(item) == str(operation.pk):
            return Answer(item, page.as_of, page.request_id)
    return None


def _since(operation: Operation) -> dict[str, int]:
    """A little earlier than the record: the two clocks may differ."""
    return {"gte": int((operation.created_at - timedelta(minutes=15)).timestamp())}


def _find_customer(operation: Operation) -> Answer | None:
    created = {"created": _since(operation)}
    return _find_in(mirror.iterate_list(stripe_client.list_customers, created), operation)


def _find_payment_intent(operation: Operation) -> Answer | None:
    mine = {"customer": _customer_id(operation), "created": _since(operation)}
    found = _find_in(mirror.iterate_list(stripe_client.list_payment_intents, mine), operation)
    return found and stripe_client.retrieve_payment_intent(found.object["id"])


def _find_refund(operation: Operation) -> Answer | None:
    of_intent = {"payment_intent": _intent_id(operation)}
    return _find_in(mirror.iterate_list(stripe_client.list_refunds, of_intent), operation)


def _find_move(*done: PaymentIntentStatus) -> Callable[[Operation], Answer | None]:
    def find(operation: Operation) -> Answer | None:
        answer = stripe_client.retrieve_payment_intent(_intent_id(operation))
        return answer if answer.object["status"] in done else None

    return find


def _find_default(operation: Operation) -> Answer | None:
    answer = stripe_client.retrieve_customer(_customer_id(operation))
    settings = answer.object.get("invoice_settings") or {}
    is_default = settings.get("default_payment_method") == _method_id(operation)
    return answer if is_default else None


def _find_detached(operation: Operation) -> Answer | None:
    answer = stripe_client.retrieve_payment_method(_method_id(operation))
    return None if answer.object.get("customer") else answer


def _move(
    name: Literal["confirm", "capture", "cancel"],
    *done: PaymentIntentStatus,
    may_be_resent: bool = True,
) -> Kind:
    return Kind(
        call=lambda operation: stripe_client.move_payment_intent(
            name, _intent_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_payment_intent,
        apply=mirror.apply_payment_intent,
        find=_find_move(*done),
        get_version=_intent_version,
        may_be_resent=may_be_resent,
    )


def _release_customer(operation: Operation) -> None:
    row = operation.customer
    if row is not None and row.stripe_customer_id is None:
        # The row's only operation is this one, which would protect it.
        Operation.objects.filter(pk=operation.pk).update(customer=None)
        row.delete()


def _release_payment_intent(operation: Operation) -> None:
    if operation.payment_intent is not None:
        StripePaymentIntent.objects.filter(
            pk=operation.payment_intent.pk, stripe_payment_intent_id=None
        ).delete()


def _release_refund(operation: Operation) -> None:
    if operation.refund is not None:
        StripeRefund.objects.filter(pk=operation.refund.pk, stripe_refund_id=None).delete()


KINDS: dict[str, Kind] = {
    OperationKind.CREATE_CUSTOMER: Kind(
        call=lambda operation: stripe_client.create_customer(
            operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_customer,
        apply=mirror.apply_customer,
        find=_find_customer,
        get_version=_customer_version,
        release=_release_customer,
    ),
    OperationKind.CREATE_PAYMENT_INTENT: Kind(
        call=lambda operation: stripe_client.create_payment_intent(
            operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_payment_intent,
        apply=mirror.apply_payment_intent,
        find=_find_payment_intent,
        get_version=_intent_version,
        release=_release_payment_intent,
    ),
    # Nobody is charged after they have left: a confirm is not sent by anyone but its caller.
    OperationKind.CONFIRM_PAYMENT_INTENT: _move(
        "confirm",
        PaymentIntentStatus.SUCCEEDED,
        PaymentIntentStatus.PROCESSING,
        PaymentIntentStatus.REQUIRES_CAPTURE,
        PaymentIntentStatus.REQUIRES_ACTION,
        may_be_resent=False,
    ),
    OperationKind.CAPTURE_PAYMENT_INTENT: _move("capture", PaymentIntentStatus.SUCCEEDED),
    OperationKind.CANCEL_PAYMENT_INTENT: _move("cancel", PaymentIntentStatus.CANCELED),
    OperationKind.CREATE_REFUND: Kind(
        call=lambda operation: stripe_client.create_refund(
            operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_refund,
        apply=mirror.apply_refund,
        find=_find_refund,
        get_version=lambda operation: operation.refund.version if operation.refund else None,
        release=_release_refund,
    ),
    OperationKind.SET_DEFAULT_PAYMENT_METHOD: Kind(
        call=lambda operation: stripe_client.update_customer(
            _customer_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_customer,
        apply=mirror.apply_customer,
        find=_find_default,
        get_version=_customer_version,
    ),
    OperationKind.DETACH_PAYMENT_METHOD: Kind(
        call=lambda operation: stripe_client.detach_payment_method(
            _method_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_payment_method,
        apply=mirror.apply_payment_method,
        find=_find_detached,
        get_version=lambda operation: (
            operation.payment_method.version if operation.payment_method else None
        ),
    ),
}
