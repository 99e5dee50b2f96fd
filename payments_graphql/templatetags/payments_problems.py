from typing import Any

from django import template

from ..admin.problem_cards import TEMPLATE, make_context

register = template.Library()


@register.inclusion_tag(TEMPLATE, takes_context=True)
def payments_problems(context: template.Context) -> dict[str, Any]:
    """What needs attention, for the person who is signed in."""
    return make_context(context["request"])
