"""A finished payment without a booking is charged again once.

With a booking, the amount due shows whether money is still owed. Without one nothing else does: two
people could each charge the card for the same canceled payment. So the new payment names the one
that it charges again, and is the next one to charge again if it does not succeed either.
"""

from django.utils.translation import gettext as _

from ..errors import InvalidStateError
from ..models import StripePaymentIntent

__all__ = ["lock", "refuse_second"]


def lock(intent: StripePaymentIntent) -> StripePaymentIntent:
    """Others who charge it again wait until the end of the transaction."""
    return StripePaymentIntent.objects.select_for_update(of=("self",)).get(pk=intent.pk)


def refuse_second(intent: StripePaymentIntent) -> None:
    """Raises `InvalidStateError` if the payment was charged again already."""
    retry = intent.retries.first()
    if retry is not None:
        raise InvalidStateError(
            _("This payment was already charged again, with the payment %(payment)s. Go on there.")
            % {"payment": retry.stripe_payment_intent_id or retry.pk},
            current_status=intent.status,
        )
