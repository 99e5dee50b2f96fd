"""Checks the texts that fill the form for answering disputes."""

from collections.abc import Mapping
from difflib import get_close_matches

from django.core import checks

from ..dispute_evidence import TEXTS, get_maximum
from .messages import TAG, get_value, make_error


@checks.register(TAG)
def check_dispute_evidence(**_: object) -> list[checks.CheckMessage]:
    texts = get_value("PAYMENTS_DISPUTE_EVIDENCE", {})
    if not isinstance(texts, Mapping):
        message = "PAYMENTS_DISPUTE_EVIDENCE is not a dict of texts."
        return [make_error(72, message, 'Set texts, such as {"refund_policy_disclosure": "..."}.')]
    found: list[checks.CheckMessage] = []
    for name, text in texts.items():
        if name not in TEXTS:
            message = f"PAYMENTS_DISPUTE_EVIDENCE: {name!r} is not a type of text evidence."
            close = get_close_matches(str(name), TEXTS, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Use one of: {', '.join(TEXTS)}."
            found.append(make_error(72, message, hint))
        elif not isinstance(text, str) or len(text) > get_maximum(name):
            message = f"PAYMENTS_DISPUTE_EVIDENCE: {name!r} is not a text that Stripe accepts."
            hint = f"Set a text of at most {get_maximum(name)} characters."
            found.append(make_error(72, message, hint))
    return found
