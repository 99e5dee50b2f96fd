"""The two answers to a dispute: evidence, and giving in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from ..errors import PaymentError
from ..models import DisputeStatus, StripeDispute
from ..policy import Person, get_policy
from ..services import disputes
from .asking import Question

_FACTS = {
    "Dispute": "stripe_dispute_id",
    "Status": "status",
    "Amount": "total",
    "Reason": "reason",
    "Evidence due by": "evidence_due_by",
    "Payment": "payment",
    "User": "person",
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
_NOT_OFFERED = (
    "This dispute cannot be answered here now. An appeal is answered in Stripe's dashboard."
)


class EvidenceForm(forms.Form):
    """A text for each kind of evidence. What was there before is sent along with the page, so that
    a text which somebody removed is told from one that could not be read."""

    is_final = forms.BooleanField(
        required=False,
        label="Nothing is missing: once submitted, nothing can be added.",
        help_text="Needed to submit; a draft is kept at Stripe and can be added to.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in disputes.EVIDENCE:
            self.fields[name] = forms.CharField(
                required=False,
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
            self.add_error("is_final", "Confirm that nothing is missing.")
        values["is_submission"] = self.is_submission
        return values


class AcceptForm(forms.Form):
    is_sure = forms.BooleanField(label="Accept it, and give no evidence.")


def _may_answer(person: Person, dispute: StripeDispute) -> bool:
    return get_policy().may_answer_dispute(person, dispute)


def _is_answerable(dispute: StripeDispute) -> bool:
    return dispute.status in DisputeStatus.answerable()


def _read_draft(request: HttpRequest, dispute: StripeDispute) -> dict[str, str]:
    try:
        return disputes.fetch_dispute_evidence(dispute=dispute, user=request.user)
    except PaymentError as error:
        messages.warning(request, f"What was saved before is not shown: {error.message}")
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
    status = dispute.get_status_display()
    return f"Evidence {'submitted' if is_submission else 'saved as a draft'}: {status}."


def _accept(request: HttpRequest, dispute: StripeDispute, values: dict[str, Any]) -> str:
    del values
    disputes.accept_dispute(dispute=dispute, user=request.user)
    return f"Dispute accepted: {dispute.get_status_display()}."


ANSWER = Question(
    name="answer",
    title="Answer a dispute",
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
    title="Accept a dispute",
    template="admin/payments_graphql/stripedispute/accept.html",
    form=AcceptForm,
    may=_may_answer,
    is_offered=_is_answerable,
    not_offered=_NOT_OFFERED,
    act=_accept,
    facts=_FACTS,
)
