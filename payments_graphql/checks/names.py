"""Finds settings with our prefixes that nothing reads."""

from difflib import get_close_matches

from django.conf import settings
from django.core import checks

from ..conf import Conf
from .messages import TAG, make_warning

_PREFIXES = ("PAYMENTS_", "STRIPE_")
# The plural exists only in `conf`.
_KNOWN = {name for name in dir(Conf) if name.startswith(_PREFIXES)} - {"STRIPE_WEBHOOK_SECRETS"}
_KNOWN.add("STRIPE_WEBHOOK_SECRET")


@checks.register(TAG)
def check_unknown_settings(**_: object) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    for name in dir(settings):
        if name in _KNOWN or not name.startswith(_PREFIXES):
            continue
        close = get_close_matches(name, _KNOWN, n=1, cutoff=0.8)
        if close:
            message = f"{name} is not a payments setting and has no effect."
            found.append(make_warning(35, message, f"Did you mean {close[0]}?"))
        elif name.startswith("PAYMENTS_"):  # other packages also use the prefix STRIPE_
            message = f"{name} is not a payments setting and has no effect."
            found.append(make_warning(35, message, "Remove it, or use another prefix."))
    return found
