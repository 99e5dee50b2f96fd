"""The first page of payments by strawberry-django as its documentation shows it, with the
optimizer and a connection with cursors: https://strawberry.rocks/docs/django/guide/optimizer"""

from datetime import datetime
from typing import Any

import strawberry
import strawberry_django
from knox.auth import TokenAuthentication
from strawberry import relay
from strawberry.django.views import GraphQLView
from strawberry_django.optimizer import DjangoOptimizerExtension
from strawberry_django.relay import DjangoCursorConnection

from payments_graphql.models import (
    Booking,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
)

from .by_hand import list_own, make_amount


def _show_status(root: strawberry.Parent[Any]) -> str:
    return str(root.status).upper()


def _show_amount(root: strawberry.Parent[Any]) -> str:
    return make_amount(root.amount)


@strawberry_django.type(StripeRefund, name="Refund")
class _Refund(relay.Node):
    currency: strawberry.auto
    created_at: datetime
    status: str = strawberry_django.field(_show_status, only=["status"])
    amount: str = strawberry_django.field(_show_amount, only=["amount"])


@strawberry_django.type(StripePaymentMethod, name="PaymentMethod")
class _PaymentMethod(relay.Node):
    brand: strawberry.auto
    last4: strawberry.auto


@strawberry_django.type(Booking, name="Booking")
class _Booking(relay.Node):
    reference: strawberry.auto


@strawberry_django.type(StripePaymentIntent, name="PaymentIntent")
class _Payment(relay.Node):
    stripe_payment_intent_id: strawberry.auto
    currency: strawberry.auto
    created_at: datetime
    payment_method: _PaymentMethod | None
    booking: _Booking | None
    refunds: list[_Refund]
    status: str = strawberry_django.field(_show_status, only=["status"])
    amount: str = strawberry_django.field(_show_amount, only=["amount"])

    @strawberry_django.field(only=["description"])
    def description(self, root: strawberry.Parent[Any]) -> str | None:
        return root.description or None

    @classmethod
    def get_queryset(cls, queryset: Any, info: strawberry.Info, **_: Any) -> Any:
        user, _token = TokenAuthentication().authenticate(info.context.request)
        return queryset & list_own(user).order_by("-created_at", "-pk")


@strawberry.type
class _Query:
    payment_intents: DjangoCursorConnection[_Payment] = strawberry_django.connection()


schema = strawberry.Schema(query=_Query, extensions=[DjangoOptimizerExtension])
list_payments = GraphQLView.as_view(schema=schema)
