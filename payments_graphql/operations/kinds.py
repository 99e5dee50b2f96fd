"""What each kind of operation asks of Stripe, and how its answer is applied.

To add a kind: a member of `OperationKind`, and an entry in `KINDS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .. import mirror, stripe_client
from ..mirror import ReadRequired, Source
from ..models import (
    MirroredModel,
    Operation,
    OperationKind,
    PaymentIntentStatus,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
)
from ..stripe_client import Answer
from .finding import (
    Sight,
    find_accepted,
    find_canceled_refund,
    find_canceled_setup,
    find_customer,
    find_default,
    find_detached,
    find_evidence,
    find_move,
    find_payment_intent,
    find_refund,
    find_setup_intent,
    find_updated,
    get_customer_id,
    get_dispute_id,
    get_intent_id,
    get_method_id,
    get_refund_id,
    get_setup_id,
)


@dataclass(frozen=True)
class Kind:
    """`call` sends it. `find` looks at Stripe whether it was done, for when sending again would be
    wrong or too late. `release` gives back what the record reserved, when it failed. `mistaken` is
    what we had a wrong picture of when Stripe refused. `may_be_given_up`: when nothing is found
    once its lease is over it has failed; should it turn up later, it costs nobody anything."""

    call: Callable[[Operation], Answer]
    read: Callable[[str], Answer]
    apply: Callable[[Mapping[str, Any], Source], MirroredModel]
    find: Callable[[Operation], Sight]
    get_version: Callable[[Operation], int | None]
    release: Callable[[Operation], None] = lambda operation: None
    mistaken: Callable[[Operation], ReadRequired] | None = None
    may_be_resent: bool = True
    may_be_given_up: bool = False


def _dispute_of(operation: Operation) -> ReadRequired:
    return ReadRequired("dispute", get_dispute_id(operation))


def _refund_of(operation: Operation) -> ReadRequired:
    return ReadRequired("refund", get_refund_id(operation))


def _setup_of(operation: Operation) -> ReadRequired:
    return ReadRequired("setup_intent", get_setup_id(operation))


def _dispute_version(operation: Operation) -> int | None:
    return operation.dispute.version if operation.dispute else None


def _intent_version(operation: Operation) -> int | None:
    return operation.payment_intent.version if operation.payment_intent else None


def _refund_version(operation: Operation) -> int | None:
    return operation.refund.version if operation.refund else None


def _setup_version(operation: Operation) -> int | None:
    return operation.setup_intent.version if operation.setup_intent else None


def _customer_version(operation: Operation) -> int | None:
    return operation.customer.version if operation.customer else None


def _move(
    name: Literal["confirm", "capture", "cancel"],
    *done: PaymentIntentStatus,
    may_be_resent: bool = True,
    may_be_given_up: bool = False,
) -> Kind:
    return Kind(
        call=lambda operation: stripe_client.move_payment_intent(
            name, get_intent_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_payment_intent,
        apply=mirror.apply_payment_intent,
        find=find_move(*done),
        get_version=_intent_version,
        may_be_resent=may_be_resent,
        may_be_given_up=may_be_given_up,
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


def _release_setup_intent(operation: Operation) -> None:
    if operation.setup_intent is not None:
        StripeSetupIntent.objects.filter(
            pk=operation.setup_intent.pk, stripe_setup_intent_id=None
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
        find=find_customer,
        get_version=_customer_version,
        release=_release_customer,
        may_be_given_up=True,
    ),
    OperationKind.CREATE_PAYMENT_INTENT: Kind(
        call=lambda operation: stripe_client.create_payment_intent(
            operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_payment_intent,
        apply=mirror.apply_payment_intent,
        find=find_payment_intent,
        get_version=_intent_version,
        release=_release_payment_intent,
        may_be_given_up=True,
    ),
    # Nobody is charged after they have left: a confirm is not sent by anyone but its caller.
    OperationKind.CONFIRM_PAYMENT_INTENT: _move(
        "confirm",
        PaymentIntentStatus.SUCCEEDED,
        PaymentIntentStatus.PROCESSING,
        PaymentIntentStatus.REQUIRES_CAPTURE,
        PaymentIntentStatus.REQUIRES_ACTION,
        may_be_resent=False,
        may_be_given_up=True,
    ),
    OperationKind.CAPTURE_PAYMENT_INTENT: _move("capture", PaymentIntentStatus.SUCCEEDED),
    OperationKind.CANCEL_PAYMENT_INTENT: _move(
        "cancel", PaymentIntentStatus.CANCELED, may_be_given_up=True
    ),
    OperationKind.CREATE_REFUND: Kind(
        call=lambda operation: stripe_client.create_refund(
            operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_refund,
        apply=mirror.apply_refund,
        find=find_refund,
        get_version=_refund_version,
        release=_release_refund,
    ),
    OperationKind.UPDATE_PAYMENT_INTENT: Kind(
        call=lambda operation: stripe_client.update_payment_intent(
            get_intent_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_payment_intent,
        apply=mirror.apply_payment_intent,
        find=find_updated,
        get_version=_intent_version,
        may_be_given_up=True,
    ),
    OperationKind.CANCEL_REFUND: Kind(
        call=lambda operation: stripe_client.cancel_refund(
            get_refund_id(operation), operation.stripe_key
        ),
        read=stripe_client.retrieve_refund,
        apply=mirror.apply_refund,
        find=find_canceled_refund,
        mistaken=_refund_of,
        get_version=_refund_version,
    ),
    OperationKind.CREATE_SETUP_INTENT: Kind(
        call=lambda operation: stripe_client.create_setup_intent(
            operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_setup_intent,
        apply=mirror.apply_setup_intent,
        find=find_setup_intent,
        get_version=_setup_version,
        release=_release_setup_intent,
        may_be_given_up=True,
    ),
    OperationKind.CANCEL_SETUP_INTENT: Kind(
        call=lambda operation: stripe_client.cancel_setup_intent(
            get_setup_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_setup_intent,
        apply=mirror.apply_setup_intent,
        find=find_canceled_setup,
        get_version=_setup_version,
        mistaken=_setup_of,
        may_be_given_up=True,
    ),
    OperationKind.SUBMIT_DISPUTE_EVIDENCE: Kind(
        call=lambda operation: stripe_client.update_dispute(
            get_dispute_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_dispute,
        apply=mirror.apply_dispute,
        find=find_evidence,
        mistaken=_dispute_of,
        get_version=_dispute_version,
    ),
    OperationKind.ACCEPT_DISPUTE: Kind(
        call=lambda operation: stripe_client.close_dispute(
            get_dispute_id(operation), operation.stripe_key
        ),
        read=stripe_client.retrieve_dispute,
        apply=mirror.apply_dispute,
        find=find_accepted,
        mistaken=_dispute_of,
        get_version=_dispute_version,
    ),
    OperationKind.SET_DEFAULT_PAYMENT_METHOD: Kind(
        call=lambda operation: stripe_client.update_customer(
            get_customer_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_customer,
        apply=mirror.apply_customer,
        find=find_default,
        mistaken=lambda operation: ReadRequired("customer", get_customer_id(operation)),
        get_version=_customer_version,
    ),
    OperationKind.DETACH_PAYMENT_METHOD: Kind(
        call=lambda operation: stripe_client.detach_payment_method(
            get_method_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_payment_method,
        apply=mirror.apply_payment_method,
        find=find_detached,
        get_version=lambda operation: (
            operation.payment_method.version if operation.payment_method else None
        ),
    ),
}
