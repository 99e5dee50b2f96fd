"""The two answers to a dispute: giving evidence and accepting it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..dispute_evidence import FILES, PERSONAL, TEXTS
from ..errors import PaymentError
from ..models import DisputeStatus, StripeDispute
from ..policy import Person, get_policy
from ..services import disputes
from ..services.dispute_files import EvidenceFile, upload_dispute_file
from ..services.dispute_prefill import may_see_personal_data, prefill_evidence
from .asking import Question
from .dispute_form import EvidenceForm, describe_file

_FACTS = (
    (_("Dispute"), "stripe_dispute_id"),
    (_("Deadline"), "deadline"),
    (_("Status"), "status"),
    (_("Amount"), "total"),
    (_("Reason"), "reason_in_words"),
    (_("Payment"), "payment_name"),
    (_("User"), "person"),
)
_NOT_OFFERED = _(
    "This dispute cannot be answered here now. Answer an appeal in Stripe's dashboard."
)


class AcceptForm(forms.Form):
    is_sure = forms.BooleanField(label=_("Accept the dispute without giving evidence."))


def _may_answer(person: Person, dispute: StripeDispute) -> bool:
    return get_policy().may_answer_dispute(person, dispute)


def _is_answerable(dispute: StripeDispute) -> bool:
    return dispute.status in DisputeStatus.answerable()


def _get_initial(request: HttpRequest, dispute: StripeDispute) -> dict[str, Any]:
    """The saved draft. Without one, or when asked, what the site knows. A draft that could not be
    read is not prefilled, since the values would replace it."""
    try:
        saved = disputes.fetch_saved_evidence(dispute=dispute, user=request.user)
    except PaymentError as error:
        text = gettext("The saved draft cannot be shown: %(reason)s") % {"reason": error.message}
        messages.warning(request, text)
        return {}
    sees_all = may_see_personal_data(request.user)
    withheld = [name for name in PERSONAL & saved.keys() if not sees_all]
    shown = {name: value for name, value in saved.items() if name not in withheld}
    prefilled: list[str] = []
    if not saved or "fill" in request.GET:
        found = prefill_evidence(dispute=dispute, user=request.user)
        prefilled = [name for name in found.evidence if name not in saved]
        withheld += [name for name in found.withheld if name not in saved]
        shown |= {name: found.evidence[name] for name in prefilled}
        if found.incomplete:
            messages.warning(request, gettext("Not everything could be filled in. See the logs."))
    return {
        **_as_initial(shown),
        "prefilled": " ".join(prefilled),
        "withheld": " ".join(withheld),
        "has_draft": bool(saved),
    }


def _as_initial(shown: dict[str, Any]) -> dict[str, Any]:
    initial: dict[str, Any] = {}
    for name, value in shown.items():
        if name not in FILES:
            initial[name] = value
        elif isinstance(value, str):  # an id from the site's policy
            initial[f"{name}_id"] = value
        else:
            file = EvidenceFile.from_stripe(value)
            initial |= {f"{name}_id": file.id, f"{name}_label": describe_file(file)}
    return initial


def _answer(request: HttpRequest, dispute: StripeDispute, values: dict[str, Any]) -> str:
    is_submission = values["is_submission"]
    texts = {
        name: values[name].replace("\r\n", "\n")
        for name in TEXTS
        if values[name] or name in values["changed"]
    }
    disputes.submit_dispute_evidence(
        dispute=dispute,
        evidence=texts | _upload_files(request, dispute, values),
        submit=is_submission,
        user=request.user,
    )
    text = (
        gettext("The evidence was submitted. Status of the dispute: %(status)s.")
        if is_submission
        else gettext("The evidence was saved as a draft. Status of the dispute: %(status)s.")
    )
    return text % {"status": dispute.get_status_display()}


def _upload_files(
    request: HttpRequest, dispute: StripeDispute, values: dict[str, Any]
) -> dict[str, str]:
    """The ids of new and kept files, and an empty text for each that was removed."""
    ids: dict[str, str] = {}
    for name in FILES:
        if values[name] is not None:
            file = _upload(request, dispute, name, values[name])
            values["form"].keep_file(name, file)
            ids[name] = file.id
        elif values[f"{name}_remove"]:
            ids[name] = ""
        elif values[f"{name}_id"]:
            ids[name] = values[f"{name}_id"]
    return ids


def _upload(request: HttpRequest, dispute: StripeDispute, name: str, upload: Any) -> EvidenceFile:
    try:
        return upload_dispute_file(
            dispute=dispute, content=upload.read(), filename=upload.name, user=request.user
        )
    except PaymentError as error:
        if error.path == ("file",):
            error.path = (name,)
        raise


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
    get_initial=_get_initial,
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
