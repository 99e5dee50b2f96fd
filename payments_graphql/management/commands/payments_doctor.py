import json
import logging
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from payments_graphql import problems
from payments_graphql.diagnosis import Finding, Level, diagnose
from payments_graphql.logs import get_logger

from ..quiet import quiet_logs

logger = get_logger(__name__)

_EVERY = 30.0
_STYLES = {Level.OK: "SUCCESS", Level.WARNING: "WARNING", Level.ERROR: "ERROR"}


class Command(BaseCommand):
    help = (
        "Checks the settings, the keys, the proxy, the webhook endpoint, the clocks, the "
        "database and open work, and says what is wrong and how to fix it. Changes nothing. "
        "Exit codes: 0 all is well, 1 warnings, 2 errors. With --watch it keeps running, looks "
        "only at open work, and tells of each problem once, and once more when it is gone."
    )
    requires_system_checks = ()  # the command runs them itself

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print JSON.")
        parser.add_argument(
            "--url",
            default="",
            help="The public address of this site. Two requests are sent to it to check the proxy. "
            "By default the address of the webhook endpoint at Stripe.",
        )

        parser.add_argument(
            "--watch",
            nargs="?",
            type=float,
            const=_EVERY,
            metavar="SECONDS",
            help="Keep running, and look every SECONDS, 30 by default. 0: look once and exit, for "
            "cron. Requires --mail or --post. Several watchers tell once.",
        )
        parser.add_argument(
            "--mail",
            nargs="*",
            metavar="ADDRESS",
            help="With --watch: send a mail, without an address to Django's ADMINS.",
        )
        parser.add_argument(
            "--post",
            action="append",
            default=[],
            metavar="URL",
            help="With --watch: post JSON to this URL. May be repeated.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_unusable("--url", options["url"])
        recipients = _list_recipients(options)
        if options["watch"] is not None:
            self._watch(options["watch"], recipients)
            return
        # The findings already report problems.
        with quiet_logs(logging.ERROR):
            findings = diagnose(url=options["url"])
        worst = max(finding.level for finding in findings)
        if options["json"]:
            self.stdout.write(json.dumps(_to_data(findings, worst), indent=2))
        else:
            for finding in findings:
                self._show(finding)
        if worst:
            raise SystemExit(int(worst))

    def _watch(self, every: float, recipients: list[problems.Recipient]) -> None:
        while True:
            is_told = _tell(recipients)
            if every <= 0:
                if not is_told:
                    raise CommandError("Not everybody could be told. See the log.")
                return
            connection.close()
            time.sleep(every)

    def _show(self, finding: Finding) -> None:
        style = getattr(self.style, _STYLES[finding.level])
        level = style(f"{finding.level.name:<8}")
        self.stdout.write(f"{level} {finding.subject}: {finding.message}")
        if finding.hint:
            self.stdout.write(f"{'':8} {finding.hint}")


def _tell(recipients: list[problems.Recipient]) -> bool:
    try:
        found = problems.get_problems(timedelta(seconds=10))
        failed = [one for one in recipients if not problems.tell(found, one)]
        return not failed
    except Exception as error:
        logger.exception("problems_not_examined", error=type(error).__name__)
        return False


def _list_recipients(options: dict[str, Any]) -> list[problems.Recipient]:
    for url in options["post"]:
        _refuse_unusable("--post", url)
    mail, every = options["mail"], options["watch"]
    recipients: list[problems.Recipient] = [problems.UrlRecipient(url) for url in options["post"]]
    if mail is not None:
        if not mail and not settings.ADMINS:
            raise CommandError("--mail needs an address, since ADMINS is empty.")
        recipients.append(problems.MailRecipient(tuple(mail)))
    if every is None and recipients:
        raise CommandError("--mail and --post need --watch.")
    if every is not None and not recipients:
        raise CommandError("--watch needs --mail or --post.")
    return recipients


def _refuse_unusable(option: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if url and not is_usable:
        raise CommandError(f"{option} must be like https://shop.example; {url!r} is not.")


def _to_data(findings: list[Finding], worst: Level) -> dict[str, Any]:
    return {
        "level": worst.name.lower(),
        "findings": [
            {
                "level": finding.level.name.lower(),
                "subject": finding.subject,
                "message": finding.message,
                "hint": finding.hint,
            }
            for finding in findings
        ],
    }
