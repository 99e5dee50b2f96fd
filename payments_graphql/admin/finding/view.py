"""The page of results of the search box."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext

from ...errors import ProviderError
from .box import Box, Findings, link_to
from .terms import LONGEST

URL_NAME = "payments_graphql_finding"


def make_url(site: AdminSite) -> URLPattern:
    def view(request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "")[: LONGEST + 1]
        problem = ""
        try:
            found = Box(site, request, text).find()
        except ProviderError as error:  # the account of the current keys is not known yet
            found, problem = Findings([], None), error.message
        if found.only is not None:
            return HttpResponseRedirect(link_to(found.only))
        return TemplateResponse(
            request,
            "admin/payments_graphql/finding.html",
            _make_context(site, request, found, problem),
        )

    return path("finding/", site.admin_view(view), name=URL_NAME)


def _make_context(
    site: AdminSite, request: HttpRequest, found: Findings, problem: str
) -> dict[str, Any]:
    return {
        **site.each_context(request),
        "title": gettext("Search in payments"),
        "found": found,
        "problem": problem,
        "text": request.GET.get("q", "")[:LONGEST],
    }
