"""What the page of a customer shows of their payments."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import (
    MOST_SUMMED,
    StripeCustomer,
    StripeDispute,
    StripeRefund,
    has_older_payments,
    list_newest_payments,
    sum_newest_payments,
)
from . import columns
from .lifting_blocks import find_block
from .list_columns import format_time, put_in_words

_MOST_ROWS = 10


class CustomerPage:
    """Columns for the page. The sums and the rows are of the newest payments."""

    @admin.display(description=_("user"))
    def user_link(self, customer: StripeCustomer) -> str:
        name = columns.owner(customer)
        return columns.link(customer.user, name) if customer.user is not None else name

    @admin.display(description=_("totals"))
    def totals(self, customer: StripeCustomer) -> SafeString | str:
        sums = [
            {
                "payments": one.payments,
                "amounts": [
                    columns.format_amount(amount, one.currency)
                    for amount in (one.received, one.refunded, one.kept, one.at_risk)
                ],
            }
            for one in sum_newest_payments(customer)
        ]
        if not sums:
            return gettext("No payment has succeeded.")
        limit = MOST_SUMMED if has_older_payments(customer) else None
        return SafeString(
            render_to_string(
                "admin/payments_graphql/parts/customer_totals.html", {"sums": sums, "limit": limit}
            )
        )

    @admin.display(description=_("payments"))
    def payments(self, customer: StripeCustomer) -> str:
        url = reverse("admin:payments_graphql_stripepaymentintent_changelist")
        return format_html(
            '<a href="{}?customer__id__exact={}&mode=all">{}</a>',
            url,
            customer.pk,
            gettext("All payments"),
        )

    @admin.display(description=_("newest refunds"))
    def newest_refunds(self, customer: StripeCustomer) -> SafeString | str:
        refunds = _list_newest(StripeRefund, customer)
        return _show_rows(refunds, [put_in_words(one.reason) for one in refunds])

    @admin.display(description=_("newest disputes"))
    def newest_disputes(self, customer: StripeCustomer) -> SafeString | str:
        disputes = _list_newest(StripeDispute, customer)
        return _show_rows(disputes, [put_in_words(one.reason) for one in disputes])

    @admin.display(description=_("card testing"))
    def block(self, customer: StripeCustomer) -> str:
        until = find_block(customer)
        if until is not None:
            return format_html(
                '<span class="payments-status payments-status-bad">{}</span> {} {}',
                gettext("Blocked"),
                gettext("for suspected card testing, until"),
                format_time(until),
            )
        if customer.unblocked_at is None:
            return gettext("Not blocked")
        return format_html(
            "{} {}", gettext("Not blocked. Last lifted:"), format_time(customer.unblocked_at)
        )


def _list_newest(model: type[Any], customer: StripeCustomer) -> list[Any]:
    newest = list_newest_payments(customer).values("pk")
    rows: QuerySet[Any] = model.objects.filter(payment_intent__in=newest)
    return list(rows.order_by("-created_at", "-id")[:_MOST_ROWS])


def _show_rows(rows: list[Any], notes: list[str]) -> SafeString | str:
    if not rows:
        return gettext("None")
    shown = [
        (
            columns.link(row, columns.format_amount(row.amount, row.currency)),
            columns.format_status(row.status, row.get_status_display()),
            note,
            format_time(row.created_at),
        )
        for row, note in zip(rows, notes, strict=True)
    ]
    return SafeString(
        render_to_string("admin/payments_graphql/parts/customer_rows.html", {"rows": shown})
    )
