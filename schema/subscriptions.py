from typing import Annotated
from uuid import UUID

import strawberry
from django.contrib.auth.models import AbstractBaseUser

from payments_graphql.conf import conf
from payments_graphql.errors import NotFoundError
from payments_graphql.models import StripePaymentIntent, get_or_none

from .context import BadInputError, Info, get_user
from .ownership import parse_id
from .payment_intents import PaymentIntent
from .prefetching import prefetch


@strawberry.type(
    description="What is told as it happens, over server-sent events: POST with "
    "`Accept: text/event-stream`."
)
class Subscription:
    # A plain field. See Note [A subscription is read like a query].
    @strawberry.field(
        description="One of your payments: as it is now, then after each change, until it has "
        "succeeded or was canceled. An unknown `id` is an error with the code `NOT_FOUND`. After a "
        "reconnection it begins with the present state again."
    )
    def payment_intent_updated(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The payment's `id`.")],
    ) -> PaymentIntent:
        user, watch = get_user(info), info.context.watch
        if watch is None:
            raise BadInputError("Subscribe with `Accept: text/event-stream`.")
        pk = parse_id(StripePaymentIntent, id, "PaymentIntent")
        if pk is not None and watch.payment_intent is None:
            watch.follow(pk)
        found = None if pk is None else _find(user, pk, info)
        if found is None:
            raise NotFoundError("No such payment intent.", path=("id",))
        info.context.seen = found
        return found  # type: ignore[return-value]


def _find(user: AbstractBaseUser, pk: UUID, info: Info) -> StripePaymentIntent | None:
    """Your own; or anybody's, asked for second, as permissions cost queries and few have them."""
    intents = StripePaymentIntent.objects.select_related("customer")
    own = prefetch(intents.for_user(user), info, "PaymentIntent")
    found = get_or_none(own.filter(pk=pk))
    if found is None and conf.PAYMENTS_POLICY.may_see_everything(user):
        found = get_or_none(prefetch(intents.accepted(), info, "PaymentIntent").filter(pk=pk))
    return found
