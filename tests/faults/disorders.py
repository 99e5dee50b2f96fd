"""Faults within a process, at a step: each patches the process that calls it."""

import os
import resource
import signal
import threading
from collections.abc import Callable
from typing import Any

import stripe
from django.db import connection

from payments_graphql import mirror
from payments_graphql.conf import conf
from payments_graphql.models import Operation
from payments_graphql.webhooks import inbox
from tests.faults.steps import Step


def die(*arguments: Any, **values: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def disk_full() -> None:
    """No file can be written anymore."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))


def disk_full_once_answered() -> None:
    _once_answered(disk_full)


def pool_exhausted() -> None:
    """Another user holds the only connection and does not release it."""
    connection.settings_dict["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 1, "timeout": 1}
    _take_connection()


def pool_exhausted_once_answered() -> None:
    connection.settings_dict["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 1, "timeout": 1}
    _once_answered(_take_connection)


def _take_connection() -> None:
    taken = threading.Event()

    def take() -> None:
        connection.ensure_connection()
        taken.set()
        threading.Event().wait()

    threading.Thread(target=take, daemon=True).start()
    assert taken.wait(60)


def die_at_nudge() -> None:
    """When a stored event is about to be processed."""
    inbox.process_new = die


def die_once_claimed() -> None:
    """When a stored event is about to be applied."""
    inbox._apply_all = die


def live_keys() -> None:
    """The site takes its keys for live keys, which the sandbox does not have."""
    type(conf).livemode = property(lambda self: True)


def _die_before_sending() -> None:
    _wrap_changing_requests(lambda send: die())


def _die_once_answered() -> None:
    _once_answered(die)


def _once_answered(act: Callable[[], object]) -> None:
    def send_and_act(send: Callable[[], Any]) -> Any:
        answer = send()
        act()
        return answer

    _wrap_changing_requests(send_and_act)


def _wrap_changing_requests(wrapper: Callable[[Callable[[], Any]], Any]) -> None:
    original = stripe.RequestsClient.request

    def request(self: Any, method: str, *arguments: Any, **values: Any) -> Any:
        def send() -> Any:
            return original(self, method, *arguments, **values)

        return send() if method == "get" else wrapper(send)

    stripe.RequestsClient.request = request


def _die_within_the_first_transaction() -> None:
    Operation.save = die


def _die_before_signals() -> None:
    mirror.send_signals = die


def _die_elsewhere() -> None:
    """The relay kills the process, or it is done once the answer is ready."""


PREPARE: dict[Step, Callable[[], None]] = {
    Step.BEFORE_RECORD: _die_within_the_first_transaction,
    Step.RECORDED: _die_before_sending,
    Step.SENT: _die_elsewhere,
    Step.WORKING: _die_elsewhere,
    Step.ANSWERING: _die_elsewhere,
    Step.ANSWERED: _die_once_answered,
    Step.SETTLED: _die_before_signals,
    Step.BEFORE_ANSWER: _die_elsewhere,
}
