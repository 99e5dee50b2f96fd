"""The first page of payments by model instances, `select_related` and `prefetch_related`."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from payments_graphql.models import StripePaymentIntent

from .by_hand import answer, list_own, make_amount, make_cursor, make_id, read


@csrf_exempt
def list_payments(request: HttpRequest) -> HttpResponse:
    user, variables = read(request)
    size = variables["first"]
    rows = list(list_with_related(user)[: size + 1])
    shown = rows[:size]
    page = {
        "hasNextPage": len(rows) > size,
        "endCursor": make_cursor(shown[-1].created_at, shown[-1].pk) if shown else None,
    }
    return answer({"paymentIntents": {"nodes": [_show(one) for one in shown], "pageInfo": page}})


def list_with_related(user: Any) -> Any:
    rows = list_own(user).order_by("-created_at", "-pk")
    return rows.select_related("payment_method", "booking").prefetch_related("refunds")


def _show(payment: StripePaymentIntent) -> dict[str, Any]:
    method, booking = payment.payment_method, payment.booking
    return {
        "id": make_id("PaymentIntent", payment.pk),
        "stripePaymentIntentId": payment.stripe_payment_intent_id,
        "status": payment.status.upper(),
        "amount": make_amount(payment.amount),
        "currency": payment.currency,
        "description": payment.description or None,
        "createdAt": payment.created_at.isoformat(),
        "paymentMethod": method
        and {
            "id": make_id("PaymentMethod", method.pk),
            "brand": method.brand,
            "last4": method.last4,
        },
        "booking": booking
        and {"id": make_id("Booking", booking.pk), "reference": booking.reference},
        "refunds": [
            {
                "id": make_id("Refund", refund.pk),
                "amount": make_amount(refund.amount),
                "currency": refund.currency,
                "status": refund.status.upper(),
                "createdAt": refund.created_at.isoformat(),
            }
            for refund in payment.refunds.all()
            if refund.stripe_refund_id
        ],
    }
