"""Rows of other modes and accounts than those of the current keys."""

from django.db.models import Q

from .customer import StripeCustomer
from .ours import list_modes, our_values
from .payment_intent import StripePaymentIntent
from .webhook_event import StripeWebhookEvent


def of_others(*prefixes: str) -> Q:
    """Rows of another mode or account than ours. See Note [One mode, one account].

    Lists the modes and accounts that have customers, payments or events, since NOT would read a
    whole table.
    """
    ours = tuple(our_values().values())
    found = Q(pk__in=())
    models = (StripeCustomer, StripePaymentIntent, StripeWebhookEvent)
    for account, livemode in {mode for model in models for mode in list_modes(model)}:
        if (livemode, account) != ours:
            for prefix in prefixes:
                found |= Q(**{f"{prefix}account": account, f"{prefix}livemode": livemode})
    return found
