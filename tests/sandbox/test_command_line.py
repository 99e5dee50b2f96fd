import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from payments_graphql.sandbox.command_line import main

ROOT = Path(__file__).parents[2]
MODULE = [sys.executable, "-m", "payments_graphql.sandbox"]
COMMAND = [sys.executable, "manage.py", "payments_sandbox"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
# The sandbox stops within a few hundredths of a second. With Django loaded, stopping the
# interpreter can take much longer on a busy machine.
@pytest.mark.parametrize(("command", "seconds"), [(MODULE, 1), (COMMAND, 5)])
def test_it_prints_its_address_serves_and_stops_at_once(
    command: list[str], seconds: float, number: signal.Signals
) -> None:
    with subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[2]
        with urllib.request.urlopen(f"{url}/_sandbox/health") as answer:
            assert answer.status == 200
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - began < seconds


def test_it_imports_neither_django_nor_stripe() -> None:
    code = (
        "import sys; from payments_graphql.sandbox import Sandbox; Sandbox().start().stop(); "
        "print({'django', 'stripe'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "set()"


def test_a_busy_port_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"Cannot listen on 127.0.0.1:{port}: ")
    assert message.count("\n") == 1


def test_a_file_that_is_no_state_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("not a database at all, but long enough to be looked at closely" * 40)
    assert main(["--port", "0", "--state", str(wrong)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_forwarding_needs_a_secret(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "0", "--forward-to", "http://127.0.0.1:9/"]) == 1
    assert "--webhook-secret" in capsys.readouterr().err
