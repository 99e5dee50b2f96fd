"""Real servers with known rows, for the tests of pages."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from payments_graphql.sandbox import Sandbox
from settings.management.processes import Processes, find_free_port
from tests.conftest import WEBHOOK_PATH

ROOT = Path(__file__).resolve().parents[1]
WEBHOOK_SECRET = "whsec_testing"


def furnish(module: str, environment: dict[str, str]) -> Any:
    """Runs a program that writes rows, and returns the JSON of its last line."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def serve_production_site(
    directory: Path, settings: str, rows: str, **more: str
) -> Iterator[tuple[str, Any]]:
    """The site under `settings`, derived from production's, with webhooks. Yields its address and
    what the program `rows` printed. Its static files are in `directory / "static"`."""
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "DJANGO_SETTINGS_MODULE": settings,
        "SECRET_KEY": "testing-only-secret-key-that-is-long-enough-to-sign-with-hmac",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": f"sqlite:///{directory / 'site.sqlite3'}",
        "SITE_STATIC": str(directory / "static"),
        "STRIPE_SECRET_KEY": "sk_test_sandbox",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_sandbox",
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        **more,
    }
    with Sandbox() as sandbox, (directory / "site.log").open("w") as log:
        sandbox.forward_to(url + WEBHOOK_PATH, WEBHOOK_SECRET)
        environment["STRIPE_API_BASE"] = sandbox.url
        with Processes(environment, log) as processes:
            processes.run_to_end("manage.py", "migrate", "--verbosity", "0")
            processes.run_to_end("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
            known = furnish(rows, environment)
            processes.start_site(port)
            yield url, known
