"""Requests are counted in moving windows, by each process or by all together. An unavailable
storage refuses nobody."""

import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
import redis
import time_machine

from payments_graphql import rate_limits
from payments_graphql.errors import RateLimitedError
from payments_graphql.rate_limit_memory import ProcessMemory
from tests.subprocesses import get_environment
from tests.threads import run_together

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/15")
NOON = "2030-01-01T12:00:00Z"


@pytest.fixture
def limits(settings, fresh_counts):
    """`limits({"create.user": "3/minute"})`: nothing else is limited."""

    def limits(own, storage="memory://"):
        settings.PAYMENTS_RATE_LIMITS = {
            **dict.fromkeys(rate_limits.conf.PAYMENTS_RATE_LIMITS, ""),
            **own,
        }
        settings.PAYMENTS_RATE_LIMIT_STORAGE = storage

    return limits


@pytest.fixture
def redis_url(settings):
    """A Redis with keys for this test only."""
    try:
        redis.Redis.from_url(REDIS_URL, socket_connect_timeout=2).ping()
    except redis.ConnectionError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"SKIPPED, as no Redis answers at {REDIS_URL}: {error}")
    settings.PAYMENTS_INSTALLATION_ID = f"test-{uuid.uuid4()}"
    return REDIS_URL


@pytest.fixture(params=["memory", "redis"])
def storage(request):
    return "memory://" if request.param == "memory" else request.getfixturevalue("redis_url")


def ask(**subjects):
    """Seconds to wait, or None for an allowed request."""
    try:
        rate_limits.count("create", **(subjects or {"user": 1}))
    except RateLimitedError as error:
        return error.retry_after
    return None


def test_one_above_the_limit_is_refused_until_the_first_has_left_the_window(limits, storage):
    limits({"create.user": "3/minute"}, storage)
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3):
            assert ask() is None
            clock.shift(10)
        # The first was 30 seconds ago.
        assert ask() == 30
        clock.shift(29)
        assert ask() == 1
        clock.shift(2)
        assert ask() is None
        assert ask() == 9


def test_a_refused_request_is_not_counted(limits, storage):
    limits({"create.user": "1/minute", "create.address": "2/minute"}, storage)
    with time_machine.travel(NOON, tick=False) as clock:
        assert ask(user=1, address="10.0.0.1") is None
        for _ in range(5):
            assert ask(user=1, address="10.0.0.1") == 60
        # One place is left for the address: the refused requests took none.
        assert ask(user=2, address="10.0.0.1") is None
        assert ask(user=3, address="10.0.0.1") == 60
        clock.shift(61)
        assert ask(user=1, address="10.0.0.1") is None


def test_of_several_limits_the_one_that_lasts_longest_says_when(limits, storage):
    limits({"create.user": "2/minute;3/hour"}, storage)
    with time_machine.travel(NOON, tick=False) as clock:
        assert [ask(), ask(), ask()] == [None, None, 60]
        clock.shift(61)
        assert ask() is None
        assert ask() == 3600 - 61


def test_each_user_each_address_and_each_action_has_its_own(limits, storage):
    limits({"create.user": "1/minute", "confirm.user": "1/minute"}, storage)
    assert [ask(user=1), ask(user=2)] == [None, None]
    rate_limits.count("confirm", user=1)
    assert ask(user=1)
    assert ask(user=2)


def test_without_a_limit_or_an_address_nothing_is_counted(limits):
    limits({"create.address": "1/minute"})
    assert [ask(user=1, address=None) for _ in range(3)] == [None] * 3


def test_ended_windows_are_forgotten():
    memory = ProcessMemory()
    with time_machine.travel(NOON, tick=False) as clock:
        for number in range(100):
            assert memory.acquire_entry(f"user {number}", 3, 60)
        clock.shift(61)
        assert memory.acquire_entry("another", 3, 60)
        assert len(memory) == 1


def test_the_defaults_limit_everything(settings, fresh_counts):
    del settings.PAYMENTS_RATE_LIMITS
    assert [ask() for _ in range(20)] == [None] * 20
    assert ask()


def test_threads_together_get_as_many_as_the_limit_says(limits, storage):
    limits({"create.user": "20/hour"}, storage)
    answers = run_together(8, lambda number: [ask() for _ in range(5)])
    assert sum(answer is None for each in answers for answer in each) == 20


_PROCESS = """
import sys, django
django.setup()
from payments_graphql import rate_limits
from payments_graphql.errors import RateLimitedError
admitted = 0
print("ready", flush=True)
sys.stdin.readline()
for _ in range(15):
    try:
        rate_limits.count("create", user=1)
    except RateLimitedError:
        pass
    else:
        admitted += 1
print(admitted)
"""
_SHARED = """
from settings.testing import *
import os
PAYMENTS_RATE_LIMITS = {"create.user": "20/hour"}
PAYMENTS_RATE_LIMIT_STORAGE = os.environ["STORAGE"]
PAYMENTS_INSTALLATION_ID = os.environ["INSTALLATION"]
"""


def test_two_processes_share_the_count_in_redis(redis_url, settings, tmp_path, db):
    (tmp_path / "shared_settings.py").write_text(_SHARED)
    environment = get_environment(
        DJANGO_SETTINGS_MODULE="shared_settings",
        PYTHONPATH=os.pathsep.join((str(tmp_path), str(Path.cwd()))),
        STORAGE=redis_url,
        INSTALLATION=settings.PAYMENTS_INSTALLATION_ID,
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _PROCESS],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    admitted = [int(process.communicate(timeout=60)[0]) for process in started]

    assert sum(admitted) == 20


@pytest.fixture
def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


@pytest.fixture
def silent_port():
    """A server that accepts connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield listening.getsockname()[1]


@pytest.mark.parametrize("how", ["closed_port", "silent_port"])
def test_while_redis_is_away_each_process_counts_alone(limits, request, caplog, how):
    port = request.getfixturevalue(how)
    limits({"create.user": "3/minute"}, f"redis://:hunter2@127.0.0.1:{port}/0")

    assert [ask(), ask(), ask()] == [None] * 3
    assert ask()

    warnings = [record for record in caplog.records if "storage_away" in record.getMessage()]
    assert len(warnings) == 1  # it was asked once, and then not for a while
    assert warnings[0].levelname == "WARNING"
    assert "hunter2" not in caplog.text


def test_redis_counts_again_once_it_is_back(limits, redis_url, settings, closed_port, monkeypatch):
    limits({"create.user": "2/minute"}, f"redis://127.0.0.1:{closed_port}/0")
    assert [ask(), ask()] == [None, None]
    assert ask()
    settings.PAYMENTS_RATE_LIMIT_STORAGE = redis_url
    assert ask()  # not asked yet
    after_the_pause = time.monotonic() + rate_limits.STORAGE_PAUSE
    monkeypatch.setattr(rate_limits.time, "monotonic", lambda: after_the_pause)
    assert [ask(), ask()] == [None, None]
    assert ask()
