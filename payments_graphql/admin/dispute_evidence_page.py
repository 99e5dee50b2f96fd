"""The evidence that Stripe has, read when somebody asks: it is not mirrored, since it contains
personal data."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..dispute_evidence import EVIDENCE, FILES, PERSONAL
from ..errors import PaymentError
from ..models import StripeDispute
from ..policy import get_policy
from ..services import disputes
from ..services.dispute_files import EvidenceFile
from ..services.dispute_prefill import may_see_personal_data
from .asking import back_to
from .dispute_form import LABELS, describe_file

_TEMPLATE = "admin/payments_graphql/stripedispute/evidence.html"


def make_url(model_admin: "ModelAdmin[Any]") -> URLPattern:
    @transaction.non_atomic_requests
    def view(request: HttpRequest, object_id: str) -> HttpResponse:
        dispute = model_admin.get_object(request, unquote(object_id))
        if dispute is None:
            raise Http404
        if not get_policy().may_answer_dispute(request.user, dispute):
            raise PermissionDenied
        try:
            evidence = disputes.fetch_saved_evidence(dispute=dispute, user=request.user)
        except PaymentError as error:
            messages.warning(request, error.message)
            return back_to(dispute)
        sees_all = may_see_personal_data(request.user)
        if sees_all:
            model_admin.log_change(request, dispute, gettext("Looked at the evidence."))
        context = {
            **model_admin.admin_site.each_context(request),
            "opts": model_admin.opts,
            "original": dispute,
            "title": get_title(dispute),
            "rows": [
                (LABELS[name], _show(name, evidence[name], sees_all=sees_all))
                for name in EVIDENCE
                if name in evidence
            ],
        }
        return TemplateResponse(request, _TEMPLATE, context)

    name = "payments_graphql_stripedispute_evidence"
    return path("<path:object_id>/evidence/", model_admin.admin_site.admin_view(view), name=name)


def get_title(dispute: StripeDispute) -> str:
    return str(_("What was submitted") if dispute.submission_count else _("The saved draft"))


def _show(name: str, value: Any, *, sees_all: bool) -> str:
    if name in FILES:
        return describe_file(EvidenceFile.from_stripe(value))
    if name in PERSONAL and not sees_all:
        return gettext("Hidden. You need the permission to see names and e-mail addresses.")
    return str(value)
