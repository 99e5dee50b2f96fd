"""Keeps the list of problems in a table, so that pages and scrapes need not search again.

Note [One examiner]
Rounds of `payments_reconcile`, pages of the admin and watchers all want a fresh list. Whoever finds
it too old claims the examination by a conditional update, for `LEASE`; the others read the list as
it is. If the examiner dies, the claim ends by itself.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ..models import ProblemCheck, StoredProblem, our_values
from .catalog import get_kind, list_kinds
from .examining import examine
from .kind import Problem

LEASE = timedelta(seconds=30)


def refresh() -> list[Problem]:
    """Examines and stores the result, even if another process does the same."""
    return _store(examine())


def get_problems(max_age: timedelta) -> list[Problem]:
    """What is wrong, most urgent first. Examines if the stored list is older than `max_age` and no
    other process is examining. See Note [One examiner]."""
    return get_checked_problems(max_age)[0]


def get_checked_problems(max_age: timedelta) -> tuple[list[Problem], datetime | None]:
    """`get_problems`, and when they were examined."""
    check = _get_check()
    now = timezone.now()
    if check.checked_at is not None and check.checked_at > now - max_age:
        return list_stored_problems(), check.checked_at
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    mine = ProblemCheck.objects.filter(free, pk=check.pk, checked_at=check.checked_at)
    if not mine.update(claimed_until=now + LEASE):
        return list_stored_problems(), check.checked_at
    try:
        return refresh(), now
    except BaseException:
        ProblemCheck.objects.filter(pk=check.pk).update(claimed_until=None)
        raise


def list_stored_problems() -> list[Problem]:
    """What the last examination found. Reads one small table with one statement."""
    stored = {one.kind: one for one in StoredProblem.objects.ours().filter(count__gt=0)}
    return [_make_problem(stored[kind.slug]) for kind in list_kinds() if kind.slug in stored]


def _get_check() -> ProblemCheck:
    check, _ = ProblemCheck.objects.get_or_create(**our_values())
    return check


def _make_problem(stored: StoredProblem) -> Problem:
    kind = get_kind(stored.kind)
    assert kind is not None
    return Problem(
        kind=kind.slug,
        title=kind.title,
        count=stored.count,
        amounts=stored.amounts,
        oldest=stored.oldest,
        level=kind.level,
        hint=kind.hint,
        runbook=kind.runbook,
        due_at=stored.due_at,
        since=stored.first_seen_at,
        row_id=stored.row_id,
        lines=kind.iterate_lines,
    )


def _store(problems: list[Problem]) -> list[Problem]:
    now = timezone.now()
    found = {problem.kind: problem for problem in problems}
    with transaction.atomic():
        # Also a lock: of two examiners, the second sees what the first has stored.
        if not ProblemCheck.objects.ours().update(checked_at=now, claimed_until=None):
            ProblemCheck.objects.update_or_create(**our_values(), defaults={"checked_at": now})
        known = {one.kind: one for one in StoredProblem.objects.ours()}
        changed = _change(known, found, now)
        new = [
            StoredProblem(**our_values(), **_get_values(slug, found[slug], None, now))
            for slug in found.keys() - known.keys()
        ]
        if new:
            StoredProblem.objects.bulk_create(new)
        if changed:
            StoredProblem.objects.bulk_update(changed, _FIELDS)
    stored = known | {one.kind: one for one in new}
    return [replace(one, since=stored[one.kind].first_seen_at) for one in problems]


def _change(
    known: Mapping[str, StoredProblem], found: Mapping[str, Problem], now: datetime
) -> list[StoredProblem]:
    changed = []
    for slug, stored in known.items():
        before = {name: getattr(stored, name) for name in _FIELDS}
        for name, value in _get_values(slug, found.get(slug), stored.first_seen_at, now).items():
            setattr(stored, name, value)
        if before != {name: getattr(stored, name) for name in _FIELDS}:
            changed.append(stored)
    return changed


_FIELDS = ("count", "amounts", "oldest", "due_at", "row_id", "first_seen_at")


def _get_values(
    slug: str, problem: Problem | None, first_seen_at: datetime | None, now: datetime
) -> dict[str, object]:
    if problem is None:
        return {
            "kind": slug, "count": 0, "amounts": {}, "oldest": None, "due_at": None, "row_id": "",
            "first_seen_at": None,
        }  # fmt: skip
    return {
        "kind": slug,
        "count": problem.count,
        "amounts": problem.amounts,
        "oldest": problem.oldest,
        "due_at": problem.due_at,
        "row_id": problem.row_id,
        "first_seen_at": first_seen_at or now,
    }
