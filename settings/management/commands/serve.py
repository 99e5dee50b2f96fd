import os
import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from knox.models import get_token_model

from payments_graphql.conf import conf
from payments_graphql.demo.one_click import PASSWORD

from ..development import refuse_production
from ..processes import NotStartedError, Processes, is_free


class Command(BaseCommand):
    help = (
        "Runs the whole product for development: migrates, seeds, and starts the site, the "
        "sandbox (unless STRIPE_SECRET_KEY is set) and `payments_reconcile --every 10`, until "
        "Ctrl-C."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_production("serve")
        port, sandbox_port = _read_port("PORT", 8000), _read_port("SANDBOX_PORT", 12111)
        sandbox = f"http://127.0.0.1:{sandbox_port}"
        uses_sandbox = sandbox == conf.STRIPE_API_BASE
        for name, number in (("PORT", port), ("SANDBOX_PORT", sandbox_port)):
            if (name == "PORT" or uses_sandbox) and not is_free(number):
                raise CommandError(
                    f"Port {number} is in use. Choose another: {name}={number + 1} make run"
                )
        call_command("migrate", verbosity=0)
        call_command("seed", verbosity=0)
        stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: stopping.set())
        environment = {"DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]}
        with Processes(environment) as processes:
            try:
                if uses_sandbox:
                    processes.start_sandbox(
                        sandbox_port,
                        state=_get_state_file(),
                        forward_to=f"http://127.0.0.1:{port}/api/stripe/webhooks/stripe/",
                        secret=conf.STRIPE_WEBHOOK_SECRETS[0],
                    )
                processes.start_site(port)
                processes.start_reconcile(10)
            except NotStartedError as error:
                raise CommandError(str(error)) from None
            self._introduce(port, sandbox_port if uses_sandbox else None)
            while not stopping.wait(0.5):
                ended = processes.find_ended()
                if ended is not None:
                    raise CommandError(f"The {ended} ended; everything else is stopped.")
        self.stdout.write("Stopped.")

    def _introduce(self, port: int, sandbox_port: int | None) -> None:
        site = f"http://127.0.0.1:{port}"
        alice = get_user_model()._default_manager.get(username="alice")
        _, token = get_token_model().objects.create(user=alice)
        connection.close()
        stripe = (
            f"http://127.0.0.1:{sandbox_port}/  (the sandbox: a local Stripe)"
            if sandbox_port
            else f"{conf.STRIPE_API_BASE or 'Stripe itself'}, with the keys of the environment"
        )
        line = "-" * 100
        self.stdout.write(
            f"\n{line}\n"
            f"  Page       {site}/\n"
            f"  GraphiQL   {site}/graphql/\n"
            f"  Admin      {site}/admin/\n"
            f"  Webhooks   {site}/api/stripe/webhooks/stripe/\n"
            f"  Stripe     {stripe}\n\n"
            "  Customers  alice, bob\n"
            "  Staff      sam (may do everything), sue (Support), fay (Finance), erin (Engineer)\n"
            f"  Password   {PASSWORD}, for each of them\n"
            f"  Token      Authorization: Token {token}\n"
            f"             (alice's, for ten hours)\n\n"
            "  Ctrl-C stops everything.\n\n"
            f"  Open {site} and pay for a booking.\n"
            f"{line}\n"
        )
        self.stdout.flush()


def _read_port(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise CommandError(f"{name} must be a port number, 1 to 65535; {value!r} is not.")
    return int(value)


def _get_state_file() -> Path:
    """One per database, so that both are kept or deleted together."""
    name = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor == "sqlite":
        return name.parent / "sandbox.sqlite3"
    directory: Path = settings.BASE_DIR / ".data"
    directory.mkdir(exist_ok=True)
    return directory / f"sandbox-{name.name}.sqlite3"
