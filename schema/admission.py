"""Who is let through to begin or confirm a payment, or to save a card: not too often."""

from typing import Literal

from payments_graphql import rate_limits
from payments_graphql.client_address import get_client_address
from payments_graphql.services.card_testing import refuse_blocked

from .context import Info, get_user


def admit(info: Info, action: Literal["create", "confirm", "setup"]) -> None:
    """Count one request of the person who asks, within the resolver: aliases count one by one.

    Raises `RateLimitedError`, before anything is recorded. See Note [Counting requests]; and for a
    user who seems to test cards and would begin anew, Note [Card testing].
    """
    user = get_user(info)
    rate_limits.count(action, user=user.pk, address=get_client_address(info.context.request))
    if action != "confirm":
        refuse_blocked(user)
