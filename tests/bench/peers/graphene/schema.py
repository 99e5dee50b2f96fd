"""As the documentation shows it: types of models, and a connection of Relay's. Related rows are
fetched by hand, as there is no optimizer: https://docs.graphene-python.org/projects/django/"""

from decimal import Decimal
from typing import Any

import graphene
from django.conf import settings
from graphene import relay
from graphene_django import DjangoConnectionField, DjangoObjectType

from . import models


class PaymentMethod(DjangoObjectType):
    class Meta:
        model = models.PaymentMethod
        fields = ("id", "brand", "last4")
        interfaces = (relay.Node,)


class Booking(DjangoObjectType):
    class Meta:
        model = models.Booking
        fields = ("id", "reference")
        interfaces = (relay.Node,)


class Refund(DjangoObjectType):
    status = graphene.String()
    amount = graphene.String()

    class Meta:
        model = models.Refund
        fields = ("id", "currency", "created_at")
        interfaces = (relay.Node,)

    def resolve_status(self, info: Any) -> str:
        return self.status.upper()

    def resolve_amount(self, info: Any) -> str:
        return _make_amount(self.amount)


class PaymentIntent(DjangoObjectType):
    status = graphene.String()
    amount = graphene.String()
    description = graphene.String()
    refunds = graphene.List(graphene.NonNull(Refund))

    class Meta:
        model = models.PaymentIntent
        fields = (
            "id", "stripe_payment_intent_id", "currency", "created_at", "payment_method", "booking",
        )  # fmt: skip
        interfaces = (relay.Node,)

    def resolve_status(self, info: Any) -> str:
        return self.status.upper()

    def resolve_amount(self, info: Any) -> str:
        return _make_amount(self.amount)

    def resolve_description(self, info: Any) -> str | None:
        return self.description or None

    def resolve_refunds(self, info: Any) -> Any:
        return self.refunds.all()


class Query(graphene.ObjectType):
    payment_intents = DjangoConnectionField(PaymentIntent)

    def resolve_payment_intents(self, info: Any, **_: Any) -> Any:
        rows = models.PaymentIntent.objects.filter(
            customer__in=models.Customer.objects.filter(
                user=info.context.user, livemode=False, account=settings.PAYMENTS_ACCOUNT
            ),
            stripe_payment_intent_id__isnull=False,
        )
        rows = rows.select_related("payment_method", "booking").prefetch_related("refunds")
        return rows.order_by("-created_at", "-pk")


def _make_amount(minor_units: int) -> str:
    return str(Decimal(minor_units).scaleb(-2))


schema = graphene.Schema(query=Query)
