from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ...schema import schema
from .. import compatibility

SCHEMA_FILE = Path(__file__).resolve().parents[2] / "schema.graphql"
RELEASED_FILE = SCHEMA_FILE.with_name("released.graphql")

_HEADER = """\
# The schema as it was last released, which clients rely on. Do not edit it:
# `manage.py export_schema --release` writes it. See docs/schema-changes.md.

"""
_RULES = "See docs/schema-changes.md."


class Command(BaseCommand):
    help = "Writes schema/schema.graphql."

    def add_arguments(self, parser: ArgumentParser) -> None:
        action = parser.add_mutually_exclusive_group()
        action.add_argument(
            "--check",
            action="store_true",
            help="write nothing; fail when the file is stale, or when the schema breaks what was "
            "released",
        )
        action.add_argument(
            "--release",
            action="store_true",
            help="write schema/released.graphql as well: from then on clients rely on it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        printed = f"{schema.as_str()}\n"
        if options["check"]:
            if not SCHEMA_FILE.exists() or SCHEMA_FILE.read_text() != printed:
                raise CommandError("schema.graphql is stale: run `manage.py export_schema`.")
            self._check_promise(printed)
            return
        if options["release"]:
            self._check_promise(printed)
            self._check_notices(printed)
            RELEASED_FILE.write_text(f"{_HEADER}{printed}")
            self.stdout.write(f"Wrote {RELEASED_FILE.name}.")
        SCHEMA_FILE.write_text(printed)
        self.stdout.write(f"Wrote {SCHEMA_FILE.name}.")

    def _check_promise(self, printed: str) -> None:
        undated = compatibility.find_undated(printed)
        if undated:
            how = "End its reason with `Removed after 2027-06-30.`"
            raise CommandError(f"Deprecated without a date: {', '.join(undated)}. {how} {_RULES}")
        released = _read_released()
        if not released:
            return
        report = compatibility.compare(released, printed, timezone.now().date())
        for change in report.risky:
            self.stderr.write(self.style.WARNING(f"May surprise a client: {change}"))
        if report.broken:
            changes = "".join(f"\n  - {change}" for change in report.broken)
            how = "Keep what was released, deprecate it, and add the new beside it."
            raise CommandError(f"The schema breaks what was released:{changes}\n{how} {_RULES}")

    def _check_notices(self, printed: str) -> None:
        today = timezone.now().date()
        short = compatibility.find_short_notices(_read_released(), printed, today)
        if short:
            earliest = today + compatibility.NOTICE
            raise CommandError(
                f"Deprecated by this release, and to go before {earliest}: {', '.join(short)}. "
                f"Give clients until then. {_RULES}"
            )


def _read_released() -> str:
    return RELEASED_FILE.read_text() if RELEASED_FILE.exists() else ""
