import json
import logging
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments_graphql import erasing
from payments_graphql.correlation import bound
from payments_graphql.erasing import PersonKept
from payments_graphql.errors import PaymentError

from ..quiet import quiet_logs


class Command(BaseCommand):
    help = (
        "Erases the data stored about a person, and deletes their customer at Stripe. Amounts, "
        "statuses, dates and ids stay for the books. First exports the data as JSON. "
        "Refused while money is in flight. After a crash, run the same command again. The Django "
        "user is not deleted: delete it before or after."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "user", nargs="?", default="", help="Primary key, username or e-mail address."
        )
        parser.add_argument(
            "--customer",
            metavar="CUS",
            default="",
            help="A customer at Stripe instead of the user, for example if the user was deleted.",
        )
        parser.add_argument(
            "--export", metavar="FILE", help="Write the export to this file instead of the output."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Print what would be erased, and change nothing."
        )

    @bound()
    def handle(self, *args: Any, **options: Any) -> None:
        with quiet_logs(logging.WARNING):
            try:
                person = _find(options)
                if options["dry_run"]:
                    self._rehearse(person)
                else:
                    self._erase(person, options["export"])
            except PaymentError as error:
                raise CommandError(error.message) from error

    def _rehearse(self, person: PersonKept) -> None:
        self._count(person)
        obstacles = erasing.list_obstacles(person)
        for obstacle in obstacles:
            self.stderr.write(obstacle)
        self.stderr.write("Would be refused." if obstacles else "Would be erased.")

    def _erase(self, person: PersonKept, file: str | None) -> None:
        erasing.refuse_in_flight(person)
        if file is None:
            self.stdout.write(erasing.export(person))
        elif not _was_exported(Path(file), person):
            _write(Path(file), erasing.export(person))
        self._count(person)
        erasing.erase(person)
        self.stderr.write("Erased.")

    def _count(self, person: PersonKept) -> None:
        """Writes to stderr, since stdout may hold the export."""
        for name, count in erasing.count_rows(person).items():
            self.stderr.write(f"{name}: {count}")


def _find(options: dict[str, Any]) -> PersonKept:
    if bool(options["user"]) == bool(options["customer"]):
        raise CommandError("Give either a user or --customer.")
    if options["customer"]:
        return erasing.find_by_customer(options["customer"])
    return erasing.find_by_name(options["user"])


def _was_exported(file: Path, person: PersonKept) -> bool:
    """Whether an earlier, unfinished run wrote this file. Then it is kept, since less data is left
    now. Raises `CommandError` if the file contains anything else."""
    try:
        exported = json.loads(file.read_text())
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        exported = None
    if not isinstance(exported, dict) or exported.get("person") != person.identity:
        raise CommandError(f"{file} exists, but is not an export of this person.")
    return True


def _write(file: Path, text: str) -> None:
    """Writes all or nothing, to a file that only its owner can read."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        output.write(text)
        output.flush()
        os.fsync(descriptor)
    unfinished.replace(file)
