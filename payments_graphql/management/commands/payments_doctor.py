import json
import logging
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments_graphql.diagnosis import Finding, Level, diagnose

from ..quiet import quiet_logs

_STYLES = {Level.OK: "SUCCESS", Level.WARNING: "WARNING", Level.ERROR: "ERROR"}


class Command(BaseCommand):
    help = (
        "Checks the settings, the keys, the proxy, the webhook endpoint, the clocks, the "
        "database and open work, and says what is wrong and how to fix it. Changes nothing. "
        "Exit codes: 0 all is well, 1 warnings, 2 errors."
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

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_unusable(options["url"])
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

    def _show(self, finding: Finding) -> None:
        style = getattr(self.style, _STYLES[finding.level])
        level = style(f"{finding.level.name:<8}")
        self.stdout.write(f"{level} {finding.subject}: {finding.message}")
        if finding.hint:
            self.stdout.write(f"{'':8} {finding.hint}")


def _refuse_unusable(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if url and not is_usable:
        raise CommandError(f"--url must be like https://shop.example; {url!r} is not.")


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
