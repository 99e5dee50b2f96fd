from typing import Any

from django import template

from ..conf import conf

register = template.Library()


@register.inclusion_tag("admin/payments_graphql/parts/mode.html", takes_context=True)
def payments_mode(context: Any) -> dict[str, Any]:
    """Says that no real money moves, or that an object is from the other mode."""
    livemode = getattr(context.get("original"), "livemode", conf.livemode)
    is_other = livemode != conf.livemode
    return {
        "mode_known": bool(conf.STRIPE_SECRET_KEY),
        "livemode": conf.livemode,
        "other_mode": ("live" if livemode else "test") if is_other else "",
    }
