import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from payments_graphql.logs import get_logger
from payments_graphql.reconciliation import Round, reconcile

logger = get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Settles open operations, retries webhook events that are due, and reads the events that "
        "no webhook brought. Run it every minute, or keep it running with --every."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="Keep running, a round every SECONDS."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        every: float | None = options["every"]
        if every is None:
            self._report(reconcile())
            return
        while True:
            started = time.monotonic()
            try:
                done = reconcile()
            except DatabaseError:
                # It comes back, and with it what is open.
                logger.exception("reconcile_round_failed")
            else:
                if not done.is_idle:
                    self._report(done)
            connection.close()
            time.sleep(max(every - (time.monotonic() - started), 0.1))

    def _report(self, done: Round) -> None:
        self.stdout.write(
            f"operations looked at: {done.operations}, events pulled: {done.events_pulled}, "
            f"events processed: {done.events_processed}, signals sent: {done.signals}"
        )
