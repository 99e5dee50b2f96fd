import os
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from payments_graphql.conf import conf
from payments_graphql.demo.one_click import PASSWORD

from ..demonstration import Demonstration, DemonstrationFailedError
from ..development import refuse_live_keys
from ..processes import NotStartedError, Processes, find_free_port


class Command(BaseCommand):
    help = (
        "Shows a whole payment step by step, on free ports and with its own database: pay, "
        "webhook, refunds, a decline, 3-D Secure. With STRIPE_SECRET_KEY and "
        "STRIPE_PUBLISHABLE_KEY it uses Stripe itself, or STRIPE_API_BASE, and reads events "
        "instead of receiving webhooks."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("demo is for development: it creates users with a known password.")
        refuse_live_keys("demo")
        uses_sandbox = not os.environ.get("STRIPE_SECRET_KEY")
        with tempfile.TemporaryDirectory(prefix="payments-demo-") as name:
            directory = Path(name)
            with (directory / "processes.log").open("w") as log:
                try:
                    self._demonstrate(directory, log, uses_sandbox=uses_sandbox)
                except (DemonstrationFailedError, NotStartedError) as error:
                    log.flush()
                    tail = (directory / "processes.log").read_text()[-4000:]
                    raise CommandError(
                        f"{error}\n\nThe last output of the processes:\n{tail}"
                    ) from None

    def _demonstrate(self, directory: Path, log: Any, *, uses_sandbox: bool) -> None:
        port, sandbox_port = find_free_port(), find_free_port()
        site = f"http://127.0.0.1:{port}"
        environment = {
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
            "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
            "DEVELOPMENT_DATABASE": str(directory / "db.sqlite3"),
            # The demonstration acts as a customer who also pays without a booking, and refunds.
            "PAYMENTS_ALLOW_FREE_AMOUNT": "true",
            "PAYMENTS_OWNERS_MAY_REFUND": "true",
        }
        if uses_sandbox:
            environment["SANDBOX_PORT"] = str(sandbox_port)
            environment["STRIPE_API_BASE"] = ""
        with Processes(environment, log) as processes:
            processes.run_to_end("manage.py", "migrate", "--verbosity", "0")
            processes.run_to_end("manage.py", "seed")
            if uses_sandbox:
                # Only webhooks can update payments here, since `payments_reconcile` does not run.
                processes.start_sandbox(
                    sandbox_port,
                    state=None,
                    forward_to=f"{site}/api/stripe/webhooks/stripe/",
                    secret=conf.STRIPE_WEBHOOK_SECRETS[0],
                )
                stripe = f"http://127.0.0.1:{sandbox_port}"
            else:
                processes.start_reconcile(1)
                stripe = conf.STRIPE_API_BASE or "https://api.stripe.com"
            processes.start_site(port)
            self.stdout.write(f"The site is at {site}, Stripe at {stripe}.\n")
            Demonstration(
                site=site,
                stripe=stripe,
                publishable_key=conf.STRIPE_PUBLISHABLE_KEY,
                uses_sandbox=uses_sandbox,
                write=self.stdout.write,
            ).run("alice", PASSWORD)
        self.stdout.write("\nDone.")
