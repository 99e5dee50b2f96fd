"""Views of payments as people write them by hand for speed: `values_list`, and orjson."""

import base64
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from knox.auth import TokenAuthentication

from payments_graphql.models import StripeCustomer, StripePaymentIntent, StripeRefund

_REFUND = ("payment_intent_id", "id", "amount", "currency", "status", "created_at")
_PAYMENT = (
    "id", "stripe_payment_intent_id", "status", "amount", "currency", "description", "created_at",
    "payment_method__id", "payment_method__brand", "payment_method__last4",
    "booking__id", "booking__reference",
)  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

type Row = tuple[Any, ...]


@csrf_exempt
def list_payments(request: HttpRequest) -> HttpResponse:
    user, variables = read(request)
    rows = list_own(user).order_by("-created_at", "-pk")
    return _answer_page(rows, variables["first"])


@csrf_exempt
def list_filtered(request: HttpRequest) -> HttpResponse:
    """Oldest first."""
    user, variables = read(request)
    wanted = variables["filter"]
    rows = list_own(user).filter(
        status__in=[status.lower() for status in wanted["status"]],
        currency=wanted["amount"]["currency"],
        amount__gte=int(Decimal(wanted["amount"]["minimum"]) * 100),
    )
    return _answer_page(rows.order_by("created_at", "pk"), variables["first"])


@csrf_exempt
def list_everybodys(request: HttpRequest) -> HttpResponse:
    user, variables = read(request)
    if not user.has_perms(["payments_graphql.view_stripepaymentintent"]):
        return HttpResponse(status=403)
    rows = StripePaymentIntent.objects.filter(
        livemode=False, account=settings.PAYMENTS_ACCOUNT, stripe_payment_intent_id__isnull=False
    )
    if variables.get("after"):
        stamp, _, pk = base64.urlsafe_b64decode(variables["after"]).decode().partition(":")
        moment = _EPOCH + timedelta(microseconds=int(stamp))
        older = Q(created_at__lt=moment) | Q(pk__lt=uuid.UUID(pk))
        rows = rows.filter(older, created_at__lte=moment)
    return _answer_page(rows.order_by("-created_at", "-pk"), variables["first"])


@csrf_exempt
def show_payment(request: HttpRequest) -> HttpResponse:
    user, variables = read(request)
    _type, _, pk = base64.b64decode(variables["id"]).decode().partition(":")
    row = list_own(user).filter(pk=uuid.UUID(pk)).values_list(*_PAYMENT).first()
    shown = show(row, list_refunds([row[0]]).get(row[0], ())) if row else None
    return answer({"paymentIntent": shown})


def read(request: HttpRequest) -> tuple[Any, dict[str, Any]]:
    user, _token = TokenAuthentication().authenticate(request)
    return user, orjson.loads(request.body)["variables"]


def list_own(user: Any) -> QuerySet[StripePaymentIntent]:
    customers = StripeCustomer.objects.filter(
        user_id=user.pk, livemode=False, account=settings.PAYMENTS_ACCOUNT
    )
    return StripePaymentIntent.objects.filter(
        customer_id__in=list(customers.values_list("pk", flat=True)),
        stripe_payment_intent_id__isnull=False,
    )


def answer(data: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps({"data": data}), content_type="application/json")


def list_refunds(payments: Iterable[Any]) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = {}
    rows = StripeRefund.objects.filter(payment_intent_id__in=payments)
    rows = rows.exclude(stripe_refund_id=None).order_by("-created_at", "-pk")
    for refund in rows.values_list(*_REFUND):
        found.setdefault(refund[0], []).append(refund)
    return found


def show(row: Row, refunds: Iterable[Row]) -> dict[str, Any]:
    return {
        "id": make_id("PaymentIntent", row[0]),
        "stripePaymentIntentId": row[1],
        "status": row[2].upper(),
        "amount": make_amount(row[3]),
        "currency": row[4],
        "description": row[5] or None,
        "createdAt": row[6].isoformat(),
        "paymentMethod": row[7]
        and {"id": make_id("PaymentMethod", row[7]), "brand": row[8], "last4": row[9]},
        "booking": row[10] and {"id": make_id("Booking", row[10]), "reference": row[11]},
        "refunds": [
            {
                "id": make_id("Refund", refund[1]),
                "amount": make_amount(refund[2]),
                "currency": refund[3],
                "status": refund[4].upper(),
                "createdAt": refund[5].isoformat(),
            }
            for refund in refunds
        ],
    }


def make_id(name: str, pk: Any) -> str:
    return base64.b64encode(f"{name}:{pk}".encode()).decode()


def make_amount(minor_units: int) -> str:
    return str(Decimal(minor_units).scaleb(-2))


def make_cursor(created_at: datetime, pk: Any) -> str:
    microseconds = (created_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{microseconds}:{pk}".encode()).decode()


def _answer_page(payments: QuerySet[StripePaymentIntent], size: int) -> HttpResponse:
    rows = list(payments.values_list(*_PAYMENT)[: size + 1])
    shown = rows[:size]
    refunds = list_refunds([row[0] for row in shown])
    page = {
        "hasNextPage": len(rows) > size,
        "endCursor": make_cursor(shown[-1][6], shown[-1][0]) if shown else None,
    }
    nodes = [show(row, refunds.get(row[0], ())) for row in shown]
    return answer({"paymentIntents": {"nodes": nodes, "pageInfo": page}})
