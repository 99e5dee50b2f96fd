from django.db.models import Q
from django.utils.translation import gettext as _

from .. import operations
from ..errors import InvalidStateError, NotFoundError
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
    """The user's saved methods, newest first, one for each card."""
    if user is None:
        return []
    methods = StripePaymentMethod.objects.for_user(user).attached().select_related("customer")
    by_card: dict[str, StripePaymentMethod] = {}
    for method in methods:
        card = f"{method.fingerprint}:{method.exp_year}:{method.exp_month}"
        key = card if method.fingerprint else str(method.pk)
        if key not in by_card or method.is_default:
            by_card[key] = method
    return list(by_card.values())


def set_default_payment_method(
    *, payment_method: StripePaymentMethod, user: Person = None
) -> StripePaymentMethod:
    """The method that later payments offer first.

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
    """Forget a saved method; at Stripe it can never be attached again.

    https://docs.stripe.com/api/payment_methods/detach
    """
    _perform(OperationKind.DETACH_PAYMENT_METHOD, payment_method, user, {})
    return payment_method


def _perform(
    kind: OperationKind,
    payment_method: StripePaymentMethod,
    user: Person,
    parameters: dict[str, object],
) -> None:
    if user is not None and payment_method.customer.user_id != user.pk:
        raise NotFoundError(_("No such payment method."), path=("paymentMethodId",))

    def prepare(operation: Operation) -> None:
        # The customer's row is the lock: what follows is decided one after another.
        customer = StripeCustomer.objects.select_for_update(of=("self",)).get(
            pk=payment_method.customer_id
        )
        same = Q(payment_method=payment_method)
        if kind is OperationKind.SET_DEFAULT_PAYMENT_METHOD:
            same |= Q(customer=customer, kind=kind)  # a customer has one, the last that was chosen
        operations.refuse_second(
            Operation.objects.filter(same, state__in=OperationState.resumable())
        )
        payment_method.refresh_from_db()
        if not payment_method.is_attached:
            raise InvalidStateError(
                _("The payment method is not saved any more."),
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
