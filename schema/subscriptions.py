from typing import Annotated

import strawberry

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
        intents = StripePaymentIntent.objects
        visible = (
            intents.accepted()
            if conf.PAYMENTS_POLICY.may_see_everything(user)
            else intents.for_user(user)
        )
        pk = parse_id(StripePaymentIntent, id, "PaymentIntent")
        if pk is not None and watch.payment_intent is None:
            watch.follow(pk)
        rows = prefetch(visible.select_related("customer"), info, "PaymentIntent")
        found = None if pk is None else get_or_none(rows.filter(pk=pk))
        if found is None:
            raise NotFoundError("No such payment intent.", path=("id",))
        info.context.seen = found
        return found  # type: ignore[return-value]
