"""Global ids into the objects that a mutation acts on; a query finds its own in `visibility`.

What is malformed, unknown or somebody else's is the same `NotFoundError`. Of somebody else's, only
what staff do for a customer is reached, by those whom the policy lets do just that; to all others
it does not exist.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from payments_graphql.conf import conf
from payments_graphql.errors import NotFoundError
from payments_graphql.models import (
    AbstractBooking,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    get_or_none,
    list_all_bookings,
)

from .nodes import decode_id, parse_pk


def is_own(user: AbstractBaseUser, intent: StripePaymentIntent | StripeSetupIntent) -> bool:
    return user.pk is not None and bool(intent.customer.user_id == user.pk)


def get_payment_intent_to_act_on(
    user: AbstractBaseUser,
    global_id: str,
    may: Callable[[AbstractBaseUser, StripePaymentIntent], bool],
) -> StripePaymentIntent:
    """Your own, or anybody's for those whom `may`, a question of the policy's, lets do it."""
    intents = StripePaymentIntent.objects.ours().accepted().select_related("customer")
    intent = _find(intents, global_id, "PaymentIntent")
    if intent is None or not (is_own(user, intent) or may(user, intent)):
        raise NotFoundError(_("No such payment intent."), path=("paymentIntentId",))
    return intent


def get_refund(user: AbstractBaseUser, global_id: str) -> StripeRefund:
    """Your own, or anybody's for those who may cancel it."""
    refunds = StripeRefund.objects.ours().accepted().select_related("payment_intent__customer")
    refund = _find(refunds, global_id, "Refund")
    if refund is None or not (
        is_own(user, refund.payment_intent) or conf.PAYMENTS_POLICY.may_cancel_refund(user, refund)
    ):
        raise NotFoundError(_("No such refund."), path=("refundId",))
    return refund


def get_dispute(user: AbstractBaseUser, global_id: str) -> StripeDispute:
    """Your own, or anybody's for those who may answer it."""
    disputes = StripeDispute.objects.ours().select_related("payment_intent__customer")
    dispute = _find(disputes, global_id, "Dispute")
    if dispute is None or not (
        is_own(user, dispute.payment_intent)
        or conf.PAYMENTS_POLICY.may_answer_dispute(user, dispute)
    ):
        raise NotFoundError(_("No such dispute."), path=("disputeId",))
    return dispute


def get_booking(user: AbstractBaseUser, global_id: str) -> AbstractBooking:
    bookings: QuerySet[AbstractBooking] = list_all_bookings().for_user(user)
    booking = _find(bookings, global_id, "Booking")
    if booking is None:
        raise NotFoundError(_("No such booking."), path=("bookingId",))
    return booking


def get_payment_method(user: AbstractBaseUser, global_id: str) -> StripePaymentMethod:
    return _get_method(StripePaymentMethod.objects.for_user(user), global_id)


def get_payment_method_of_payer(intent: StripePaymentIntent, global_id: str) -> StripePaymentMethod:
    """The customer's who pays, which is somebody else where staff charge it."""
    return _get_method(StripePaymentMethod.objects.filter(customer=intent.customer), global_id)


def parse_id(model: type[Model], global_id: str, type_name: str) -> Any:
    """The primary key within a global id, or None when it cannot be one of this type."""
    decoded = decode_id(global_id)
    return parse_pk(model, decoded[1]) if decoded and decoded[0] == type_name else None


def _get_method(methods: QuerySet[StripePaymentMethod], global_id: str) -> StripePaymentMethod:
    method = _find(methods.select_related("customer"), global_id, "PaymentMethod")
    if method is None:
        raise NotFoundError(_("No such payment method."), path=("paymentMethodId",))
    return method


def _find[Row: Model](rows: QuerySet[Row], global_id: str, type_name: str) -> Row | None:
    pk = parse_id(rows.model, global_id, type_name)
    return None if pk is None else get_or_none(rows.filter(pk=pk))
