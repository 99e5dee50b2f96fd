"""Keeps the figures up to date. See Note [Daily figures]."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from ..models import DailyFigure, FigureCursor
from .counting import Key, Value
from .days import ONE_DAY, get_time_zone, get_today
from .sources import SOURCES, Position, Source

COUNTING_TIME = 10.0
"""Seconds per round of `payments_reconcile`. The next round does the rest."""
PATIENCE_OF_A_PAGE = 0.5
"""Seconds for which a page may count before it shows what there is."""
OVERLAP = timedelta(minutes=5)
"""How long a transaction can take to commit a row's `updated_at`, and how far the clocks of the
site's machines can differ."""
LEASE = timedelta(minutes=2)


class _ClaimLost(Exception):
    """The claim ended, and another process took over."""


@dataclass(frozen=True)
class Progress:
    """How up to date the figures are. `refreshed_at` is None before the first count has finished.
    `counted_from` is the first counted day while days before it are still missing."""

    refreshed_at: datetime | None
    counted_from: date | None

    def is_older(self, than: timedelta) -> bool:
        return self.refreshed_at is None or self.refreshed_at < timezone.now() - than


def refresh(*, seconds: float = COUNTING_TIME) -> int:
    """Counts the days again that have changed, and continues a first or new count. Returns how many
    days it counted. Stops after `seconds`, but makes some progress with each call."""
    counted = 0
    ends_at = time.monotonic() + seconds
    for source in SOURCES:
        cursor = _claim(source)
        if cursor is None:
            continue
        try:
            counted += _refresh(source, cursor, ends_at)
        except _ClaimLost:
            continue
        _release(cursor)
    return counted


def refresh_if_older(than: timedelta) -> Progress:
    """For a page. Skips what another process is counting."""
    progress = get_progress()
    if progress.is_older(than):
        refresh(seconds=PATIENCE_OF_A_PAGE)
        progress = get_progress()
    return progress


def get_progress() -> Progress:
    cursors = list(FigureCursor.objects.all())
    moments = [cursor.refreshed_at for cursor in cursors]
    missing = [cursor.next_day for cursor in cursors if cursor.next_day is not None]
    known = [moment for moment in moments if moment is not None]
    is_known = len(known) == len(SOURCES)
    return Progress(
        refreshed_at=min(known) if is_known else None,
        counted_from=max(missing) + ONE_DAY if missing else None,
    )


def count_days_left() -> int:
    """How many days of all sources a first or new count has left."""
    return sum(
        (cursor.next_day - source.find_first_day()) // ONE_DAY + 1
        for source in SOURCES
        for cursor in FigureCursor.objects.filter(source=source.name, next_day__isnull=False)
        if cursor.next_day is not None
    )


def rebuild() -> Iterator[int]:
    """Counts everything again, newest days first. Yields how many days were counted, after each
    step. The figures stay readable, and are replaced day by day."""
    for source in SOURCES:
        _get_cursor(source)
        FigureCursor.objects.filter(source=source.name).update(**_from_the_beginning())
    while FigureCursor.objects.filter(next_day__isnull=False).exists():
        yield refresh(seconds=1)


def _from_the_beginning() -> dict[str, object]:
    return {
        "time_zone": get_time_zone(),
        "next_day": get_today() + ONE_DAY,
        "read_until": timezone.now() - OVERLAP,
    }


def _get_cursor(source: Source) -> FigureCursor:
    beginning = _from_the_beginning()
    cursor, _ = FigureCursor.objects.get_or_create(source=source.name, defaults=beginning)
    return cursor


def _claim(source: Source) -> FigureCursor | None:
    now = timezone.now()
    cursor = _get_cursor(source)
    claimed = FigureCursor.objects.filter(
        Q(claimed_until=None) | Q(claimed_until__lt=now), pk=cursor.pk, fence=cursor.fence
    ).update(fence=F("fence") + 1, claimed_until=now + LEASE)
    if not claimed:
        return None
    cursor.refresh_from_db()
    if cursor.time_zone != get_time_zone():
        _write(cursor, **_from_the_beginning())
    return cursor


def _release(cursor: FigureCursor) -> None:
    FigureCursor.objects.filter(pk=cursor.pk, fence=cursor.fence).update(claimed_until=None)


def _write(cursor: FigureCursor, **values: object) -> None:
    """Also extends the claim, and locks the cursor until the end of the transaction."""
    values["claimed_until"] = timezone.now() + LEASE
    if not FigureCursor.objects.filter(pk=cursor.pk, fence=cursor.fence).update(**values):
        raise _ClaimLost
    for name, value in values.items():
        setattr(cursor, name, value)


def _refresh(source: Source, cursor: FigureCursor, ends_at: float) -> int:
    began = timezone.now()
    counted, is_complete = _follow_changes(source, cursor, ends_at)
    counted += _continue_build(source, cursor, ends_at)
    if is_complete:
        _write(cursor, refreshed_at=began)
    return counted


def _follow_changes(source: Source, cursor: FigureCursor, ends_at: float) -> tuple[int, bool]:
    """Returns how many days were counted, and whether no change is left."""
    counted = 0
    position = Position(cursor.read_until)
    while True:
        settled = timezone.now() - OVERLAP
        changes = source.list_changes(position)
        for day in sorted(changes.days, reverse=True):
            _count_day(source, cursor, day)
            counted += 1
        has_moved = changes.position.at > position.at
        position = changes.position
        if changes.is_last:
            _write(cursor, read_until=max(cursor.read_until, settled))
            return counted, True
        _write(cursor, read_until=min(position.at, settled))
        # Rows with the same time are read to the end, since the cursor could not continue there.
        if has_moved and time.monotonic() > ends_at:
            return counted, False


def _continue_build(source: Source, cursor: FigureCursor, ends_at: float) -> int:
    """Newest first, since these days are looked at most."""
    counted = 0
    if cursor.next_day is None:
        return counted
    first = source.find_first_day()
    while cursor.next_day is not None:
        day = cursor.next_day
        _count_day(source, cursor, day)
        counted += 1
        _write(cursor, next_day=day - ONE_DAY if day > first else None)
        if time.monotonic() > ends_at:
            break
    return counted


def _count_day(source: Source, cursor: FigureCursor, day: date) -> None:
    """Replaces the day's figures. The lock on the cursor comes first, so that an outdated count
    never overwrites a newer one."""
    with transaction.atomic():
        _write(cursor)
        rows = DailyFigure.objects.filter(day=day, name__in=source.figures)
        stored = {_get_key(row): row for row in rows}
        counted = dict(source.count(day))
        outdated = [
            row.pk
            for key, row in stored.items()
            if counted.get(key) != Value(row.count, row.amount)
        ]
        if outdated:
            DailyFigure.objects.filter(pk__in=outdated).delete()
        DailyFigure.objects.bulk_create(
            DailyFigure(day=day, **asdict(key), **asdict(value))
            for key, value in counted.items()
            if key not in stored or stored[key].pk in outdated
        )


def _get_key(row: DailyFigure) -> Key:
    return Key(row.account, row.livemode, row.currency, row.name, row.detail)
