"""What `problems` finds, for the doctor."""

from collections.abc import Iterator

from django.utils import timezone

from ..models import EventCursor
from ..problems import Level, Problem, describe, examine, get_kind
from ..problems.kinds.running import show_age
from .finding import Finding, Subject

_WORK = Subject("open work")
_RECONCILE = Subject("reconcile")
_SHOWN = 3


def examine_problems() -> Iterator[Finding]:
    """Asks the database for what is wrong now, and stores nothing."""
    problems = examine()
    if not any(problem.kind == "reconcile_silent" for problem in problems):
        cursor = EventCursor.objects.ours().get()
        age = timezone.now() - cursor.read_until
        yield _RECONCILE.ok(f"read Stripe's events {show_age(age)} ago.")
    found = [_judge(problem) for problem in problems]
    yield from found
    if all(finding.subject != _WORK.name for finding in found):
        yield _WORK.ok("nothing is overdue, and nothing needs a decision.")


def _judge(problem: Problem) -> Finding:
    kind = get_kind(problem.kind)
    assert kind is not None
    subject = Subject(kind.subject)
    lines = "; ".join(describe(problem, most=_SHOWN))
    if kind.rows:
        more = "; ..." if problem.count > _SHOWN else "."
        message = f"{problem.count} {problem.title}: {lines}{more}"
    else:
        message = f"{lines}."
    judge = subject.error if problem.level is Level.ERROR else subject.warning
    return judge(message, str(problem.hint))
