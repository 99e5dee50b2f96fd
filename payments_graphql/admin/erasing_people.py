"""The pages that export and erase the data of a person."""

from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import erasing
from ..errors import NotFoundError
from ..models import StripeCustomer
from ..operations import actor_of
from ..policy import Person, get_policy
from .asking import Question


class EraseForm(forms.Form):
    is_sure = forms.BooleanField(
        label=_("Erase the personal data and delete the customer at Stripe. This cannot be undone.")
    )


def _may_erase(person: Person, customer: StripeCustomer) -> bool:
    return get_policy().may_erase(person, customer)


def _erase(request: HttpRequest, customer: StripeCustomer, values: dict[str, Any]) -> str:
    del values
    erasing.erase(erasing.find_of(customer), by=actor_of(request.user))
    return gettext("The personal data was erased.")


ERASE = Question(
    name="erase",
    title=_("Erase personal data"),
    template="admin/payments_graphql/stripecustomer/erase.html",
    form=EraseForm,
    may=_may_erase,
    is_offered=lambda customer: True,  # can be repeated, for data that arrived afterwards
    not_offered="",
    act=_erase,
    facts=(
        (_("Customer"), "stripe_id"),
        (_("User"), "person"),
        (_("Erased"), "erased_at"),
    ),
)


def make_export_url(model_admin: "ModelAdmin[Any]") -> URLPattern:
    @transaction.non_atomic_requests
    def view(request: HttpRequest, object_id: str) -> HttpResponse:
        customer = model_admin.get_object(request, unquote(object_id))
        if customer is None:
            raise Http404
        may_view = model_admin.has_view_permission(request, customer)
        if not may_view or not _may_erase(request.user, customer):
            raise PermissionDenied
        try:
            person = erasing.find_of(customer)
        except NotFoundError as error:
            raise Http404 from error
        return HttpResponse(
            erasing.export(person),
            content_type="application/json",
            headers={
                "Content-Disposition": f'attachment; filename="person-{customer.pk}.json"',
                "Cache-Control": "no-store",
            },
        )

    return path(
        "<path:object_id>/export/",
        model_admin.admin_site.admin_view(view),
        name="payments_graphql_stripecustomer_export",
    )
