"""Checks what Sentry is sent: see Note [Error reports] in `error_reports`."""

import sys
from collections.abc import Callable
from typing import Any

from django.core import checks

from .messages import TAG, make_warning

_MADE_UP = "made-up"


@checks.register(TAG, deploy=True)
def check_sentry(**_: object) -> list[checks.CheckMessage]:
    sentry = sys.modules.get("sentry_sdk")  # imported by a site that uses it
    client = sentry and sentry.get_client()
    if not client or not client.is_active():
        return []
    before_send = client.options.get("before_send")
    if before_send is not None and not _shows_variables(before_send):
        return []
    message = "Sentry is sent local variables of payments, with names and addresses."
    hint = "Set sentry_sdk.init(before_send=payments_graphql.error_reports.before_send, ...)."
    return [make_warning(14, message, hint)]


def _shows_variables(before_send: Callable[[Any, Any], Any]) -> bool:
    """Uses a made-up event, since the site's own function may call ours."""
    frame = {"module": "payments_graphql.services.refunds", "vars": {"text": _MADE_UP}}
    event = {"exception": {"values": [{"stacktrace": {"frames": [frame]}}]}}
    try:
        return _MADE_UP in repr(before_send(event, {}))
    except Exception:
        return False  # it expects more of an event, which says nothing
