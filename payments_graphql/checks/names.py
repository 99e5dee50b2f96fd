"""Settings that look like ours and are not read by anything."""

from difflib import get_close_matches

from django.conf import settings
from django.core import checks

from ..conf import Conf
from .messages import TAG, make_warning

_PREFIXES = ("PAYMENTS_", "STRIPE_")
# `conf` alone knows the secrets in the plural.
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
            message = f"{name} is not a setting of payments, and changes nothing."
            found.append(make_warning(35, message, f"Did you mean {close[0]}?"))
        elif name.startswith("PAYMENTS_"):  # other packages have settings that begin with STRIPE_
            message = f"{name} is not a setting of payments, and changes nothing."
            found.append(make_warning(35, message, "Remove it, or give it another first word."))
    return found
