from django.db.models import Q
from django.utils.translation import gettext as _

from .. import operations
from ..errors import InvalidStateError, NotFoundError, OperationInProgressError, PaymentError
from ..models import (
    Operation,
    OperationKind,
    OperationState,
    StripeCustomer,
    StripePaymentMethod,
)
from ..policy import Person

__all__ = ["detach_payment_method", "list_payment_methods", "set_default_payment_method"]


def list_payment_methods(user: Person) -> list[StripePaymentMethod]:
    """The user's saved methods, newest first, one for each card: the default copy unless it has
    expired, else the newest."""
    if user is None:
        return []
    methods = StripePaymentMethod.objects.for_user(user).attached().select_related("customer")
    by_card: dict[str, StripePaymentMethod] = {}
    for method in methods:
        card = f"{method.type}:{method.fingerprint}" if method.fingerprint else str(method.pk)
        if card not in by_card or (method.is_default and not method.is_expired):
            by_card[card] = method
    return list(by_card.values())


def set_default_payment_method(
    *, payment_method: StripePaymentMethod, user: Person = None
) -> StripePaymentMethod:
    """Sets the default method, which later payments offer first.

    https://docs.stripe.com/api/customers/update#update_customer-invoice_settings-default_payment_method
    """
    _perform(
        OperationKind.SET_DEFAULT_PAYMENT_METHOD,
        payment_method,
        user,
        {"invoice_settings": {"default_payment_method": payment_method.stripe_payment_method_id}},
    )
    return payment_method


def detach_payment_method(
    *, payment_method: StripePaymentMethod, user: Person = None
) -> StripePaymentMethod:
    """Removes a saved card: all copies of it, of all the user's customers. A removed method can
    never be attached again.

    Each copy has its own operation, and the requested one is the last. While it is saved, some
    copies are left, and a retry removes them. If it was the default, there is no default
    afterwards: the customer must choose another card.
    https://docs.stripe.com/api/payment_methods/detach
    """
    _refuse_other_users(payment_method, user)
    copies = StripePaymentMethod.objects.copies_of(payment_method).attached()
    others = copies.exclude(pk=payment_method.pk).select_related("customer")
    # A list, so that no cursor stays open while Stripe is called.
    for copy in list(others.order_by("created_at", "pk")):
        _detach(copy, user)
    _perform(OperationKind.DETACH_PAYMENT_METHOD, payment_method, user, {})
    return payment_method


def _detach(copy: StripePaymentMethod, user: Person) -> None:
    """Succeeds if someone else has detached the copy in the meantime."""
    try:
        _perform(OperationKind.DETACH_PAYMENT_METHOD, copy, user, {})
    except PaymentError as error:
        if isinstance(error, OperationInProgressError):
            raise
        operations.sync("payment_method", copy.stripe_payment_method_id)
        copy.refresh_from_db()
        if copy.is_attached:
            raise


def _refuse_other_users(payment_method: StripePaymentMethod, user: Person) -> None:
    if user is not None and (user.pk is None or payment_method.customer.user_id != user.pk):
        raise NotFoundError(_("There is no such payment method."), path=("paymentMethodId",))


def _perform(
    kind: OperationKind,
    payment_method: StripePaymentMethod,
    user: Person,
    parameters: dict[str, object],
) -> None:
    _refuse_other_users(payment_method, user)

    def prepare(operation: Operation) -> None:
        # The customer's row is the lock: only one caller at a time goes on.
        customer = StripeCustomer.objects.select_for_update(of=("self",)).get(
            pk=payment_method.customer_id
        )
        same = Q(payment_method=payment_method)
        if kind is OperationKind.SET_DEFAULT_PAYMENT_METHOD:
            same |= Q(customer=customer, kind=kind)  # a customer has one default
        operations.refuse_second(
            Operation.objects.filter(same, state__in=OperationState.resumable())
        )
        payment_method.refresh_from_db()
        if not payment_method.is_attached:
            raise InvalidStateError(
                _("This payment method is no longer saved."),
                path=("paymentMethodId",),
                current_status="detached",
            )
        operation.customer = customer
        operation.payment_method = payment_method
        operation.parameters = parameters

    operations.perform_alone(
        kind=kind,
        actor=operations.actor_of(user),
        input={"payment_method": str(payment_method.pk)},
        prepare=prepare,
    )
    payment_method.refresh_from_db()
    payment_method.customer.refresh_from_db()
