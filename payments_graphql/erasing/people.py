"""The person to erase, and the rows about them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from .. import people
from ..errors import NotFoundError, ValidationError
from ..models import (
    Operation,
    PaymentNote,
    RefundRequest,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
    get_or_none,
    is_ours,
    list_all_bookings,
)

__all__ = ["PersonKept", "find_by_customer", "find_by_name", "find_of"]


@dataclass(frozen=True)
class PersonKept:
    """`user` is None if the site has deleted it: only `user_pk` remains. `customers` are all of the
    user's customers, in the mode and account of our keys."""

    user: AbstractBaseUser | None
    user_pk: str
    customers: tuple[StripeCustomer, ...]

    @property
    def identity(self) -> dict[str, Any]:
        """The same before and after the erasure."""
        ids = sorted(customer.stripe_customer_id or "" for customer in self.customers)
        return {"user": self.user_pk, "customers": ids}

    def list_rows(self) -> dict[str, QuerySet[Any]]:
        """All stored rows, by kind."""
        of_customer = {"customer__in": [customer.pk for customer in self.customers]}
        of_payment = {f"payment_intent__{name}": value for name, value in of_customer.items()}
        of_setup = {f"setup_intent__{name}": value for name, value in of_customer.items()}
        return {
            "customers": StripeCustomer.objects.filter(pk__in=of_customer["customer__in"]),
            "payment_intents": StripePaymentIntent.objects.filter(**of_customer),
            "payment_methods": StripePaymentMethod.objects.filter(**of_customer),
            "setup_intents": StripeSetupIntent.objects.filter(**of_customer),
            "refunds": StripeRefund.objects.filter(**of_payment),
            "refund_requests": RefundRequest.objects.filter(**of_payment),
            "disputes": StripeDispute.objects.filter(**of_payment),
            "notes": PaymentNote.objects.filter(**of_payment),
            "status_changes": _list_any(StatusChange.objects.all(), Q(**of_payment), Q(**of_setup)),
            "bookings": self._list_bookings(),
            "operations": self._list_operations(),
            "webhook_events": self._list_events(),
        }

    def _list_bookings(self) -> QuerySet[Any]:
        if self.user is not None:
            return list_all_bookings().filter(user_id=self.user.pk)
        if self.user_pk:
            return list_all_bookings().filter(user=None, former_user=self.user_pk)
        return list_all_bookings().none()

    def _list_operations(self) -> QuerySet[Operation]:
        customers = [customer.pk for customer in self.customers]
        theirs = [
            Q(**{f"{path}__in": customers})
            for path in (
                "customer",
                "payment_intent__customer",
                "refund__payment_intent__customer",
                "payment_method__customer",
                "setup_intent__customer",
                "dispute__payment_intent__customer",
            )
        ]
        if self.user_pk:
            # A failed operation may have lost its customer.
            theirs.append(Q(actor=f"user:{self.user_pk}", customer=None))
            theirs.append(Q(actor="system:customers", key__startswith=f"{self.user_pk}:"))
        return _list_any(Operation.objects.ours(), *theirs)

    def _list_events(self) -> QuerySet[StripeWebhookEvent]:
        """Some events are about objects that have no row here."""
        customers = [one.stripe_customer_id for one in self.customers if one.stripe_customer_id]
        of_customer = {"customer__in": [one.pk for one in self.customers]}
        of_payment = {"payment_intent__customer__in": of_customer["customer__in"]}
        intents = _list_ids(StripePaymentIntent, "stripe_payment_intent_id", **of_customer)
        objects = (
            customers,
            intents,
            _list_ids(StripePaymentMethod, "stripe_payment_method_id", **of_customer),
            _list_ids(StripeSetupIntent, "stripe_setup_intent_id", **of_customer),
            _list_ids(StripeRefund, "stripe_refund_id", **of_payment),
            _list_ids(StripeDispute, "stripe_dispute_id", **of_payment),
        )
        return _list_any(
            StripeWebhookEvent.objects.ours(),
            Q(stripe_customer_id__in=customers),
            # Says what the index excludes, or PostgreSQL would not use it.
            Q(stripe_payment_intent_id__in=intents) & ~Q(stripe_payment_intent_id=""),
            *(Q(object_id__in=ids) for ids in objects),
        )


def _list_any[Row: Model](rows: QuerySet[Row], *conditions: Q) -> QuerySet[Row]:
    """The rows that match one of the conditions. Each is answered by an index; for OR, PostgreSQL
    would read the whole table."""
    first, *others = (rows.filter(condition).order_by().values("pk") for condition in conditions)
    found: QuerySet[Row] = rows.model._default_manager.filter(pk__in=first.union(*others))
    return found


def _list_ids(model: type[Model], field: str, **of_person: Any) -> QuerySet[Any]:
    rows = model._default_manager.filter(**of_person, **{f"{field}__isnull": False})
    return rows.order_by().values(field)


def find_by_name(name: str) -> PersonKept:
    """Finds the user by primary key, username or e-mail address. Raises `NotFoundError`, or
    `ValidationError` if several users match."""
    found = {user.pk: user for user in _list_users(name)}
    if not found:
        raise NotFoundError(
            _(
                "There is no such user. If the user was already deleted, give the id of the "
                "customer at Stripe."
            )
        )
    if len(found) > 1:
        keys = ", ".join(sorted(map(str, found)))
        raise ValidationError(
            _("Several users match. Give one of these primary keys: %(keys)s.") % {"keys": keys}
        )
    return _make(found.popitem()[1])


def _list_users(name: str) -> Iterator[AbstractBaseUser]:
    yield from people.list_by_key_or_username(name)
    if "@" in name:
        yield from people.list_by_email(name)


def find_by_customer(stripe_id: str) -> PersonKept:
    """Finds the person by one of their customers at Stripe. Raises `NotFoundError`."""
    customer = get_or_none(StripeCustomer.objects.ours().filter(stripe_customer_id=stripe_id))
    if customer is None:
        raise NotFoundError(_("There is no such customer for the current keys."))
    return find_of(customer)


def find_of(customer: StripeCustomer) -> PersonKept:
    """All customers of the same user. Raises `NotFoundError` for a customer of other keys."""
    if not is_ours(customer):
        raise NotFoundError(_("There is no such customer for the current keys."))
    if customer.user is not None:
        return _make(customer.user)
    of_user = Q(user=None, former_user=customer.former_user) & ~Q(former_user="")
    same = StripeCustomer.objects.ours().filter(Q(pk=customer.pk) | of_user)
    return PersonKept(None, customer.former_user, tuple(same.order_by("created_at", "pk")))


def _make(user: AbstractBaseUser) -> PersonKept:
    customers = StripeCustomer.objects.for_user(user).order_by("created_at", "pk")
    return PersonKept(user, str(user.pk), tuple(customers))
