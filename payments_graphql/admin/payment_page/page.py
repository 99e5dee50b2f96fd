"""Puts the page of a payment together, and shows personal data to those who ask for it."""

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext

from ...models import StripePaymentIntent
from ...policy import get_policy
from .. import asking, columns
from .actions import list_buttons
from .case import Case, find_intent, may_view, open_case
from .declined import describe_decline
from .notices import list_notices
from .people import describe_payer, may_reveal
from .revealed import log_reveal
from .state import describe_next_step, describe_state, describe_sums
from .timeline import Cursor, merge, read_operations, read_rows

__all__ = ["PaymentPage"]

_REVEALED = "payments_is_revealed"
"""The attribute of a request whose answer shows personal data."""

if TYPE_CHECKING:  # generic for the type checker alone
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


class PaymentPage(_ModelAdmin):
    """The page part of a payment's admin."""

    change_form_template: ClassVar[str] = (
        "admin/payments_graphql/stripepaymentintent/change_form.html"
    )

    tells_what_is_open: ClassVar[bool] = False  # the case file asks the services itself

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> StripePaymentIntent | None:
        """With everything that the page and its actions need."""
        if from_field:
            return super().get_object(request, object_id, from_field)
        try:
            pk = self.opts.pk.to_python(object_id)
        except ValidationError:
            return None
        return find_intent(pk)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reveal_view)
        name = "payments_graphql_stripepaymentintent_reveal"
        return [path("<path:object_id>/reveal/", view, name=name), *super().get_urls()]

    def reveal_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows the page once, with names and addresses in full. Only a form can ask for it:
        no link and no image can."""
        intent = self.get_object(request, unquote(object_id))
        if intent is None:
            raise Http404
        may_see = get_policy().may_see_personal_data(request.user)
        if not self.has_view_permission(request, intent) or not may_see:
            raise PermissionDenied
        if request.method != "POST":
            return asking.back_to(intent)
        log_reveal(self, request, intent)
        shown = copy.copy(request)
        shown.method = "GET"
        shown.POST = QueryDict()
        setattr(shown, _REVEALED, True)
        return self.change_view(shown, object_id)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *arguments: Any, **options: Any
    ) -> HttpResponse:
        intent = options.get("obj")
        if intent is not None:
            is_revealed = getattr(request, _REVEALED, False)
            case = open_case(intent, request.user, is_revealed=is_revealed)
            context.update(_make_context(case, request.GET))
        return super().render_change_form(request, context, *arguments, **options)


def _make_context(case: Case, query: QueryDict) -> dict[str, Any]:
    cursor = Cursor.parse(query)
    case.operations = read_operations(case)
    # On the pages with older entries, too, since the top of the page shows the newest.
    operations = read_operations(case, cursor) if cursor else case.operations
    timeline = merge(case, read_rows(case, operations, cursor), cursor)
    intent = case.intent
    buttons = list_buttons(case)
    return {
        "case": case,
        "state": describe_state(case),
        "status": columns.format_status(intent.status, intent.get_status_display()),
        "sums": describe_sums(case),
        "next_step": describe_next_step(case),
        "notices": list_notices(case),
        "payer": describe_payer(case),
        "customer": _link(case, intent.customer, columns.mask(intent.customer)),
        "reveal_url": _find_reveal_page(case),
        "purpose": _describe_purpose(case),
        "card": _describe_card(case),
        "decline": describe_decline(intent),
        "at_stripe": columns.dashboard_link(
            "payments", intent.stripe_payment_intent_id, livemode=intent.livemode
        ),
        "possible": [button for button in buttons if button.url],
        "impossible": [button for button in buttons if not button.url],
        "timeline": timeline,
    }


def _link(case: Case, row: Model | None, text: str) -> str:
    """A link for those who may see the row."""
    return columns.link(row, text) if row is not None and may_view(case.person, type(row)) else text


def _find_reveal_page(case: Case) -> str:
    if not may_reveal(case):
        return ""
    return reverse("admin:payments_graphql_stripepaymentintent_reveal", args=(case.intent.pk,))


def _describe_purpose(case: Case) -> list[str]:
    """The booking, and what the payment itself says."""
    intent, booking = case.intent, case.booking
    said = []
    if booking is not None:
        said.append(_link(case, booking, columns.mask(booking.reference)))
        said.append(columns.mask(booking.description))
    if intent.description and (booking is None or intent.description != booking.description):
        said.append(columns.mask(intent.description))
    return [text for text in said if text] or [gettext("No booking and no description")]


def _describe_card(case: Case) -> list[str]:
    method = case.intent.payment_method
    if method is None:
        return []
    said = [_link(case, method, columns.mask(method.label))]
    if method.exp_month and method.exp_year:
        text = gettext("expired %(date)s") if method.is_expired else gettext("expires %(date)s")
        said.append(text % {"date": f"{method.exp_month:02}/{method.exp_year}"})
    if method.is_attached:
        said.append(gettext("saved by the customer"))
    return said
