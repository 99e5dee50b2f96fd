"""The form with all types of evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import dispute_advice
from ..dispute_evidence import EVIDENCE, FILES, PERSONAL, TEXTS, get_maximum
from ..errors import ValidationError
from ..services.dispute_files import EvidenceFile, check_file, check_total_size

LABELS = {
    "access_activity_log": _("Access activity log"),
    "billing_address": _("Billing address"),
    "cancellation_policy": _("Cancellation policy"),
    "cancellation_policy_disclosure": _("Disclosure of the cancellation policy"),
    "cancellation_rebuttal": _("Why the customer did not cancel"),
    "customer_communication": _("Messages of the customer"),
    "customer_email_address": _("Customer's e-mail address"),
    "customer_name": _("Customer's name"),
    "customer_purchase_ip": _("Customer's IP address"),
    "customer_signature": _("Document signed by the customer"),
    "duplicate_charge_documentation": _("Receipt of the other charge"),
    "duplicate_charge_explanation": _("Difference from the other charge"),
    "duplicate_charge_id": _("Stripe id of the other charge"),
    "product_description": _("Product description"),
    "receipt": _("Receipt"),
    "refund_policy": _("Refund policy"),
    "refund_policy_disclosure": _("Disclosure of the refund policy"),
    "refund_refusal_explanation": _("Why no refund was made"),
    "service_date": _("Service date"),
    "service_documentation": _("Proof of the service"),
    "shipping_address": _("Shipping address"),
    "shipping_carrier": _("Carrier"),
    "shipping_date": _("Shipping date"),
    "shipping_documentation": _("Proof of shipping"),
    "shipping_tracking_number": _("Tracking number"),
    "uncategorized_file": _("Other file"),
    "uncategorized_text": _("Other evidence"),
}
_LONG = (
    "access_activity_log",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "duplicate_charge_explanation",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "uncategorized_text",
)
_ACCEPT = "application/pdf,image/jpeg,image/png"


@dataclass(frozen=True)
class Row:
    """One type of evidence in the form. `file` and `remove` are set for a file at Stripe."""

    field: forms.BoundField
    is_prefilled: bool
    is_withheld: bool
    file: str = ""
    remove: forms.BoundField | None = None


class EvidenceForm(forms.Form):
    """A field for each type of evidence. The saved texts are sent with the page, so that a text
    that was removed is not confused with one that could not be read.

    A file has three fields: the upload, `_id` of the file at Stripe, and `_remove`.
    """

    prefilled = forms.CharField(required=False, widget=forms.HiddenInput)
    withheld = forms.CharField(required=False, widget=forms.HiddenInput)
    is_final = forms.BooleanField(
        required=False,
        label=_("The evidence is complete. I understand that I cannot add to it after submitting."),
        help_text=_("Required to submit. A draft is saved at Stripe, and you can add to it later."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TEXTS:
            self.fields[name] = _make_text_field(name)
        for name in FILES:
            self.fields[name] = forms.FileField(
                required=False,
                label=LABELS[name],
                allow_empty_file=True,  # `clean` says it in our words
                widget=forms.FileInput(attrs={"accept": _ACCEPT}),
            )
            self.fields[f"{name}_id"] = forms.CharField(
                required=False, widget=forms.HiddenInput, label=LABELS[name]
            )
            self.fields[f"{name}_remove"] = forms.BooleanField(
                required=False, label=_("Remove this file")
            )

    @property
    def is_submission(self) -> bool:
        return "submit_now" in self.data

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.is_submission and not values.get("is_final"):
            self.add_error("is_final", gettext("Confirm that the evidence is complete."))
        self._check_files(values)
        values["is_submission"] = self.is_submission
        values["form"] = self
        return values

    def _check_files(self, values: dict[str, Any]) -> None:
        total = 0
        for name in FILES:
            upload = values.get(name)
            if upload is None:
                continue
            total += upload.size
            try:
                check_total_size(total)
                check_file(upload.read())
                upload.seek(0)
            except ValidationError as error:
                self.add_error(name, error.message)

    def keep_file(self, name: str, file: EvidenceFile) -> None:
        """If a later step fails, the page shows the file instead of asking for it again."""
        self.data = {**self.data.dict(), f"{name}_id": file.id}  # type: ignore[attr-defined]  # a QueryDict
        self.initial[f"{name}_label"] = describe_file(file)

    def list_rows(self, names: Sequence[str]) -> list[Row]:
        prefilled = str(self["prefilled"].value() or "").split()
        withheld = str(self["withheld"].value() or "").split()
        return [self._make_row(name, name in prefilled, name in withheld) for name in names]

    def _make_row(self, name: str, is_prefilled: bool, is_withheld: bool) -> Row:
        stripe_id = str(self[f"{name}_id"].value() or "") if name in FILES else ""
        if not stripe_id:
            return Row(self[name], is_prefilled, is_withheld)
        label = str(self.initial.get(f"{name}_label") or stripe_id)
        return Row(self[name], is_prefilled, is_withheld, label, self[f"{name}_remove"])


def group_evidence(reason: str) -> tuple[list[str], list[str]]:
    """The types of evidence that matter for this reason, and all others."""
    first = list(dispute_advice.advise(reason).fields)
    return first, [name for name in EVIDENCE if name not in first]


def describe_file(file: EvidenceFile) -> str:
    name = file.filename or file.id
    return f"{name} ({_format_size(file.size)})" if file.size else name


def _format_size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{max(size / 1e3, 0.1):.1f} kB"


def _make_text_field(name: str) -> forms.CharField:
    return forms.CharField(
        required=False,
        label=LABELS[name],
        max_length=get_maximum(name) if name in PERSONAL else None,  # else the service says it
        show_hidden_initial=True,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6 if name == "uncategorized_text" else 3, "cols": 80})
        if name in _LONG
        else forms.TextInput(attrs={"size": 60}),
    )
