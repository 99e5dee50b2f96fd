from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..errors import PaymentError, ProviderError
from ..models import (
    AbstractBooking,
    Booking,
    PaymentIntentStatus,
    StripePaymentIntent,
    get_account,
    list_all_bookings,
    of_ours,
)
from ..services.booking_changes import ReleaseOutcome, release_open_intent
from ..services.bookings import is_outdated
from . import asking, columns
from .booking_form import BookingForm
from .booking_overpayments import (
    REFUND,
    is_unsummed,
    load_payments,
    with_payments,
    without_sums,
)
from .currencies import CurrencyFilter
from .customers import PaymentHistoryInline
from .date_ranges import DateRange
from .list_columns import MadeColumn, format_time, shorten
from .lists import LongListAdmin
from .problem_filter import ProblemFilter

_SAID = {
    ReleaseOutcome.CANCELED: (messages.INFO, _("The open payment of %(amount)s was canceled.")),
    ReleaseOutcome.PAID: (
        messages.WARNING,
        _("The payment of %(amount)s has succeeded in the meantime."),
    ),
    ReleaseOutcome.HELD: (
        messages.WARNING,
        _('The payment of %(amount)s has the status "%(status)s" and was not changed.'),
    ),
}


def _release(request: HttpRequest, booking: AbstractBooking, changed: set[str]) -> None:
    """Runs after the form's transaction is committed. See Note [No transaction around Stripe]."""
    if "user" in changed:
        _name_payers(request, booking)
    try:
        released = release_open_intent(booking)
    except PaymentError as error:
        text = gettext("The open payment could not be canceled yet: %(reason)s") % {
            "reason": error.message
        }
        messages.warning(request, columns.mask(text))
        return
    intent = released.payment_intent
    if intent is not None and released.outcome in _SAID:
        level, said = _SAID[released.outcome]
        amount = columns.format_amount(intent.amount, intent.currency)
        messages.add_message(
            request, level, said % {"amount": amount, "status": intent.get_status_display().lower()}
        )


def _name_payers(request: HttpRequest, booking: AbstractBooking) -> None:
    """Lists the users whose payments no longer count: see Note [A payment has an owner]."""
    paid = _list_intents(booking).filter(status=PaymentIntentStatus.SUCCEEDED)
    others = paid.exclude(customer__user=booking.user_id).select_related("customer__user")
    for payer in sorted({columns.owner(intent.customer) for intent in others}):
        text = gettext(
            "The payment by %(payer)s no longer counts for this booking. Refund it, or move the "
            "booking back to this user."
        ) % {"payer": payer}
        messages.warning(request, text)


def _list_intents(booking: AbstractBooking) -> QuerySet[StripePaymentIntent]:
    return StripePaymentIntent.objects.ours().filter(booking_id=booking.pk)


class PaymentsOfBookingInline(PaymentHistoryInline):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(of_ours(""))


class BookingAdmin(MadeColumn, asking.AskingAdmin, LongListAdmin):
    """The admin of our model. A site can derive the admin of its own booking model from it."""

    questions = (REFUND,)
    form = BookingForm
    list_display = ("reference", "made", "total", "too_much", "person", "text", "canceled")
    list_filter = (
        ProblemFilter,
        CurrencyFilter,
        ("canceled_at", admin.EmptyFieldListFilter),
        "created_at",
        ("created_at", DateRange),
    )
    list_select_related = ("user",)
    search_help_text = _(
        "Part of the booking number, the description, or the user's name or e-mail address"
    )
    fields = (
        "reference",
        "user",
        "description",
        "price",
        "currency",
        "canceled_at",
        "paid",
        "due",
        "reduced",
        "overpaid",
        "held",
        "not_counted",
        "open_payment",
        "created_at",
    )
    readonly_fields = (
        "paid",
        "due",
        "reduced",
        "overpaid",
        "held",
        "not_counted",
        "open_payment",
        "created_at",
    )
    raw_id_fields = ("user",)
    inlines = (PaymentsOfBookingInline,)
    change_form_template = "admin/payments_graphql/booking/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Includes bookings that the default manager of the site's model hides, since they can be
        overpaid."""
        bookings = list_all_bookings()
        if ordering := self.get_ordering(request):
            bookings = bookings.order_by(*ordering)
        match = request.resolver_match
        is_list = match is not None and str(match.url_name).endswith("_changelist")
        if not is_list or request.method != "GET":
            return bookings
        try:
            get_account()
        except ProviderError as error:
            messages.error(request, error.message)
            return without_sums(bookings)
        return with_payments(bookings)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Its page shows many sums of the same payments."""
        booking = super().get_object(request, object_id, from_field)
        if booking is not None and request.method == "GET":
            load_payments(booking)
        return booking

    def save_model(
        self, request: HttpRequest, obj: AbstractBooking, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        changed = {"price", "currency", "canceled_at", "user"} & set(form.changed_data)
        if change and changed:
            transaction.on_commit(partial(_release, request, obj, changed))

    @admin.display(description=_("price"))
    def total(self, booking: AbstractBooking) -> str:
        return columns.format_amount(booking.amount, booking.currency)

    @admin.display(description=_("user"))
    def person(self, booking: AbstractBooking) -> str:
        return columns.owner(booking)

    @admin.display(description=_("description"))
    def text(self, booking: AbstractBooking) -> str:
        return shorten(booking.description)

    @admin.display(description=_("canceled"))
    def canceled(self, booking: AbstractBooking) -> str:
        return format_time(booking.canceled_at)

    @admin.display(description=_("paid"))
    def paid(self, booking: AbstractBooking) -> str:
        return self._format(booking, "amount_paid")

    @admin.display(description=_("amount due"))
    def due(self, booking: AbstractBooking) -> str:
        return self._format(booking, "amount_due")

    @admin.display(description=_("overpaid"))
    def too_much(self, booking: Any) -> str:
        """`overpaid` for lists, which have loaded the payments of a page."""
        overpaid = 0 if is_unsummed(booking) else booking.amount_overpaid
        return columns.format_amount(overpaid, booking.currency) if overpaid else ""

    @admin.display(description=_("overpaid"))
    def overpaid(self, booking: AbstractBooking) -> str:
        is_known = booking.amount is not None and booking.amount_overpaid
        return self._format(booking, "amount_overpaid") if is_known else "-"

    @admin.display(description=_("price reductions"))
    def reduced(self, booking: AbstractBooking) -> str:
        """The price reductions by refunds that the customer does not owe again."""
        return self._format_sum(booking, "reduced")

    @admin.display(description=_("overpaid if open disputes are won"))
    def held(self, booking: AbstractBooking) -> str:
        return self._format_sum(booking, "held")

    @admin.display(description=_("payments that do not count"))
    def not_counted(self, booking: AbstractBooking) -> str:
        """Payments in another currency or by another user, for staff to refund or to correct
        here."""
        found = booking.list_not_counted() if booking.pk is not None else []
        links = (
            (columns.link(one, columns.format_amount(one.amount_kept, one.currency)),)
            for one in found
        )
        return format_html_join(", ", "{}", links) or "-"

    @admin.display(description=_("open payment"))
    def open_payment(self, booking: AbstractBooking) -> str:
        """Includes a payment for which staff must decide, because the bank is already involved."""
        if booking.pk is None:
            return "-"
        terminal = PaymentIntentStatus.terminal()
        intent = _list_intents(booking).exclude(status__in=terminal).first()
        if intent is None:
            return "-"
        hint = (
            ""
            if intent.is_payable or not is_outdated(intent, booking)
            else gettext(" (not the amount due)")
        )
        return columns.link(intent, f"{intent.get_status_display()}{hint}")

    def _format_sum(self, booking: AbstractBooking, name: str) -> str:
        amount = 0 if booking.amount is None else getattr(booking.sum_up(), name)
        return columns.format_amount(amount, booking.currency) if amount else "-"

    def _format(self, booking: AbstractBooking, name: str) -> str:
        """A new booking has no payments yet."""
        if booking.amount is None:
            return "-"
        return columns.format_amount(getattr(booking, name), booking.currency)


if not Booking._meta.swapped:
    admin.site.register(Booking, BookingAdmin)
