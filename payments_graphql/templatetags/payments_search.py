from typing import Any

from django import template
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from ..admin.finding.box import find_admins

register = template.Library()


@register.inclusion_tag("admin/payments_graphql/parts/search_box.html", takes_context=True)
def payments_search(context: template.Context, text: str = "") -> dict[str, Any]:
    """The search box. It finds what the signed-in person may view, and is hidden from who may view
    nothing."""
    try:
        url = reverse("admin:payments_graphql_finding")
    except NoReverseMatch:  # the site has its own admin of payments
        url = ""
    may_find = bool(url and find_admins(admin.site, context["request"]))
    return {"url": url, "text": text, "may_find": may_find}
