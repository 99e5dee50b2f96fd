from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from payments_graphql import figures, mirror
from payments_graphql.stripe_client import StripeCallError


class Command(BaseCommand):
    help = (
        "Brings the figures of the dashboard up to date, like each round of payments_reconcile. "
        "With --rebuild it counts all days again, for example after rows were changed by SQL or "
        "restored. The dashboard stays usable, and a run that was stopped is continued by "
        "payments_reconcile. With --fees it first reads from Stripe what the payments of the last "
        "days cost. A restricted key needs read access to the balance for that."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="Count all days again.")
        parser.add_argument("--fees", action="store_true", help="Read the fees of payments.")
        parser.add_argument(
            "--since",
            type=int,
            default=7,
            metavar="DAYS",
            help="With --fees: of payments that were charged in the last DAYS. 7 by default.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["fees"]:
            self._fetch_fees(options["since"])
        counted = self._rebuild(options) if options["rebuild"] else figures.refresh()
        self.stdout.write(f"days counted: {counted}")
        progress = figures.get_progress()
        if progress.counted_from is not None:
            self.stdout.write(f"earlier days not counted yet: before {progress.counted_from}")

    def _fetch_fees(self, days: int) -> None:
        try:
            found = mirror.fetch_fees(timezone.now() - timedelta(days=days))
        except StripeCallError as error:
            raise CommandError(f"The fees could not be read from Stripe: {error}") from error
        self.stdout.write(f"payments with a new fee: {found}")

    def _rebuild(self, options: dict[str, Any]) -> int:
        counted = 0
        shows_bar = options["verbosity"] > 0 and self.stdout.isatty()
        with tqdm(unit=" days", disable=not shows_bar) as bar:
            for step in figures.rebuild():
                counted += step
                bar.total = counted + figures.count_days_left()
                bar.update(step)
        return counted
