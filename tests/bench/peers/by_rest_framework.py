"""The first page of payments by Django REST framework's serializers."""

from typing import Any

from knox.auth import TokenAuthentication
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .by_hand import make_amount, make_cursor, make_id
from .by_instances import list_with_related


class _Identified(serializers.Serializer[Any]):
    type_name = ""
    id = serializers.SerializerMethodField()

    def get_id(self, row: Any) -> str:
        return make_id(self.type_name, row.pk)


class _Priced(_Identified):
    status = serializers.SerializerMethodField()
    amount = serializers.SerializerMethodField()
    currency = serializers.CharField()
    createdAt = serializers.SerializerMethodField()  # noqa: N815 (a name of the answer)

    def get_status(self, row: Any) -> str:
        return str(row.status).upper()

    def get_amount(self, row: Any) -> str:
        return make_amount(row.amount)

    def get_createdAt(self, row: Any) -> str:  # noqa: N802 (as above)
        return str(row.created_at.isoformat())


class _RefundSerializer(_Priced):
    type_name = "Refund"


class _MethodSerializer(_Identified):
    type_name = "PaymentMethod"
    brand = serializers.CharField()
    last4 = serializers.CharField()


class _BookingSerializer(_Identified):
    type_name = "Booking"
    reference = serializers.CharField()


class _PaymentSerializer(_Priced):
    type_name = "PaymentIntent"
    stripePaymentIntentId = serializers.CharField(source="stripe_payment_intent_id")  # noqa: N815 (as above)
    description = serializers.SerializerMethodField()
    paymentMethod = _MethodSerializer(source="payment_method")  # noqa: N815 (as above)
    booking = _BookingSerializer()
    refunds = _RefundSerializer(many=True)

    def get_description(self, row: Any) -> str | None:
        return row.description or None


class ListPayments(APIView):
    authentication_classes = (TokenAuthentication,)

    def post(self, request: Request) -> Response:
        size = request.data["variables"]["first"]
        rows = list(list_with_related(request.user)[: size + 1])
        shown = rows[:size]
        page = {
            "hasNextPage": len(rows) > size,
            "endCursor": make_cursor(shown[-1].created_at, shown[-1].pk) if shown else None,
        }
        nodes = _PaymentSerializer(shown, many=True).data
        return Response({"data": {"paymentIntents": {"nodes": nodes, "pageInfo": page}}})
