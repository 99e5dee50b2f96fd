"""Runs a sandbox from the command line: options, signals and output."""

import argparse
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from payments_graphql.sandbox.server import Sandbox

DEFAULT_PORT = 12111


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options, which the management command has too."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free port")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep all data in this file")
    parser.add_argument("--seed", type=int, metavar="N", help="make the same ids in every run")
    parser.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="another host name to answer to",
    )
    parser.add_argument("--forward-to", metavar="URL", help="send every event to this address")
    parser.add_argument(
        "--webhook-secret", metavar="whsec_...", help="secret that signs the events"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m payments_graphql.sandbox", description="A local Stripe for development."
    )
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code."""
    if bool(options.forward_to) != bool(options.webhook_secret):
        return _refuse("--forward-to and --webhook-secret go together.")
    sandbox = Sandbox(options.host, options.port, options.state, options.seed, options.allow_host)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        sandbox.start()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return _refuse(f"Cannot listen on {options.host}:{options.port}: {reason}")
    except sqlite3.Error as error:
        return _refuse(f"Cannot use the state file {options.state}: {error}")
    if options.forward_to:
        sandbox.forward_to(options.forward_to, options.webhook_secret, replace=True)
    sys.stdout.write(f"Sandbox at {sandbox.url} (Ctrl-C stops it)\n")
    sys.stdout.flush()
    stopping.wait()
    sandbox.stop()
    return 0


def _refuse(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 1
