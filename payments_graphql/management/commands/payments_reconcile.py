import os
import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from payments_graphql import problems
from payments_graphql.logs import get_logger
from payments_graphql.reconciliation import (
    FoundDrift,
    Round,
    Survey,
    Verdict,
    describe_finding,
    describe_money,
    mark_overlooked,
    reconcile,
)

logger = get_logger(__name__)

NOTHING, DRIFT, NEEDS_PERSON = 0, 1, 2
_COMPARED = ("drift", "left_over_rows")
"""What a comparison reports by itself."""


class Command(BaseCommand):
    help = (
        "Runs one round: settles open operations, reads events that no webhook delivered, "
        "processes due events, rereads objects that are not final, cancels payments that have "
        "been unpaid for PAYMENTS_CANCEL_UNPAID_AFTER, and sends missed signals. Run it every "
        "minute, or keep it running with --every, on several machines if you like. --report "
        "compares our rows with Stripe field by field and changes nothing. --repair compares and "
        "then applies Stripe's values. Both skip operations in progress. Money at risk is the sum, "
        "over all objects, of the difference between our amounts and Stripe's: received payments, "
        "refunds that did not fail, disputes that hold or took money. Exit codes: 0 nothing found. "
        "1 --report found or --repair fixed differences. 2 someone must look: a problem of "
        "docs/runbook.md, a step that failed, or an object that could not be read, is not at "
        "Stripe, or contradicts a final state."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        group = parser.add_mutually_exclusive_group()
        group.add_argument(
            "--every",
            type=float,
            metavar="SECONDS",
            help="Keep running, with a round every SECONDS.",
        )
        group.add_argument(
            "--report", action="store_true", help="Compare with Stripe and change nothing."
        )
        group.add_argument(
            "--repair", action="store_true", help="Compare with Stripe and apply Stripe's values."
        )
        parser.add_argument(
            "--since",
            type=int,
            default=30,
            metavar="DAYS",
            help="With --report and --repair: compare objects of the last DAYS, and older ones "
            "that are not final. 30 by default.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["since"] < 1:
            raise CommandError("--since must be at least 1 day.", returncode=2)
        if options["every"] is not None:
            self._keep_running(options["every"])
        try:
            if options["report"] or options["repair"]:
                code = self._survey(days=options["since"], repair=options["repair"])
            else:
                code = self._run_once()
        except Exception as error:
            # Not Python's exit code 1, which would mean that everything was compared.
            logger.exception("reconcile_failed")
            raise CommandError(
                f"Failed: {type(error).__name__}. See the log.", returncode=NEEDS_PERSON
            ) from error
        if code:
            raise SystemExit(code)

    def _keep_running(self, every: float) -> None:
        os.nice(5)  # the site's requests come first
        while True:
            started = time.monotonic()
            done = reconcile()
            if not done.is_idle:
                self._report(done)
            _refresh()
            connection.close()
            time.sleep(max(every - (time.monotonic() - started), 0.1))

    def _run_once(self) -> int:
        done = reconcile()
        self._report(done)
        found = self._show_problems()
        return NEEDS_PERSON if found or done.broken else NOTHING

    def _survey(self, *, days: int, repair: bool) -> int:
        if repair:
            mark_overlooked()
        survey = Survey(since=timezone.now() - timedelta(days=days), repair=repair)
        found: dict[Verdict, int] = {}
        drift = FoundDrift()
        for finding in drift.note(survey.run()):
            found[finding.verdict] = found.get(finding.verdict, 0) + 1
            for line in describe_finding(finding):
                self.stdout.write(line)
        drift.finish()
        decisions = self._show_problems(besides=_COMPARED) - {"reconcile_silent"}
        for line in describe_money(survey.at_risk):
            self.stdout.write(line)
        sums = "".join(f", {count} {verdict.value}" for verdict, count in found.items())
        self.stdout.write(
            f"objects compared: {survey.compared}, in progress: {survey.in_progress}{sums}"
        )
        if decisions or any(verdict.needs_person for verdict in found):
            return NEEDS_PERSON
        return DRIFT if found else NOTHING

    def _show_problems(self, besides: tuple[str, ...] = ()) -> set[str]:
        """Returns the kinds that are not routine."""
        found = [one for one in problems.refresh() if one.kind not in besides]
        for problem in found:
            for line in problems.describe(problem):
                self.stdout.write(line)
        for problem in found:
            self.stdout.write(f"{problem.count} {problem.title}")
        routine = {kind.slug for kind in problems.ALL if kind.is_routine}
        return {problem.kind for problem in found} - routine

    def _report(self, done: Round) -> None:
        self.stdout.write(
            f"operations looked at: {done.operations}, events pulled: {done.events_pulled}, "
            f"events processed: {done.events_processed}, rows read: {done.rows_read}, "
            f"unpaid payments canceled: {done.canceled}, signals sent: {done.signals}"
        )
        for name in done.in_vain:
            self.stdout.write(f"Stripe could not be reached: {name}")
        for name in done.broken:
            self.stdout.write(f"failed, see the log: {name}")


def _refresh() -> None:
    try:
        problems.refresh()
    except Exception:  # the next round tries again
        logger.exception("problems_not_examined")
