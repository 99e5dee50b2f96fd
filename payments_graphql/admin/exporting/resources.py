"""The columns of the files. Only imported if django-import-export is installed."""

import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from import_export.fields import Field
from import_export.resources import ModelResource

from ... import money, people
from ...models import StripePaymentIntent, StripeRefund, balance
from .. import columns
from ..list_columns import describe_failure


class _Resource(ModelResource):  # type: ignore[misc]  # the package has no types
    """`may_see_people`: whether names and e-mail addresses are shown in full."""

    model: type[Any]
    related: tuple[str, ...] = ()

    def __init__(self, *, may_see_people: bool) -> None:
        super().__init__()
        self._may_see_people = may_see_people

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related(None).select_related(*self.related)

    def _show_user(self, user: Any) -> str:
        if user is None:
            return ""
        return str(user) if self._may_see_people else columns.mask(user)

    def _show_email(self, user: Any) -> str:
        email = people.get_email(user) if user is not None else ""
        return email if self._may_see_people else columns.mask(email)


def _column(heading: str) -> Any:
    """Headings are not translated, so that programs can read the file."""
    return Field(column_name=heading, readonly=True)


class PaymentResource(_Resource):
    model = StripePaymentIntent
    related = ("customer__user", "booking", "payment_method")

    created = _column("created")
    stripe_id = _column("stripe_id")
    charge = _column("charge")
    status = _column("status")
    currency = _column("currency")
    amount = _column("amount")
    received = _column("received")
    refunded = _column("refunded")
    kept = _column("kept")
    at_risk = _column("at_risk")
    booking = _column("booking")
    description = _column("description")
    customer = _column("customer")
    user = _column("user")
    email = _column("email")
    paid_with = _column("paid_with")
    failure = _column("failure")
    mode = _column("mode")
    id = _column("id")

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        names = ("received", "refunded", "kept", "at_risk")
        with_sums = balance.with_payment_sums(super().select(rows))
        selected: QuerySet[Any] = with_sums.annotate(
            **{f"total_{name}": F(f"sum_{name}") for name in names}
        )
        return selected

    def dehydrate_created(self, row: Any) -> datetime.datetime:
        return _make_time(row.created_at)

    def dehydrate_stripe_id(self, row: Any) -> str:
        return row.stripe_payment_intent_id or ""

    def dehydrate_charge(self, row: Any) -> str:
        return str(row.latest_charge_id)

    def dehydrate_status(self, row: Any) -> str:
        return str(row.status)

    def dehydrate_currency(self, row: Any) -> str:
        return str(row.currency)

    def dehydrate_amount(self, row: Any) -> Decimal:
        return money.to_decimal(row.amount, row.currency)

    def dehydrate_received(self, row: Any) -> Decimal:
        return money.to_decimal(row.amount_received, row.currency)

    def dehydrate_refunded(self, row: Any) -> Decimal:
        return money.to_decimal(row.total_refunded, row.currency)

    def dehydrate_kept(self, row: Any) -> Decimal:
        is_paid = row.status in balance.BRING_MONEY
        return money.to_decimal(row.total_kept if is_paid else 0, row.currency)

    def dehydrate_at_risk(self, row: Any) -> Decimal:
        is_paid = row.status in balance.BRING_MONEY
        return money.to_decimal(row.total_at_risk if is_paid else 0, row.currency)

    def dehydrate_booking(self, row: Any) -> str:
        return "" if row.booking is None else columns.mask(row.booking)

    def dehydrate_description(self, row: Any) -> str:
        return columns.mask(row.description)

    def dehydrate_customer(self, row: Any) -> str:
        return row.customer.stripe_customer_id or ""

    def dehydrate_user(self, row: Any) -> str:
        return self._show_user(row.customer.user)

    def dehydrate_email(self, row: Any) -> str:
        return self._show_email(row.customer.user)

    def dehydrate_paid_with(self, row: Any) -> str:
        return row.payment_method.label if row.payment_method else ""

    def dehydrate_failure(self, row: Any) -> str:
        return describe_failure(row.last_error)

    def dehydrate_mode(self, row: Any) -> str:
        return _name_mode(row)

    def dehydrate_id(self, row: Any) -> str:
        return str(row.pk)


class RefundResource(_Resource):
    model = StripeRefund
    related = ("payment_intent__customer__user", "payment_intent__booking")

    created = _column("created")
    stripe_id = _column("stripe_id")
    payment = _column("payment")
    status = _column("status")
    currency = _column("currency")
    amount = _column("amount")
    reason = _column("reason")
    description = _column("description")
    failure = _column("failure")
    booking = _column("booking")
    user = _column("user")
    email = _column("email")
    mode = _column("mode")
    id = _column("id")

    def dehydrate_created(self, row: Any) -> datetime.datetime:
        return _make_time(row.created_at)

    def dehydrate_stripe_id(self, row: Any) -> str:
        return row.stripe_refund_id or ""

    def dehydrate_payment(self, row: Any) -> str:
        return row.payment_intent.stripe_payment_intent_id or ""

    def dehydrate_status(self, row: Any) -> str:
        return str(row.status)

    def dehydrate_currency(self, row: Any) -> str:
        return str(row.currency)

    def dehydrate_amount(self, row: Any) -> Decimal:
        return money.to_decimal(row.amount, row.currency)

    def dehydrate_reason(self, row: Any) -> str:
        return str(row.reason)

    def dehydrate_description(self, row: Any) -> str:
        return columns.mask(row.description)

    def dehydrate_failure(self, row: Any) -> str:
        return str(row.failure_reason)

    def dehydrate_booking(self, row: Any) -> str:
        booking = row.payment_intent.booking
        return "" if booking is None else columns.mask(booking)

    def dehydrate_user(self, row: Any) -> str:
        return self._show_user(row.payment_intent.customer.user)

    def dehydrate_email(self, row: Any) -> str:
        return self._show_email(row.payment_intent.customer.user)

    def dehydrate_mode(self, row: Any) -> str:
        return _name_mode(row)

    def dehydrate_id(self, row: Any) -> str:
        return str(row.pk)


def _make_time(value: datetime.datetime) -> datetime.datetime:
    """UTC without a zone: spreadsheets have no zones."""
    return value.astimezone(datetime.UTC).replace(tzinfo=None, microsecond=0)


def _name_mode(row: Any) -> str:
    return "live" if row.livemode else "test"


RESOURCES: dict[type[Any], type[_Resource]] = {
    resource.model: resource for resource in (PaymentResource, RefundResource)
}
