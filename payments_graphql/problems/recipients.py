"""Sends news of problems by mail, or posts them to a URL. See Note [Told once]."""

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from django.core.mail import mail_admins, send_mail

from .. import money
from ..conf import conf
from .examining import describe
from .kind import Problem
from .watching import News

_SHOWN = 5
_TIMEOUT = (5.0, 10.0)
"""Seconds to connect, and seconds to wait for an answer."""
_MAIL_TIMEOUT = 20.0
"""Seconds that a mail server may take, unless the site's settings of mail say how many."""


class NotTakenError(Exception):
    """The URL did not accept the news."""


@dataclass(frozen=True)
class MailRecipient:
    """Without addresses: the people in Django's `ADMINS`."""

    addresses: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"mail:{_hash(*sorted(self.addresses)) if self.addresses else 'admins'}"

    def send(self, news: News) -> None:
        text = "\n\n".join(_write_paragraphs(news, with_lines=True))
        with _limit_sockets():
            if self.addresses:
                send_mail(_summarize(news), text, None, list(self.addresses))
            else:
                mail_admins(_summarize(news), text)


@contextmanager
def _limit_sockets() -> Iterator[None]:
    """While mail is sent, since Django's own backend would wait for ever. Not longer, as it is the
    default of the whole process: a server's socket that is made meanwhile stops accepting."""
    default = socket.getdefaulttimeout()
    socket.setdefaulttimeout(default or _MAIL_TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(default)


@dataclass(frozen=True)
class UrlRecipient:
    """Posts JSON. `text` is for chat programs, which show it."""

    url: str

    @property
    def key(self) -> str:
        return f"post:{_hash(self.url)}"

    def send(self, news: News) -> None:
        text = "\n\n".join([_summarize(news), *_write_paragraphs(news, with_lines=False)])
        body: dict[str, Any] = {
            "text": text,
            "livemode": conf.livemode,
            "opened": [_to_data(problem) for problem in news.opened],
            "cleared": [{"kind": kind.slug, "title": str(kind.title)} for kind in news.cleared],
        }
        with requests.post(
            self.url, json=body, timeout=_TIMEOUT, allow_redirects=False, stream=True
        ) as response:
            if not 200 <= response.status_code < 300:
                raise NotTakenError(f"status {response.status_code}")


def _hash(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:32]


def _summarize(news: News) -> str:
    """The subject of a mail."""
    mode = "" if conf.livemode else " (test mode)"
    if len(news.opened) == 1 and not news.cleared:
        return f"Payments: {_name(news.opened[0])}{mode}"
    if len(news.cleared) == 1 and not news.opened:
        return f"Payments: cleared: {news.cleared[0].title}{mode}"
    parts = [
        f"{len(found)} {what}"
        for found, what in ((news.opened, "new problems"), (news.cleared, "cleared"))
        if found
    ]
    return f"Payments: {', '.join(parts)}{mode}"


def _name(problem: Problem) -> str:
    return f"{problem.count} {problem.title}" if problem.count > 1 else str(problem.title)


def _write_paragraphs(news: News, *, with_lines: bool) -> Iterator[str]:
    for problem in news.opened:
        amounts = ", ".join(_format_amounts(problem))
        lines = [
            f"{problem.level.upper()}: {problem.count} {problem.title}"
            + (f", {amounts} at risk" if amounts else ""),
            str(problem.hint),
            f"See {problem.runbook}",
        ]
        if with_lines:
            lines += [f"- {line}" for line in describe(problem, most=_SHOWN)]
            lines += ["- ..."] if problem.count > _SHOWN else []
        yield "\n".join(lines)
    for kind in news.cleared:
        yield f"CLEARED: {kind.title}"


def _format_amounts(problem: Problem) -> list[str]:
    return [
        money.format_amount(amount, currency)
        for currency, amount in sorted(problem.amounts.items())
    ]


def _to_data(problem: Problem) -> dict[str, Any]:
    return {
        "kind": problem.kind,
        "title": str(problem.title),
        "level": str(problem.level),
        "count": problem.count,
        "at_risk": _format_amounts(problem),
        "since": None if problem.since is None else problem.since.isoformat(),
        "due_at": None if problem.due_at is None else problem.due_at.isoformat(),
        "hint": str(problem.hint),
        "runbook": problem.runbook,
    }
