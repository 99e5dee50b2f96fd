"""Stores what the last comparison with Stripe found, so that pages need not compare again.

A finding stays until the object is compared again and agrees: by the next comparison, or by a round
of `payments_reconcile`, which looks at a few findings. So the list clears by itself if a late event
has brought the row up to date.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.utils import timezone

from ..models import DriftFinding, our_values
from .describing import describe_differences
from .drift import Finding, Survey, Verdict

_SETTLED = (Verdict.REPAIRED, Verdict.REMOVED)
_OTHERS = (Verdict.LEFT_OVER, Verdict.UNSETTLED)
"""Rows without an object at Stripe. They are a problem of their own kind."""
PAUSE = timedelta(minutes=10)
"""Between two looks at the same finding."""
MOST = 20
"""Findings per round."""


class FoundDrift:
    """Stores the findings of one comparison, and afterwards removes those that no longer differ."""

    def __init__(self) -> None:
        self._began = timezone.now()
        self._is_complete = True

    def note(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Stores each finding and passes it on."""
        for finding in findings:
            if finding.verdict is Verdict.UNREAD:
                self._is_complete = False
            else:
                _store(finding)
            yield finding

    def finish(self) -> None:
        """If something could not be read, older findings stay, since they may still be true."""
        if self._is_complete:
            DriftFinding.objects.ours().filter(compared_at__lt=self._began).delete()


def compare_again() -> int:
    """Compares a few objects that differed. Returns how many agree now."""
    agreeing = 0
    known = DriftFinding.objects.ours().filter(compared_at__lt=timezone.now() - PAUSE)
    for one in known.order_by("compared_at", "pk")[:MOST]:
        now = timezone.now()
        mine = DriftFinding.objects.filter(pk=one.pk, compared_at=one.compared_at)
        if not mine.update(compared_at=now):  # another machine does it
            continue
        found = Survey(since=now, repair=False).compare(one.object_type, one.stripe_id)
        if any(finding.verdict is Verdict.UNREAD for finding in found):
            continue
        for finding in found:
            _store(finding)
        if not any(finding.stripe_id == one.stripe_id for finding in found):
            agreeing += 1
            DriftFinding.objects.filter(pk=one.pk).delete()
    return agreeing


def _store(finding: Finding) -> None:
    if finding.verdict in _OTHERS:
        return
    which = {**our_values(), "object_type": finding.kind, "stripe_id": finding.stripe_id}
    if finding.verdict in _SETTLED:
        DriftFinding.objects.filter(**which).delete()
        return
    now = timezone.now()
    amount, currency = finding.at_risk.get_largest()
    values = {
        "verdict": finding.verdict.value,
        "details": "; ".join([*filter(None, [finding.reason]), *describe_differences(finding)]),
        "amount": amount,
        "currency": currency,
        "compared_at": now,
    }
    DriftFinding.objects.update_or_create(
        **which, defaults=values, create_defaults={**values, "found_at": now}
    )
