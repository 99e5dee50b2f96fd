from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

register = template.Library()


@register.inclusion_tag("admin/payments_graphql/parts/search_box.html")
def payments_search(text: str = "") -> dict[str, Any]:
    """The search box. It finds what the signed-in person may view."""
    try:
        url = reverse("admin:payments_graphql_finding")
    except NoReverseMatch:  # the site has its own admin of payments
        url = ""
    return {"url": url, "text": text}
