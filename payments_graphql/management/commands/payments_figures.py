from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from payments_graphql import figures


class Command(BaseCommand):
    help = (
        "Brings the figures of the dashboard up to date, like each round of payments_reconcile. "
        "With --rebuild it counts all days again, for example after rows were changed by SQL or "
        "restored. The dashboard stays usable, and a run that was stopped is continued by "
        "payments_reconcile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="Count all days again.")

    def handle(self, *args: Any, **options: Any) -> None:
        counted = self._rebuild(options) if options["rebuild"] else figures.refresh()
        self.stdout.write(f"days counted: {counted}")
        progress = figures.get_progress()
        if progress.counted_from is not None:
            self.stdout.write(f"earlier days not counted yet: before {progress.counted_from}")

    def _rebuild(self, options: dict[str, Any]) -> int:
        counted = 0
        shows_bar = options["verbosity"] > 0 and self.stdout.isatty()
        with tqdm(unit=" days", disable=not shows_bar) as bar:
            for step in figures.rebuild():
                counted += step
                bar.total = counted + figures.count_days_left()
                bar.update(step)
        return counted
