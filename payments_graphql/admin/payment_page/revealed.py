"""Who saw the personal data of a customer: in Django's log and in ours.

The entry in Django's log is stored in English, so that it is recognized in any language.
"""

from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop

from ...logs import get_logger
from ...models import StripePaymentIntent
from ...operations import actor_of

__all__ = ["is_reveal", "log_reveal", "show_log"]

logger = get_logger(__name__)

_REVEALED = gettext_noop("Saw the name and the e-mail addresses of the customer.")


def log_reveal(request: HttpRequest, intent: StripePaymentIntent) -> None:
    assert request.user.pk is not None
    LogEntry.objects.log_actions(
        user_id=request.user.pk,
        queryset=[intent],
        action_flag=CHANGE,
        change_message=_REVEALED,
        single_object=True,
    )
    logger.info(
        "personal_data_seen",
        actor=actor_of(request.user),
        payment_intent=str(intent.pk),
        customer=str(intent.customer_id),
    )


def is_reveal(entry: LogEntry) -> bool:
    return entry.change_message == _REVEALED


def show_log(entry: LogEntry) -> str:
    return gettext(_REVEALED) if is_reveal(entry) else str(entry.get_change_message())
