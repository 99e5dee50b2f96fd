from collections.abc import Callable

from django.db import connection
from django.utils.translation import gettext as _

from .. import mirror
from ..errors import InvalidStateError, OperationInProgressError, TransactionOpenError
from ..models import MirroredModel, Operation, RefundRequest, is_ours
from ..stripe_client import Answer, StripeCallError
from .refusals import explain
from .waiting import waiting


def is_in_transaction() -> bool:
    """Whether a transaction is open, other than a test case's own."""
    return connection.in_atomic_block and not getattr(
        connection.atomic_blocks[-1], "_from_testcase", False
    )


def refuse_open_transaction() -> None:
    """See Note [No transaction around Stripe]."""
    if is_in_transaction():
        raise TransactionOpenError


def refuse_others(*rows: MirroredModel | Operation | RefundRequest | None) -> None:
    """Refuses rows that our key cannot act on. See Note [One mode, one account]."""
    if not all(row is None or is_ours(row) for row in rows):
        raise InvalidStateError(
            _("It belongs to a different mode or Stripe account than the current keys.")
        )


def read[Argument](call: Callable[[Argument], Answer], argument: Argument) -> Answer:
    """Reads one object, by its id, or one page of a list from Stripe, for a caller who waits."""
    refuse_open_transaction()
    with waiting():
        mirror.release_connection()
        try:
            return call(argument)
        except StripeCallError as error:
            raise explain(error) from error


def sync(kind: str, stripe_id: str) -> None:
    """Reads one object and mirrors it, for a caller who waits."""
    refuse_open_transaction()
    with waiting():
        try:
            mirror.fetch_and_apply(kind, stripe_id)
        except StripeCallError as error:
            raise explain(error) from error
        except mirror.ReadRequired as required:
            raise OperationInProgressError(
                _("The object is changing at Stripe. Try again in a moment.")
            ) from required
