"""Limits how often a user can cause calls to Stripe."""

from typing import Literal

from payments_graphql import rate_limits
from payments_graphql.client_address import get_client_address
from payments_graphql.policy import get_policy
from payments_graphql.services.card_testing import refuse_blocked

from .context import Info, get_context, get_user

type Admitted = Literal["create", "confirm", "setup", "change", "refund", "read"]


def admit(info: Info, action: Admitted) -> None:
    """Counts one request of the user. It is called in the resolver, so each alias counts.

    Every mutation calls it first, as does every field that is read from Stripe. Raises
    `RateLimitedError` before anything is recorded: see Note [Counting requests]. Also rejects new
    payments of a user who seems to test cards: see Note [Card testing].
    """
    user = get_user(info)
    if action in ("change", "refund") and get_policy().may_exceed_limits(user):
        return
    rate_limits.count(action, user=user.pk, address=get_client_address(get_context(info).request))
    if action in ("create", "setup"):
        refuse_blocked(user)
