from django.utils.translation import gettext as _

from .. import operations, policy
from ..models import Operation
from ..policy import Person, get_policy

__all__ = ["resolve_operation"]


def resolve_operation(*, operation: Operation, user: Person = None) -> Operation:
    """Decide an operation that could not be settled in a day, and so is `needs_review`.

    Stripe is asked once more: what was done is settled, and what it shows no sign of is given up,
    with what it reserved. When Stripe cannot be read nothing is decided (`PaymentError`).
    """
    if user is not None:
        may = get_policy().may_resolve(user, operation)
        policy.require(may, _("You are not allowed to resolve operations."))
    operations.refuse_open_transaction()
    with operations.waiting():
        operations.resolve(operation, by=operations.actor_of(user))
    operation.refresh_from_db()
    return operation
