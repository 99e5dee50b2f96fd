from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

register = template.Library()


@register.inclusion_tag("admin/payments_graphql/parts/search_box.html", takes_context=True)
def payments_search(context: dict[str, Any], text: str = "") -> dict[str, Any]:
    """The search box. It finds what the signed-in person may view, and is not there for those who
    may view nothing of it."""
    from django.contrib.admin import site

    from ..admin.finding.box import may_find_anything

    if not may_find_anything(site, context["request"]):
        return {"url": ""}
    try:
        url = reverse("admin:payments_graphql_finding")
    except NoReverseMatch:  # the site has its own admin of payments
        url = ""
    return {"url": url, "text": text}
