from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from ..one_click import list_users

register = template.Library()


@register.inclusion_tag("payments_demo/sign_in_as.html", takes_context=True)
def sign_in_buttons(context: template.Context, next_path: str) -> dict[str, Any]:
    """A button for each seeded user, in development. It leads to `next_path`, or home if that is
    the admin and the user is a customer."""
    try:
        action, admin = reverse("payments_demo:sign_in_as"), reverse("admin:index")
    except NoReverseMatch:
        return {}
    return {
        "action": action,
        "buttons": [
            {
                "username": user.get_username(),
                "next": next_path if user.is_staff or not next_path.startswith(admin) else "/",
            }
            for user in list_users()
        ],
        "csrf_token": context["csrf_token"],
    }
