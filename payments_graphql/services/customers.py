from collections.abc import Callable, Collection
from functools import partial

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from .. import mirror, operations, people
from ..errors import CustomerGoneError, InvalidStateError, ValidationError
from ..models import (
    Operation,
    OperationKind,
    OperationState,
    StripeCustomer,
    get_or_none,
)
from ..texts import make_storable
from .inputs import get_usable_email
from .unasked import leaving_out_the_refused

__all__ = ["get_or_create_customer", "replacing_a_deleted_customer"]

_ACTOR = "system:customers"


def get_or_create_customer(user: AbstractBaseUser) -> StripeCustomer:
    """The user's customer in our mode and account. Created at Stripe with the first payment."""
    if user.pk is None:  # not saved yet, or just deleted
        raise ValidationError(_("User must be saved in the database first."), path=("user",))
    customer = _get_current(user)
    if customer is not None and customer.erased_at is not None:
        raise InvalidStateError(
            _("Your payment data is being erased. Try again later."),
            current_status="erasing",
        )
    if customer is not None and customer.stripe_customer_id:
        return customer

    def prepare(left_out: Collection[str], operation: Operation) -> None:
        row = StripeCustomer.objects.create(user_id=user.pk, generation=_count_deleted(user) + 1)
        operation.customer = row
        # Stripe accepts 256 characters, and Django's two names can have 301.
        name = make_storable(people.get_full_name(user), 256)
        optional = {"email": get_usable_email(user), "name": name}
        sent = {key: text for key, text in optional.items() if text and key not in left_out}
        operation.unasked = list(sent)
        operation.parameters = {
            **sent,
            "metadata": mirror.our_metadata(operation.pk, customer=row.pk),
        }

    performed = leaving_out_the_refused(
        lambda left_out: operations.perform(
            kind=OperationKind.CREATE_CUSTOMER,
            actor=_ACTOR,
            key=_key(user),
            input={"user": str(user.pk)},
            prepare=partial(prepare, left_out),
        )
    )
    customer = performed.operation.customer
    assert customer is not None
    customer.refresh_from_db()
    return customer


def replacing_a_deleted_customer[Result](ask: Callable[[], Result]) -> Result:
    """Returns the result of `ask`. Calls it again, with a new customer, if Stripe says that the
    customer was deleted; the deletion is mirrored by then."""
    try:
        return ask()
    except CustomerGoneError:
        return ask()


def _key(user: AbstractBaseUser) -> str:
    """Equal for concurrent first payments, so that they create only one customer."""
    prefix = f"{user.pk}:"
    generation = _count_deleted(user) + 1
    refused = (
        Operation.objects.ours()
        .filter(actor=_ACTOR, key__startswith=prefix, state=OperationState.FAILED)
        .count()
    )
    return f"{prefix}{generation}:{refused}"


def _count_deleted(user: AbstractBaseUser) -> int:
    return StripeCustomer.objects.ours().filter(user_id=user.pk, deleted_at__isnull=False).count()


def _get_current(user: AbstractBaseUser) -> StripeCustomer | None:
    return get_or_none(StripeCustomer.objects.ours().filter(user_id=user.pk, deleted_at=None))
