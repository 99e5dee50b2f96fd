"""Tells people of problems: once when one appears, and once when it clears.

Note [Told once]
A row per kind and recipient says whether the recipient knows of the problem. A watcher claims the
row by a conditional update, sends, and then stores that it was told. So several watchers send once,
and a restart repeats nothing. If sending fails, nothing is stored, and it is tried again after
`RETRY`. If a watcher dies while it sends, another one sends again after `LEASE`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from django.db.models import Q, QuerySet
from django.utils import timezone

from ..logs import get_logger
from ..models import ProblemNotice, our_values
from .catalog import get_kind
from .kind import Kind, Problem

logger = get_logger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than sending takes."""
RETRY = timedelta(seconds=30)


@dataclass
class News:
    """What a recipient does not know yet."""

    opened: list[Problem] = field(default_factory=list)
    cleared: list[Kind] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.opened or self.cleared)


class Recipient(Protocol):
    @property
    def key(self) -> str:
        """Identifies the recipient and contains no secret, such as `mail:` and a hash."""

    def send(self, news: News) -> None:
        """Raises any exception if it was not sent."""


def tell(problems: list[Problem], recipient: Recipient) -> bool:
    """Sends what the recipient does not know yet. Returns False if that failed. See Note [Told
    once]."""
    news = _claim(problems, recipient)
    if not news:
        return True
    opened = [problem.kind for problem in news.opened]
    cleared = [kind.slug for kind in news.cleared]
    log = logger.bind(recipient=recipient.key, opened=opened, cleared=cleared)
    try:
        recipient.send(news)
    except Exception as error:
        # The text of the error can contain a URL with a secret.
        log.warning("problems_not_told", error=type(error).__name__)
        until = timezone.now() + RETRY
        _list_notices(recipient, [*opened, *cleared]).update(claimed_until=until)
        return False
    _list_notices(recipient, opened).update(is_told=True, claimed_until=None)
    _list_notices(recipient, cleared).update(is_told=False, claimed_until=None)
    log.info("problems_told")
    return True


def _claim(problems: list[Problem], recipient: Recipient) -> News:
    known = dict(
        ProblemNotice.objects.ours().filter(recipient=recipient.key).values_list("kind", "is_told")
    )
    ProblemNotice.objects.bulk_create(
        [
            ProblemNotice(**our_values(), kind=problem.kind, recipient=recipient.key)
            for problem in problems
            if problem.kind not in known
        ],
        ignore_conflicts=True,  # another watcher has just inserted it
    )
    news = News()
    for problem in problems:
        if not known.get(problem.kind) and _take(recipient, problem.kind, is_told=False):
            news.opened.append(problem)
    for slug in known.keys() - {problem.kind for problem in problems}:
        kind = get_kind(slug)
        if kind is not None and known[slug] and _take(recipient, slug, is_told=True):
            news.cleared.append(kind)
    return news


def _take(recipient: Recipient, kind: str, *, is_told: bool) -> bool:
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    mine = _list_notices(recipient, [kind]).filter(free, is_told=is_told)
    return bool(mine.update(claimed_until=now + LEASE))


def _list_notices(recipient: Recipient, kinds: Iterable[str]) -> QuerySet[ProblemNotice]:
    return ProblemNotice.objects.ours().filter(recipient=recipient.key, kind__in=list(kinds))
