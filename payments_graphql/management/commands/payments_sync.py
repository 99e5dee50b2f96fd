import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from payments_graphql.correlation import bound
from payments_graphql.importing import LISTS, Import, Matching, StripeList, Tally
from payments_graphql.stripe_client import StripeCallError, StripeCredentialsError

from ..quiet import quiet_logs


class Command(BaseCommand):
    help = (
        "Imports existing data from Stripe: customers with their payment methods, setup intents, "
        "payment intents, refunds and disputes. If it is stopped, even by kill -9, the next run "
        "continues there. A run after a finished one starts from the beginning, and changes only "
        "what has changed. The options below match customers that this site did not create to its "
        "users. A user has one customer: an existing one stays, otherwise the newest that matches "
        "and has any data is imported. All other customers are skipped with all of their data, and "
        "counted. No signals are sent about what happened before a customer was known here."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--user-id-metadata",
            metavar="KEY",
            default="",
            help="The customers' metadata key in which the earlier integration stored the user's "
            "primary key or username.",
        )
        parser.add_argument(
            "--match-email",
            action="store_true",
            help="Match customers to users by e-mail address, if exactly one active user and "
            "one customer have it. Only for sites that verify users' addresses: otherwise someone "
            "who signed up with another person's address would get their payments and cards.",
        )
        parser.add_argument("--restart", action="store_true", help="Start from the beginning.")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Print what would be imported, and change nothing.",
        )

    @bound()
    def handle(self, *args: Any, **options: Any) -> None:
        self.shows_bar = options["verbosity"] > 0 and self.stdout.isatty()
        self.is_rehearsal = options["dry_run"]
        running = Import(
            Matching(options["user_id_metadata"], by_email=options["match_email"]),
            restart=options["restart"],
            is_rehearsal=self.is_rehearsal,
        )
        self._report_start(running)
        try:
            for listed in LISTS:
                self._run(running, listed)
        except StripeCredentialsError as error:
            raise CommandError(_explain_refusal(error)) from None
        except StripeCallError as error:
            raise CommandError(
                f"Stripe could not be read ({type(error).__name__}, status {error.status}). "
                f"{self._explain_how_to_continue()}"
            ) from None
        except KeyboardInterrupt:
            raise CommandError(
                f"Interrupted. {self._explain_how_to_continue()}", returncode=130
            ) from None
        self._report_customers(running.tallies["customer"])
        failed = sum(tally.failed for tally in running.tallies.values())
        if failed:
            raise CommandError(
                f"{failed} objects could not be imported. The log says why (import_failed)."
            )
        self.stdout.write("Nothing was changed." if self.is_rehearsal else "Done.")

    def _report_start(self, running: Import) -> None:
        cursors = [running.get_cursor(listed.kind) for listed in LISTS]
        if any(cursor.pk for cursor in cursors):
            done = [f"{_name(one.kind)} {one.seen}" for one in cursors if one.pk]
            self.stdout.write(
                f"Continuing where the last run stopped, after: {', '.join(done)}. These "
                "customers were matched by that run's options. To start over, use --restart."
            )

    def _explain_how_to_continue(self) -> str:
        if self.is_rehearsal:
            return ""
        return "Run `payments_sync` again: it continues where it stopped."

    def _run(self, running: Import, listed: StripeList) -> None:
        cursor = running.get_cursor(listed.kind)
        if cursor.is_finished:
            return
        with self._show_bar(running, listed.kind, cursor.seen):
            tally = running.run(listed)
        self._report(tally)
        if listed.kind == "customer":
            self._report(running.tallies["payment_method"])

    @contextmanager
    def _show_bar(self, running: Import, kind: str, seen: int) -> Iterator[None]:
        """Stripe gives no totals, so the bar shows the count and the rate."""
        if not self.shows_bar:
            yield
            return
        # Lines for each call would push the bar off the terminal. Warnings are shown above it.
        with (
            quiet_logs(logging.WARNING),
            logging_redirect_tqdm(),
            tqdm(desc=_name(kind), unit=" ", initial=seen, leave=False, file=sys.stderr) as bar,
        ):
            running.on_seen = bar.update
            yield

    def _report(self, tally: Tally) -> None:
        new = "to import" if self.is_rehearsal else "imported"
        counts = [
            f"{tally.seen} seen",
            f"{tally.new} {new}",
            f"{tally.changed} changed",
            f"{tally.unchanged} unchanged",
        ]
        if tally.failed:
            counts.append(f"{tally.failed} failed")
        reasons = ", ".join(f"{count} {reason}" for reason, count in tally.skipped.most_common())
        if reasons:
            counts.append(f"{tally.skipped.total()} skipped ({reasons})")
        self.stdout.write(f"{_name(tally.kind)}: {', '.join(counts)}")

    def _report_customers(self, tally: Tally) -> None:
        if not tally.examples:
            return
        self.stdout.write("Customers skipped with all of their data:")
        for stripe_id, reason in tally.examples:
            self.stdout.write(f"  {stripe_id}  {reason}")
        further = tally.skipped.total() - len(tally.examples)
        if further:
            self.stdout.write(f"  and {further} more")


def _name(kind: str) -> str:
    return f"{kind.replace('_', ' ')}s"


def _explain_refusal(error: StripeCredentialsError) -> str:
    if error.status == 403:
        return (
            "Stripe refused: STRIPE_SECRET_KEY is a restricted key that may not read all of this. "
            "`manage.py payments_doctor` says which permission is missing."
        )
    return "Stripe refused our key: STRIPE_SECRET_KEY is wrong, rolled or expired."
