"""A site's own GraphQL schema, with its own `Booking`, `Node` and context, and our types in it."""

from dataclasses import dataclass
from typing import Any

import strawberry
import strawberry_django
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from strawberry import auto, relay
from strawberry.django.views import GraphQLView
from strawberry_django.optimizer import DjangoOptimizerExtension

from payments_graphql.models import AbstractBooking
from schema import (
    PaymentsMutation,
    PaymentsQuery,
    PaymentsSchema,
    PaymentsSubscription,
    extend,
    list_visible,
    payments_schema_config,
)
from schema.types import bookings
from schema.types.payment_intents import PaymentIntent


@strawberry_django.type(Group)
class Booking(relay.Node):
    """The site uses this name for something else."""

    name: auto

    @strawberry.field
    def payment_intents(self, info: strawberry.Info) -> list[PaymentIntent]:
        rows = list_visible(info, PaymentIntent)
        return rows.filter(booking__reference=self.name)  # type: ignore[return-value, attr-defined]  # as strawberry-django calls it


@extend(bookings.Booking)
@strawberry.field
def group(root: strawberry.Parent[AbstractBooking]) -> Booking | None:
    found: Any = Group.objects.filter(name=root.reference).first()
    return found


@strawberry.type
class Query(PaymentsQuery):
    site_node: relay.Node = relay.node()
    groups: list[Booking] = strawberry_django.field()

    @strawberry.field
    def shop(self, info: strawberry.Info) -> str:
        context = info.context
        return context["shop"] if isinstance(context, dict) else context.shop

    @strawberry.field
    def who(self, info: strawberry.Info) -> str:
        context = info.context
        request = context["request"] if isinstance(context, dict) else context.request
        return request.user.get_username()

    @strawberry.field
    def broken(self) -> str:
        raise RuntimeError("the password is swordfish")


@dataclass
class SiteContext:
    request: HttpRequest
    response: HttpResponse
    shop: str = "Lisbon"


class SiteView(GraphQLView):
    def get_context(self, request: HttpRequest, response: HttpResponse) -> Any:
        return SiteContext(request, response)


class DictView(GraphQLView):
    def get_context(self, request: HttpRequest, response: HttpResponse) -> Any:
        return {"request": request, "response": response, "shop": "Lisbon"}


schema = PaymentsSchema(
    query=Query,
    mutation=PaymentsMutation,
    subscription=PaymentsSubscription,
    **payments_schema_config(prefix="Payments", extensions=[DjangoOptimizerExtension]),
)
site_view = csrf_exempt(transaction.non_atomic_requests(SiteView.as_view(schema=schema)))
dict_view = csrf_exempt(transaction.non_atomic_requests(DictView.as_view(schema=schema)))
