"""A view of the caller's payments, as people write it by hand for speed: three statements by
`values_list`, and orjson. It answers the same data as `QUERY` of `tests.bench.queries`."""

import base64
from decimal import Decimal
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from knox.auth import TokenAuthentication

from payments_graphql.models import StripeCustomer, StripePaymentIntent, StripeRefund

_REFUND = ("payment_intent_id", "id", "amount", "currency", "status", "created_at")
_PAYMENT = (
    "id", "stripe_payment_intent_id", "status", "amount", "currency", "description", "created_at",
    "payment_method__id", "payment_method__brand", "payment_method__last4",
    "booking__id", "booking__reference",
)  # fmt: skip


@csrf_exempt
def list_payments(request: HttpRequest) -> HttpResponse:
    user, _token = TokenAuthentication().authenticate(request)
    size = orjson.loads(request.body)["variables"]["first"]
    customers = list(
        StripeCustomer.objects.filter(
            user_id=user.pk, livemode=False, account=settings.PAYMENTS_ACCOUNT
        ).values_list("pk", flat=True)
    )
    rows = list(
        StripePaymentIntent.objects.filter(
            customer_id__in=customers, stripe_payment_intent_id__isnull=False
        )
        .order_by("-created_at", "-pk")
        .values_list(*_PAYMENT)[: size + 1]
    )
    refunds: dict[Any, list[Any]] = {}
    for refund in (
        StripeRefund.objects.filter(payment_intent_id__in=[row[0] for row in rows[:size]])
        .exclude(stripe_refund_id=None)
        .order_by("-created_at", "-pk")
        .values_list(*_REFUND)
    ):
        refunds.setdefault(refund[0], []).append(refund)
    nodes = [_show(row, refunds.get(row[0], ())) for row in rows[:size]]
    end = None
    if nodes:
        stamp = int(rows[:size][-1][6].timestamp() * 1_000_000)
        end = base64.urlsafe_b64encode(f"{stamp}:{rows[:size][-1][0]}".encode()).decode()
    page = {"hasNextPage": len(rows) > size, "endCursor": end}
    answer = {"data": {"paymentIntents": {"nodes": nodes, "pageInfo": page}}}
    return HttpResponse(orjson.dumps(answer), content_type="application/json")


def _show(row: tuple[Any, ...], refunds: Any) -> dict[str, Any]:
    return {
        "id": _global_id("PaymentIntent", row[0]),
        "stripePaymentIntentId": row[1],
        "status": row[2].upper(),
        "amount": _amount(row[3]),
        "currency": row[4],
        "description": row[5] or None,
        "createdAt": row[6].isoformat(),
        "paymentMethod": row[7]
        and {"id": _global_id("PaymentMethod", row[7]), "brand": row[8], "last4": row[9]},
        "booking": row[10] and {"id": _global_id("Booking", row[10]), "reference": row[11]},
        "refunds": [
            {
                "id": _global_id("Refund", refund[1]),
                "amount": _amount(refund[2]),
                "currency": refund[3],
                "status": refund[4].upper(),
                "createdAt": refund[5].isoformat(),
            }
            for refund in refunds
        ],
    }


def _global_id(name: str, pk: Any) -> str:
    return base64.b64encode(f"{name}:{pk}".encode()).decode()


def _amount(minor_units: int) -> str:
    return str(Decimal(minor_units).scaleb(-2))


urlpatterns = [path("", include("settings.urls")), path("bare/payments/", list_payments)]
