from django.utils import timezone
from django.utils.translation import gettext as _

from .. import policy
from ..errors import InvalidStateError
from ..logs import get_logger
from ..models import RefundStatus, StripeRefund
from ..policy import Person, get_policy

__all__ = ["settle_failed_refund"]

logger = get_logger(__name__)


def settle_failed_refund(*, refund: StripeRefund, user: Person = None) -> StripeRefund:
    """Records that the customer got the money in another way, so that the failed refund needs
    nobody anymore. Changes no amount. Raises `PaymentError`."""
    if user is not None:
        may = get_policy().may_refund(user, refund.payment_intent)
        policy.require(may, _("You are not allowed to refund this payment."))
    rows = StripeRefund.objects.filter(
        pk=refund.pk, status=RefundStatus.FAILED, failure_settled_at=None
    )
    if not rows.update(failure_settled_at=timezone.now()):
        raise InvalidStateError(
            _("This refund has not failed, or is settled already."), current_status=refund.status
        )
    logger.info("failed_refund_settled", stripe_id=refund.stripe_refund_id)
    refund.refresh_from_db()
    return refund
