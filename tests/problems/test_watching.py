"""`payments_doctor --watch` tells once when a problem appears, and once when it clears."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from payments_graphql.models import Operation, ProblemCheck, ProblemNotice
from payments_graphql.problems import MailRecipient, UrlRecipient, refresh, tell
from tests.threads import run_together

SECRET = "T0-secret-of-the-hook"


class Hook(ThreadingHTTPServer):
    """A chat program's URL."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[dict[str, Any]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook/{SECRET}"

    def list_opened(self) -> list[list[str]]:
        return [[one["kind"] for one in body["opened"]] for body in self.received]


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.status == 200:
            self.server.received.append(body)
        self.send_response(self.server.status)
        self.send_header("Location", "https://elsewhere.example/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def _serve() -> Iterator[Hook]:
    hook = Hook()
    thread = threading.Thread(target=hook.serve_forever)
    thread.start()
    yield hook
    hook.shutdown()
    thread.join()
    hook.server_close()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with _serve() as hook:
        yield hook


@pytest.fixture
def mailer(settings: Any) -> None:
    """As Django 6.1 wants it. Older versions use EMAIL_BACKEND."""
    backend = "django.core.mail.backends.locmem.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": backend}}


@pytest.fixture
def unclear(quiet: None) -> Operation:
    return Operation.objects.create(
        actor="user:1", key="1", kind="create_refund", state="needs_review",
        finding="A refund for bob@example.com",
    )  # fmt: skip


def _look(*arguments: str) -> None:
    """What the watcher does every 30 seconds, each time in a new process."""
    ProblemCheck.objects.update(checked_at=timezone.now() - timedelta(minutes=1))
    call_command("payments_doctor", "--watch", "0", *arguments)


def test_it_posts_once_when_it_appears_and_once_when_it_clears(hook, unclear):
    for _ in range(3):
        _look("--post", hook.url)
    assert hook.list_opened() == [["operations_to_review"]]
    (problem,) = hook.received[0]["opened"]
    assert problem["level"] == "error"
    assert problem["runbook"] == "docs/runbook.md#operations-to-review"
    assert "operations that need review" in hook.received[0]["text"]

    Operation.objects.update(state="failed")
    for _ in range(3):
        _look("--post", hook.url)
    assert len(hook.received) == 2
    assert [one["kind"] for one in hook.received[1]["cleared"]] == ["operations_to_review"]

    Operation.objects.update(state="needs_review")
    _look("--post", hook.url)
    assert hook.list_opened() == [["operations_to_review"], [], ["operations_to_review"]]


@pytest.mark.parametrize("status", [500, 302, 404])
def test_what_the_url_did_not_take_is_tried_again(hook, unclear, status, caplog):
    hook.status = status
    with pytest.raises(CommandError, match="could be told"):
        _look("--post", hook.url)
    hook.status = 200
    _look("--post", hook.url)
    assert hook.received == []  # it waits before the next try

    ProblemNotice.objects.update(claimed_until=timezone.now())
    _look("--post", hook.url)
    assert hook.list_opened() == [["operations_to_review"]]
    assert "problems_not_told" in caplog.text


def test_a_url_that_nobody_answers_is_not_logged_or_stored(unclear, caplog):
    with pytest.raises(CommandError) as failed:
        _look("--post", f"http://127.0.0.1:9/hook/{SECRET}")
    assert SECRET not in caplog.text + str(failed.value)
    assert SECRET not in str(list(ProblemNotice.objects.values()))


def test_a_mail_goes_to_the_admins_or_to_addresses(unclear, mailer, mailoutbox, settings):
    settings.ADMINS = ["ops@shop.example"]
    for _ in range(2):
        _look("--mail")
        _look("--mail", "cfo@shop.example")
    first, second = mailoutbox
    assert first.to == ["ops@shop.example"]
    assert second.to == ["cfo@shop.example"]
    assert "operations that need review" in second.subject
    assert f"operation {unclear.pk}" in second.body
    assert "docs/runbook.md#operations-to-review" in second.body
    assert "bob@" not in second.body


def test_only_while_mail_is_sent_are_sockets_limited(unclear, mailer, monkeypatch):
    limits: list[float | None] = []

    def see_limit(*_: Any) -> int:
        limits.append(socket.getdefaulttimeout())
        return 1

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", see_limit)
    _look("--mail", "ops@shop.example")
    assert limits == [20]
    assert socket.getdefaulttimeout() is None


def test_a_failing_mail_server_is_tried_again(unclear, mailer, mailoutbox, monkeypatch):
    def fail(*_: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(MailRecipient, "send", fail)
        with pytest.raises(CommandError):
            _look("--mail", "ops@shop.example")
    ProblemNotice.objects.update(claimed_until=timezone.now())
    _look("--mail", "ops@shop.example")
    assert len(mailoutbox) == 1


def test_a_watcher_that_died_while_it_sent_is_replaced(hook, unclear):
    key = UrlRecipient(hook.url).key
    in_time = timezone.now() + timedelta(minutes=1)
    ProblemNotice.objects.create(kind="operations_to_review", recipient=key, claimed_until=in_time)
    _look("--post", hook.url)
    assert hook.received == []
    ProblemNotice.objects.update(claimed_until=timezone.now())
    _look("--post", hook.url)
    assert len(hook.received) == 1


@pytest.mark.django_db(transaction=True)
def test_several_watchers_tell_once(hook, unclear):
    found = refresh()
    run_together(4, lambda _: tell(found, UrlRecipient(hook.url)))
    assert sum(map(len, hook.list_opened())) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--watch",), "--watch needs"),
        (("--mail", "ops@shop.example"), "need --watch"),
        (("--watch", "--mail"), "ADMINS is empty"),
        (("--watch", "--post", "ftp://shop.example"), "--post must be like"),
    ],
)
def test_options_that_do_not_fit(arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("payments_doctor", *arguments)
