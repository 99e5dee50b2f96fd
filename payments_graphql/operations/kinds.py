"""What each kind of operation sends to Stripe, and how the answer is applied.

To add a kind, add a member to `OperationKind` and an entry to `KINDS`.

Note [What may be repeated]
After a 5xx, or a day without an answer, we look for the operation at Stripe. Finding nothing proves
nothing, since it may be carried out later. If that would be harmless, the operation is given up
after its lease (`may_be_given_up`), so that a new request may follow at once:

    capture, cancel, detach, accept    Stripe carries each out once per object and refuses a second
    a dispute, cancel a refund or a    request. If a capture and a cancel cross, the first to arrive
    setup, submit evidence, delete a   wins
    customer
    confirm                            the same, and only its own caller sends it
    update, set a default              sending the same values twice has no further effect
    create a payment, setup, customer  a second one costs nobody anything, and the first is adopted
                                       when it appears. After the lease nobody waits for it, so it
                                       is not tried again (`is_for_its_caller`)
    create a refund                    never given up: a second one would return the money twice.
                                       Its reservation stays, and after a day a person decides

An old request must not undo a newer one. A kind that `overwrites` values is resent only if there is
no newer request and the object has not changed since the operation was recorded. A request that
makes an older one pointless (`yields_to`) does not wait for it: a cancel ends a capture that was
not made.
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
    RefundRequest,
    RefundRequestState,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
)
from ..stripe_client import Answer, StripeRefusedError
from .finding import (
    Sight,
    find_accepted,
    find_canceled_refund,
    find_canceled_setup,
    find_customer,
    find_default,
    find_deleted,
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
    """`call` sends the operation. `find` checks at Stripe whether it was carried out, when sending
    again would be wrong or too late. `holds` names the field with the row that the answer is about.
    `release` undoes the reservation of a failed operation. `mistaken` names what to read again when
    Stripe refuses, since our copy was out of date. For the rest see Note [What may be repeated].
    """

    call: Callable[[Operation], Answer]
    read: Callable[[str], Answer]
    apply: Callable[[Mapping[str, Any], Source], MirroredModel]
    find: Callable[[Operation], Sight]
    holds: Literal[
        "customer", "dispute", "payment_intent", "payment_method", "refund", "setup_intent"
    ]
    release: Callable[[Operation], None] = lambda operation: None
    mistaken: Callable[[Operation], ReadRequired] | None = None
    may_be_resent: bool = True
    may_be_given_up: bool = True
    is_for_its_caller: bool = False
    overwrites: bool = False
    yields_to: OperationKind | None = None

    def get_row(self, operation: Operation) -> MirroredModel | None:
        row: MirroredModel | None = getattr(operation, self.holds)
        return row

    def get_version(self, operation: Operation) -> int | None:
        row = self.get_row(operation)
        return None if row is None else row.version


def _customer_of(operation: Operation) -> ReadRequired:
    return ReadRequired("customer", get_customer_id(operation))


def _delete_customer(operation: Operation) -> Answer:
    """Stripe ignores idempotency keys here, and answers "No such customer" the second time."""
    stripe_id = get_customer_id(operation)
    try:
        return stripe_client.delete_customer(stripe_id, operation.stripe_key)
    except StripeRefusedError as error:
        if error.code != "resource_missing":
            raise
        found = stripe_client.retrieve_customer(stripe_id)
        if not found.object.get("deleted"):
            raise
        return found


def _dispute_of(operation: Operation) -> ReadRequired:
    return ReadRequired("dispute", get_dispute_id(operation))


def _refund_of(operation: Operation) -> ReadRequired:
    return ReadRequired("refund", get_refund_id(operation))


def _setup_of(operation: Operation) -> ReadRequired:
    return ReadRequired("setup_intent", get_setup_id(operation))


def _move(
    name: Literal["confirm", "capture", "cancel"],
    *done: PaymentIntentStatus,
    may_be_resent: bool = True,
    yields_to: OperationKind | None = None,
) -> Kind:
    return Kind(
        call=lambda operation: stripe_client.move_payment_intent(
            name, get_intent_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_payment_intent,
        apply=mirror.apply_payment_intent,
        find=find_move(*done),
        holds="payment_intent",
        may_be_resent=may_be_resent,
        yields_to=yields_to,
    )


def _release_customer(operation: Operation) -> None:
    row = operation.customer
    if row is not None and row.stripe_customer_id is None:
        # Unlink the row first: its only operation is this one, which would protect it.
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
        # See Note [A refund that needs approval]. The update needs the row, so it comes first.
        requests = RefundRequest.objects.filter(refund=operation.refund.pk)
        requests.filter(refund__stripe_refund_id=None).update(state=RefundRequestState.FAILED)
        StripeRefund.objects.filter(pk=operation.refund.pk, stripe_refund_id=None).delete()


KINDS: dict[str, Kind] = {
    OperationKind.CREATE_CUSTOMER: Kind(
        call=lambda operation: stripe_client.create_customer(
            operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_customer,
        apply=mirror.apply_customer,
        find=find_customer,
        holds="customer",
        release=_release_customer,
        is_for_its_caller=True,
    ),
    OperationKind.DELETE_CUSTOMER: Kind(
        call=_delete_customer,
        read=stripe_client.retrieve_customer,
        apply=mirror.apply_customer,
        find=find_deleted,
        mistaken=_customer_of,
        holds="customer",
    ),
    OperationKind.CREATE_PAYMENT_INTENT: Kind(
        call=lambda operation: stripe_client.create_payment_intent(
            operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_payment_intent,
        apply=mirror.apply_payment_intent,
        find=find_payment_intent,
        holds="payment_intent",
        release=_release_payment_intent,
        is_for_its_caller=True,
    ),
    # Nobody is charged after leaving the page: only the caller sends a confirm.
    OperationKind.CONFIRM_PAYMENT_INTENT: _move(
        "confirm",
        PaymentIntentStatus.SUCCEEDED,
        PaymentIntentStatus.PROCESSING,
        PaymentIntentStatus.REQUIRES_CAPTURE,
        PaymentIntentStatus.REQUIRES_ACTION,
        may_be_resent=False,
        yields_to=OperationKind.CANCEL_PAYMENT_INTENT,
    ),
    OperationKind.CAPTURE_PAYMENT_INTENT: _move(
        "capture",
        PaymentIntentStatus.SUCCEEDED,
        yields_to=OperationKind.CANCEL_PAYMENT_INTENT,
    ),
    OperationKind.CANCEL_PAYMENT_INTENT: _move("cancel", PaymentIntentStatus.CANCELED),
    OperationKind.CREATE_REFUND: Kind(
        call=lambda operation: stripe_client.create_refund(
            operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_refund,
        apply=mirror.apply_refund,
        find=find_refund,
        holds="refund",
        release=_release_refund,
        may_be_given_up=False,
    ),
    OperationKind.UPDATE_PAYMENT_INTENT: Kind(
        call=lambda operation: stripe_client.update_payment_intent(
            get_intent_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_payment_intent,
        apply=mirror.apply_payment_intent,
        find=find_updated,
        holds="payment_intent",
        overwrites=True,
        yields_to=OperationKind.CANCEL_PAYMENT_INTENT,
    ),
    OperationKind.CANCEL_REFUND: Kind(
        call=lambda operation: stripe_client.cancel_refund(
            get_refund_id(operation), operation.stripe_key
        ),
        read=stripe_client.retrieve_refund,
        apply=mirror.apply_refund,
        find=find_canceled_refund,
        mistaken=_refund_of,
        holds="refund",
    ),
    OperationKind.CREATE_SETUP_INTENT: Kind(
        call=lambda operation: stripe_client.create_setup_intent(
            operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_setup_intent,
        apply=mirror.apply_setup_intent,
        find=find_setup_intent,
        holds="setup_intent",
        release=_release_setup_intent,
        is_for_its_caller=True,
    ),
    OperationKind.CANCEL_SETUP_INTENT: Kind(
        call=lambda operation: stripe_client.cancel_setup_intent(
            get_setup_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_setup_intent,
        apply=mirror.apply_setup_intent,
        find=find_canceled_setup,
        holds="setup_intent",
        mistaken=_setup_of,
    ),
    OperationKind.SUBMIT_DISPUTE_EVIDENCE: Kind(
        call=lambda operation: stripe_client.update_dispute(
            get_dispute_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_dispute,
        apply=mirror.apply_dispute,
        find=find_evidence,
        overwrites=True,
        mistaken=_dispute_of,
        holds="dispute",
    ),
    OperationKind.ACCEPT_DISPUTE: Kind(
        call=lambda operation: stripe_client.close_dispute(
            get_dispute_id(operation), operation.stripe_key
        ),
        read=stripe_client.retrieve_dispute,
        apply=mirror.apply_dispute,
        find=find_accepted,
        mistaken=_dispute_of,
        holds="dispute",
    ),
    OperationKind.SET_DEFAULT_PAYMENT_METHOD: Kind(
        call=lambda operation: stripe_client.update_customer(
            get_customer_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_customer,
        apply=mirror.apply_customer,
        find=find_default,
        mistaken=_customer_of,
        overwrites=True,
        holds="customer",
    ),
    OperationKind.DETACH_PAYMENT_METHOD: Kind(
        call=lambda operation: stripe_client.detach_payment_method(
            get_method_id(operation), operation.parameters, operation.stripe_key
        ),
        read=stripe_client.retrieve_payment_method,
        apply=mirror.apply_payment_method,
        find=find_detached,
        holds="payment_method",
    ),
}
