from typing import Annotated

import strawberry
from django.utils.translation import gettext as _

from payments_graphql.errors import NotFoundError
from payments_graphql.models import StripePaymentIntent

from ..engine.context import BadInputError, Info, get_context, get_user
from ..engine.nodes import parse_id
from ..engine.object_types import as_type
from ..engine.visibility import Scope, ScopeArgument, find_visible
from .payment_intents import PaymentIntent


@strawberry.type(
    description="Live updates over server-sent events. Subscribe with a POST request and `Accept: "
    "text/event-stream`."
)
class Subscription:
    # A plain field. See Note [A subscription is read like a query].
    @strawberry.field(
        description="Returns a payment now and after each change, until it has succeeded or was "
        "canceled. Fails with the code `NOT_FOUND` if you have no such payment. After a "
        "reconnection, starts again with the current state."
    )
    def payment_intent_updated(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The `id` of the payment.")],
        scope: ScopeArgument = Scope.OWN,
    ) -> PaymentIntent:
        get_user(info)
        watch = get_context(info).watch
        if watch is None:
            raise BadInputError("Subscribe with `Accept: text/event-stream`.")
        pk = parse_id("PaymentIntent", StripePaymentIntent, id)
        if pk is not None and watch.payment_intent is None:
            watch.follow(pk)
        found: StripePaymentIntent | None = find_visible(info, PaymentIntent, id, scope)
        if found is None:
            raise NotFoundError(_("There is no such payment."), path=("id",))
        get_context(info).seen = found
        return as_type(found)
