"""Counts webhooks whose signature does not match, so that somebody hears of a wrong secret.

Anyone can send such a request, so its content is not stored, and a process writes at most once in
`PAUSE`. A webhook that is accepted later shows that the secret is right, which ends the count.
"""

import threading
import time
from datetime import datetime, timedelta

from django.db import Error, transaction
from django.db.models import F
from django.utils import timezone

from ..logs import get_logger
from ..models import EventSource, RefusedWebhooks, StripeWebhookEvent

logger = get_logger(__name__)

PAUSE = 5.0
"""Seconds between two writes by one process."""
FORGOTTEN = timedelta(days=1)
"""After this time without another one, refused webhooks are not mentioned anymore."""


class _Unwritten:
    """What this process has counted and not written yet."""

    lock = threading.Lock()
    count = 0
    next_write = 0.0


def note_refused() -> None:
    with _Unwritten.lock:
        _Unwritten.count += 1
        if time.monotonic() < _Unwritten.next_write:
            return
        count, _Unwritten.count = _Unwritten.count, 0
        _Unwritten.next_write = time.monotonic() + PAUSE
    try:
        with transaction.atomic():
            _write(count)
    except Error:
        logger.exception("refused_webhooks_not_counted")


def get_refused() -> tuple[int, datetime, datetime] | None:
    """How many, and when the first and last came, or None if webhooks are accepted now."""
    refused = RefusedWebhooks.objects.first()
    if refused is None or refused.last_at < timezone.now() - FORGOTTEN:
        return None
    return None if _has_accepted(refused) else (refused.count, refused.first_at, refused.last_at)


def forget_unwritten() -> None:
    """For tests."""
    _Unwritten.count, _Unwritten.next_write = 0, 0.0


def _write(count: int) -> None:
    now = timezone.now()
    refused, is_new = RefusedWebhooks.objects.get_or_create(
        defaults={"count": count, "first_at": now, "last_at": now}
    )
    if is_new:
        return
    rows = RefusedWebhooks.objects.filter(pk=refused.pk)
    if refused.last_at < now - FORGOTTEN or _has_accepted(refused):
        rows.update(count=count, first_at=now, last_at=now)
    else:
        rows.update(count=F("count") + count, last_at=now)


def _has_accepted(refused: RefusedWebhooks) -> bool:
    later = StripeWebhookEvent.objects.filter(received_at__gt=refused.last_at)
    return later.filter(source=EventSource.WEBHOOK).exists()
