"""What a member of staff can do about a payment, and why something is not possible now."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.admin.utils import quote
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ...errors import InvalidStateError, PaymentError
from ...models import AbstractBooking, Operation, OperationState
from ...policy import get_policy
from ...services import notes
from ...services.available_actions import Action, list_available_actions
from ...services.saved_card_charging import find_charge_refusal
from .case import Case, may_view
from .refusals import explain_reading

__all__ = ["Button", "list_buttons"]


@dataclass(frozen=True)
class Button:
    """`refusal` says why it is not possible now. Then `url` is empty."""

    label: str
    url: str = ""
    refusal: str = ""


_LABELS: Mapping[Action, str | Promise] = {
    Action.CAPTURE: _("Capture"),
    Action.CANCEL: _("Cancel the payment"),
    Action.REFUND: _("Refund"),
}


def list_buttons(case: Case) -> list[Button]:
    """Every action, whether it is possible or not, and what can be done elsewhere if it applies."""
    return [
        *_list_available(case),
        _make(case, gettext("Charge a saved card"), "charge", _find_charge_refusal(case)),
        _make(case, gettext("Read from Stripe"), "read", _find_read_refusal(case)),
        _make(case, gettext("Add a note"), "note", _find_note_refusal(case)),
        *_list_elsewhere(case),
    ]


def _list_available(case: Case) -> list[Button]:
    found = {one.action: one for one in list_available_actions(case.intent, case.person)}
    return [
        _make(case, str(label), action.value, found[action].refusal)
        for action, label in _LABELS.items()
    ]


def _make(case: Case, label: str, name: str, refusal: PaymentError | None) -> Button:
    if refusal is not None:
        return Button(label, refusal=refusal.message)
    url = reverse(f"admin:payments_graphql_stripepaymentintent_{name}", args=(case.intent.pk,))
    return Button(label, url)


def _find_charge_refusal(case: Case) -> PaymentError | None:
    refusal = find_charge_refusal(case.intent, case.person)
    if refusal is None and not case.saved_cards:
        return InvalidStateError(gettext("The customer has no saved card."))
    return refusal


def _find_read_refusal(case: Case) -> PaymentError | None:
    text = explain_reading(case.intent)
    return InvalidStateError(text) if text else None


def _find_note_refusal(case: Case) -> PaymentError | None:
    if not get_policy().may_add_note(case.person, case.intent):
        return InvalidStateError(gettext("You are not allowed to add notes."))
    return notes.find_note_refusal(case.intent)


def _list_elsewhere(case: Case) -> list[Button]:
    """What is done on the page of the booking or of an operation."""
    buttons = []
    sums = case.booking_sums
    booking = case.booking
    if booking is not None and sums is not None and sums.overpaid > 0:
        url = _find_overpayment_page(booking)
        if (
            url
            and get_policy().may_refund(case.person, case.intent)
            and may_view(case.person, type(booking))
        ):
            buttons.append(Button(gettext("Refund the overpayment"), url))
    for operation in case.operations:
        if operation.state == OperationState.NEEDS_REVIEW and _may_resolve(case, operation):
            url = reverse("admin:payments_graphql_operation_resolve", args=(operation.pk,))
            buttons.append(Button(gettext("Resolve the operation"), url))
    return buttons


def _find_overpayment_page(booking: AbstractBooking) -> str:
    """Empty if the site's own booking model has no such page in the admin."""
    options = booking._meta
    name = f"admin:{options.app_label}_{options.model_name}_refund_overpayment"
    try:
        return reverse(name, args=(quote(booking.pk),))
    except NoReverseMatch:
        return ""


def _may_resolve(case: Case, operation: Operation) -> bool:
    return get_policy().may_resolve(case.person, operation)
