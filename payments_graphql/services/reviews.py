from django.utils.translation import gettext as _

from .. import operations, policy
from ..models import Operation
from ..policy import Person, get_policy

__all__ = ["resolve_operation"]


def resolve_operation(*, operation: Operation, user: Person = None) -> Operation:
    """Resolves an operation with the state `needs_review`, whose result was not known after a day.

    Reads from Stripe once more. If the request was carried out, the operation succeeds. If there is
    no sign of it, the operation fails and its reservation is released. If Stripe cannot be read,
    nothing is decided (`PaymentError`).
    """
    if user is not None:
        may = get_policy().may_resolve(user, operation)
        policy.require(may, _("You are not allowed to resolve operations."))
    operations.refuse_open_transaction()
    with operations.waiting():
        operations.resolve(operation, by=operations.actor_of(user))
    operation.refresh_from_db()
    return operation
