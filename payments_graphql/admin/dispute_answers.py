"""The two answers to a dispute: giving evidence and accepting it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..errors import PaymentError
from ..models import DisputeStatus, StripeDispute
from ..policy import Person, get_policy
from ..services import disputes
from .asking import Question

_FACTS = (
    (_("Dispute"), "stripe_dispute_id"),
    (_("Status"), "status"),
    (_("Amount"), "total"),
    (_("Reason"), "reason"),
    (_("Evidence due by"), "evidence_due_by"),
    (_("Payment"), "payment"),
    (_("User"), "person"),
)
_LABELS = {
    "access_activity_log": _("Access activity log"),
    "billing_address": _("Billing address"),
    "cancellation_policy_disclosure": _("Disclosure of the cancellation policy"),
    "cancellation_rebuttal": _("Why the customer did not cancel"),
    "customer_email_address": _("Customer's e-mail address"),
    "customer_name": _("Customer's name"),
    "customer_purchase_ip": _("Customer's IP address"),
    "duplicate_charge_explanation": _("Difference from the other charge"),
    "duplicate_charge_id": _("Stripe id of the other charge"),
    "product_description": _("Product description"),
    "refund_policy_disclosure": _("Disclosure of the refund policy"),
    "refund_refusal_explanation": _("Why no refund was made"),
    "service_date": _("Service date"),
    "shipping_address": _("Shipping address"),
    "shipping_carrier": _("Carrier"),
    "shipping_date": _("Shipping date"),
    "shipping_tracking_number": _("Tracking number"),
    "uncategorized_text": _("Other evidence"),
}
_ONE_LINE = (
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_id",
    "service_date",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
)
_NOT_OFFERED = _(
    "This dispute cannot be answered here now. Answer an appeal in Stripe's dashboard."
)


class EvidenceForm(forms.Form):
    """A text field for each type of evidence. The saved texts are sent with the page, so that a
    text that was removed is not confused with one that could not be read."""

    is_final = forms.BooleanField(
        required=False,
        label=_("The evidence is complete. I understand that I cannot add to it after submitting."),
        help_text=_("Required to submit. A draft is saved at Stripe, and you can add to it later."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in disputes.EVIDENCE:
            self.fields[name] = forms.CharField(
                required=False,
                label=_LABELS[name],
                show_hidden_initial=True,
                strip=False,
                widget=forms.TextInput(attrs={"size": 60})
                if name in _ONE_LINE
                else forms.Textarea(attrs={"rows": 2, "cols": 80}),
            )
        self.order_fields([*disputes.EVIDENCE, "is_final"])

    @property
    def is_submission(self) -> bool:
        return "submit_now" in self.data

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.is_submission and not values.get("is_final"):
            self.add_error("is_final", gettext("Confirm that the evidence is complete."))
        values["is_submission"] = self.is_submission
        return values


class AcceptForm(forms.Form):
    is_sure = forms.BooleanField(label=_("Accept the dispute without giving evidence."))


def _may_answer(person: Person, dispute: StripeDispute) -> bool:
    return get_policy().may_answer_dispute(person, dispute)


def _is_answerable(dispute: StripeDispute) -> bool:
    return dispute.status in DisputeStatus.answerable()


def _read_draft(request: HttpRequest, dispute: StripeDispute) -> dict[str, str]:
    try:
        return disputes.fetch_dispute_evidence(dispute=dispute, user=request.user)
    except PaymentError as error:
        text = gettext("The saved draft cannot be shown: %(reason)s") % {"reason": error.message}
        messages.warning(request, text)
        return {}


def _answer(request: HttpRequest, dispute: StripeDispute, values: dict[str, Any]) -> str:
    is_submission = values["is_submission"]
    disputes.submit_dispute_evidence(
        dispute=dispute,
        evidence={
            name: values[name].replace("\r\n", "\n")
            for name in disputes.EVIDENCE
            if values[name] or name in values["changed"]
        },
        submit=is_submission,
        user=request.user,
    )
    text = (
        gettext("The evidence was submitted. Status of the dispute: %(status)s.")
        if is_submission
        else gettext("The evidence was saved as a draft. Status of the dispute: %(status)s.")
    )
    return text % {"status": dispute.get_status_display()}


def _accept(request: HttpRequest, dispute: StripeDispute, values: dict[str, Any]) -> str:
    del values
    disputes.accept_dispute(dispute=dispute, user=request.user)
    return gettext("The dispute was accepted. Status of the dispute: %(status)s.") % {
        "status": dispute.get_status_display()
    }


ANSWER = Question(
    name="answer",
    title=_("Answer a dispute"),
    template="admin/payments_graphql/stripedispute/answer.html",
    form=EvidenceForm,
    may=_may_answer,
    is_offered=_is_answerable,
    not_offered=_NOT_OFFERED,
    act=_answer,
    facts=_FACTS,
    get_initial=_read_draft,
)
ACCEPT = Question(
    name="accept",
    title=_("Accept a dispute"),
    template="admin/payments_graphql/stripedispute/accept.html",
    form=AcceptForm,
    may=_may_answer,
    is_offered=_is_answerable,
    not_offered=_NOT_OFFERED,
    act=_accept,
    facts=_FACTS,
)
