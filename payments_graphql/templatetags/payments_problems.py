from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("admin/payments_graphql/parts/problem_cards.html", takes_context=True)
def payments_problems(context: template.Context) -> dict[str, Any]:
    """What needs attention, for the person who is signed in."""
    from ..admin.problem_cards import make_context

    return make_context(context["request"])
