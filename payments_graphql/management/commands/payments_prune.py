import logging
import re
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from payments_graphql.conf import conf
from payments_graphql.retention import KINDS, MINIMUM_AGE, Archive, Pruning

from ..quiet import quiet_logs

_AGE = re.compile(r"([1-9]\d{0,5})d")
_OPTIONS = {
    "payloads": "PAYMENTS_KEEP_PAYLOADS",
    "events": "PAYMENTS_KEEP_EVENTS",
    "operations": "PAYMENTS_KEEP_OPERATIONS",
    "changes": "PAYMENTS_KEEP_STATUS_CHANGES",
}
_OPTION_OF = {"parameters": "operations"}


def _parse_age(text: str) -> timedelta:
    found = _AGE.fullmatch(text)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is not an age such as 90d")
    return timedelta(days=int(found[1]))


class Command(BaseCommand):
    help = (
        "Archives and removes what is old and done: payloads of webhook events, whole events, "
        "operations, status changes. Never what is open, and never what keeps an idempotency key "
        "from paying twice. Nothing is removed without an age, from the options or from the "
        "settings PAYMENTS_KEEP_.... It can be stopped at any time, even by kill -9: the next run "
        "continues."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_mutually_exclusive_group()
        where.add_argument(
            "--archive",
            type=Path,
            metavar="DIR",
            help="Write what is removed to this directory, as compressed JSON lines. It contains "
            "personal data.",
        )
        where.add_argument("--no-archive", action="store_true", help="Remove without a copy.")
        for name, setting in _OPTIONS.items():
            parser.add_argument(
                f"--{name}-older-than",
                type=_parse_age,
                metavar="DAYS",
                help=f"Such as 90d. Default: {setting}.",
            )
        parser.add_argument("--dry-run", action="store_true", help="Print what would be removed.")

    def handle(self, *args: Any, **options: Any) -> None:
        self.shows_bar = options["verbosity"] > 0 and self.stdout.isatty()
        self.is_rehearsal = options["dry_run"]
        ages = {name: _get_age(name, options) for name in _OPTIONS}
        if not any(ages.values()):
            raise CommandError(
                "Nothing to remove: give an age, such as --events-older-than 90d, or set "
                f"{', '.join(_OPTIONS.values())}."
            )
        archive = self._open_archive(options)
        now = timezone.now()
        try:
            for kind in KINDS:
                age = ages[_OPTION_OF.get(kind.name, kind.name)]
                if age is not None:
                    self._run(Pruning(kind, now - age, archive, is_rehearsal=self.is_rehearsal))
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. Run it again: it continues where it stopped.", returncode=130
            ) from None
        except OSError as error:
            raise CommandError(f"The archive cannot be written: {error}") from None
        self.stdout.write("Nothing was changed." if self.is_rehearsal else "Done.")

    def _open_archive(self, options: dict[str, Any]) -> Archive | None:
        if self.is_rehearsal or options["no_archive"]:
            return None
        if options["archive"] is None:
            raise CommandError("Give --archive DIR, or --no-archive to remove without a copy.")
        archive = Archive(options["archive"])
        try:
            archive.check()
        except OSError as error:
            raise CommandError(f"The archive cannot be written: {error}") from None
        return archive

    def _run(self, pruning: Pruning) -> None:
        with self._show_bar(pruning):
            pruning.run()
        verb = "to remove" if self.is_rehearsal else "removed"
        self.stdout.write(
            f"{pruning.kind.title} from before {pruning.before:%Y-%m-%d}: "
            f"{pruning.removed} {verb}, {pruning.kept} kept"
        )

    @contextmanager
    def _show_bar(self, pruning: Pruning) -> Iterator[None]:
        if not self.shows_bar:
            yield
            return
        with (
            quiet_logs(logging.WARNING),
            logging_redirect_tqdm(),
            tqdm(
                desc=pruning.kind.title,
                total=pruning.count(),
                unit=" ",
                leave=False,
                file=sys.stderr,
            ) as bar,
        ):
            pruning.on_seen = bar.update
            yield


def _get_age(name: str, options: dict[str, Any]) -> timedelta | None:
    age: timedelta | None = options[f"{name}_older_than"] or getattr(conf, _OPTIONS[name])
    if age is not None and age < MINIMUM_AGE:
        raise CommandError(
            f"{name} must be kept for at least {MINIMUM_AGE.days} days: Stripe may send an event "
            "again until then."
        )
    return age
