from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import people
from ..models import RefundRequest, RefundRequestState
from . import asking, columns
from .date_ranges import DateRange
from .list_columns import MadeColumn
from .modes import ModeFilter
from .of_payment import OfPaymentAdmin
from .problem_filter import ProblemFilter
from .read_only import ReadOnlyInline
from .refund_deciding import APPROVE, REJECT, WITHDRAW


def _format_state(request: RefundRequest) -> str:
    is_overdue = request.state == RefundRequestState.WAITING and not request.is_waiting
    state = RefundRequestState.EXPIRED if is_overdue else RefundRequestState(request.state)
    return columns.format_status(state, str(state.label))


def _describe_asker(request: RefundRequest) -> str:
    return columns.mask(people.describe_actor(request.actor, request.user))


class StateFilter(admin.SimpleListFilter):
    """Shows the requests that wait, unless another state is chosen."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        states = [state for state in RefundRequestState if state != RefundRequestState.WAITING]
        return [*((str(state), str(state.label)) for state in states), ("all", gettext("All"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        waiting = ("", RefundRequestState.WAITING.label)
        for value, text in (waiting, *self.lookup_choices):
            given = {self.parameter_name: value} if value else {}
            yield {
                "selected": (self.value() or "") == value,
                "query_string": changelist.get_query_string(given, [self.parameter_name]),
                "display": text,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None:
                waiting: QuerySet[Any] = queryset.waiting()  # type: ignore[attr-defined]  # ours
                return waiting
            case "all":
                return queryset
            case state:
                return queryset.filter(state=state)


class RefundRequestInline(ReadOnlyInline):
    """On the page of the payment."""

    model = RefundRequest
    verbose_name_plural = _("Refunds that needed approval")
    fields = ("status", "total", "asker", "note", "created_at")
    readonly_fields = fields
    select_related = ("user",)

    @admin.display(description=_("state"))
    def status(self, request: RefundRequest) -> str:
        return _format_state(request)

    @admin.display(description=_("amount"))
    def total(self, request: RefundRequest) -> str:
        return columns.format_amount(request.amount, request.currency)

    @admin.display(description=_("requested by"))
    def asker(self, request: RefundRequest) -> str:
        return _describe_asker(request)


@admin.register(RefundRequest)
class RefundRequestAdmin(MadeColumn, asking.AskingAdmin, OfPaymentAdmin):
    questions = (APPROVE, REJECT, WITHDRAW)
    list_display = ("status", "made", "total", "asker", "person", "reason")
    list_display_links = ("total",)
    list_filter = (
        ProblemFilter,
        StateFilter,
        ModeFilter,
        "created_at",
        ("created_at", DateRange),
    )
    search_help_text = _(
        "Stripe id (pi_...), booking number, or part of the customer's name or e-mail address"
    )
    fields = (
        "status",
        "total",
        "payment",
        "person",
        "reason",
        "text",
        "meaning",
        "asker",
        "created_at",
        "expires_at",
    )
    decision = ("decider", "decided_at", "note", "refund_link", "refund_status")
    """Shown once it is decided."""
    readonly_fields = (*fields, *decision)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        is_decided = obj is not None and obj.decided_at is not None
        return (*self.fields, *self.decision) if is_decided else self.fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefundRequest]:
        queryset: QuerySet[RefundRequest] = super().get_queryset(request)
        return queryset.select_related("payment_intent__customer__user", "user", "refund")

    @admin.display(description=_("state"))
    def status(self, request: RefundRequest) -> str:
        return _format_state(request)

    @admin.display(description=_("requested by"))
    def asker(self, request: RefundRequest) -> str:
        return _describe_asker(request)

    @admin.display(description=_("decided by"))
    def decider(self, request: RefundRequest) -> str:
        name = people.describe_actors([request.decided_by])[request.decided_by]
        return columns.mask(name) or "-"

    @admin.display(description=_("received"))
    def received(self, request: RefundRequest) -> str:
        return columns.format_amount(request.payment_intent.amount_received, request.currency)

    @admin.display(description=_("left to refund"))
    def refundable(self, request: RefundRequest) -> str:
        return columns.format_amount(request.payment_intent.amount_refundable, request.currency)

    @admin.display(description=_("description"))
    def text(self, request: RefundRequest) -> str:
        return columns.mask(request.description) or "-"

    @admin.display(description=_("price of the booking"))
    def meaning(self, request: RefundRequest) -> str:
        if request.payment_intent.booking_id is None:
            return "-"
        match request.reduces_amount_due:
            case True:
                return gettext("The refunded amount is not due again.")
            case False:
                return gettext("The refunded amount is due again.")
            case _:
                return gettext("A partial refund lowers it; a full refund does not.")

    @admin.display(description=_("refund"))
    def refund_link(self, request: RefundRequest) -> str:
        return columns.link(request.refund)

    @admin.display(description=_("status of the refund"))
    def refund_status(self, request: RefundRequest) -> str:
        refund = request.refund
        if refund is None:
            return "-"
        return columns.format_status(refund.status, refund.get_status_display())
