"""Links from figures to the rows that they count. See Note [Daily figures]."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import NoReverseMatch, reverse

from ..figures import Period, start_of
from ..figures.days import ONE_DAY
from ..models import (
    FigureName,
    PaymentIntentStatus,
    RefundStatus,
    StatusChange,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeWebhookEvent,
)

LOOKUPS = ("currency__exact",)
"""Of these links, besides those of the filters of the lists."""
REFUND_LOOKUPS = (*LOOKUPS, "status__in", "stripe_refund_id__isnull")
_ACCEPTED = {"stripe_refund_id__isnull": "False"}
_WHERE: dict[str, tuple[type[Model], dict[str, str]]] = {
    FigureName.PAID: (StripePaymentIntent, {"status__exact": PaymentIntentStatus.SUCCEEDED}),
    FigureName.AUTHORIZED: (
        StripePaymentIntent,
        {"status__exact": PaymentIntentStatus.REQUIRES_CAPTURE},
    ),
    FigureName.NOT_PAID: (StripePaymentIntent, {"last_error__isnull": "False"}),
    FigureName.FEES: (
        StripePaymentIntent,
        {"status__exact": PaymentIntentStatus.SUCCEEDED, "fee__isnull": "False"},
    ),
    FigureName.DECLINED: (StatusChange, {}),
    FigureName.REFUNDED: (StripeRefund, {"status__exact": RefundStatus.SUCCEEDED}),
    FigureName.REFUNDS_OPEN: (
        StripeRefund,
        {"status__in": ",".join(RefundStatus.in_progress()), **_ACCEPTED},
    ),
    FigureName.REFUNDS_FAILED: (StripeRefund, {"status__exact": RefundStatus.FAILED}),
    FigureName.DISPUTED: (StripeDispute, {}),
    FigureName.DISPUTES_WON: (StripeDispute, {"status__exact": "won"}),
    FigureName.DISPUTES_LOST: (StripeDispute, {"status__exact": "lost"}),
    FigureName.WEBHOOK_DELAY: (StripeWebhookEvent, {"source__exact": "webhook"}),
    FigureName.EVENTS_POLLED: (StripeWebhookEvent, {"source__exact": "pull"}),
}
_MOMENTS: dict[type[Model], str] = {
    StatusChange: "occurred_at",
    StripeWebhookEvent: "received_at",
}


@dataclass(frozen=True)
class Rows:
    """Whose rows the links lead to."""

    period: Period
    currency: str
    is_ours: bool = True

    def link(self, name: FigureName, code: str = "") -> str:
        """`code` is that of a decline. Empty if the admin has no such list."""
        model, filters = _WHERE[name]
        if name == FigureName.DECLINED:
            filters = {
                "failure_code__exact": code,
                "payment_intent__currency__exact": self.currency,
            }
        elif model is not StripeWebhookEvent:
            filters = {**filters, "currency__exact": self.currency}
        return self._link(model, filters)

    def link_payments(self) -> str:
        return self._link(StripePaymentIntent, {"currency__exact": self.currency})

    def _link(self, model: type[Model], filters: dict[str, str]) -> str:
        moment = _MOMENTS.get(model, "created_at")
        within = {
            f"{moment}__gte": start_of(self.period.first).isoformat(" "),
            f"{moment}__lt": start_of(self.period.last + ONE_DAY).isoformat(" "),
        }
        mode = {} if self.is_ours else {"mode": "others"}
        try:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        except NoReverseMatch:
            return ""
        return f"{url}?{urlencode({**filters, **within, **mode})}"
