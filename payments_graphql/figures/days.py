"""Days of the site's TIME_ZONE. A day can have 23 or 25 hours."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

ONE_DAY = timedelta(days=1)


def get_time_zone() -> str:
    return str(settings.TIME_ZONE)


def get_day(moment: datetime) -> date:
    return moment.astimezone(timezone.get_default_timezone()).date()


def get_today() -> date:
    return get_day(timezone.now())


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def iterate_days(first: date, last: date) -> Iterator[date]:
    """Both included."""
    day = first
    while day <= last:
        yield day
        day += ONE_DAY
