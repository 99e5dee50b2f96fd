from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from payments_graphql.log_redaction import redact_text
from payments_graphql.mirror import Difference
from payments_graphql.models import EventState, StripeWebhookEvent
from payments_graphql.webhooks import replaying

_DONE = (EventState.PROCESSED, EventState.IGNORED)


def _parse_time(text: str) -> datetime:
    """A date or a date and time, in the site's time zone unless it names another."""
    try:
        found = parse_datetime(text)
        day = parse_date(text) if found is None else None
    except ValueError:
        found = day = None
    if found is None and day is not None:
        found = datetime(day.year, day.month, day.day)  # noqa: DTZ001 (made aware below)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no date such as 2026-11-26 or 2026-11-26T14:00")
    return timezone.make_aware(found) if timezone.is_naive(found) else found


class Command(BaseCommand):
    help = (
        "Processes stored webhook events again, oldest first: what failed or died, once its cause "
        "is mended. Applying an event twice is harmless. --dry-run says what would change."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--event", action="append", metavar="EVT", help="Its id at Stripe.")
        parser.add_argument("--object", metavar="ID", help="All that are about it: pi_..., re_...")
        parser.add_argument("--state", choices=[str(state) for state in EventState])
        parser.add_argument("--type", metavar="TYPE", help="charge.failed, or charge.* for all.")
        parser.add_argument(
            "--since", type=_parse_time, metavar="DATE", help="Those that happened since then."
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would change.")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = _choose(options)
        if not chosen:
            raise CommandError("Say which: --event, --object, --state, --type or --since.")
        events = StripeWebhookEvent.objects.filter(**chosen)
        # Their ids alone: payloads are large, and reading may ask Stripe in between.
        pks = list(events.order_by("stripe_created", "received_at").values_list("pk", flat=True))
        if not pks:
            raise CommandError("There is no such event.")
        problems = 0
        for event in _iterate(pks):
            is_fine = self._rehearse(event) if options["dry_run"] else self._replay(event)
            problems += not is_fine
        done = "rehearsed" if options["dry_run"] else "replayed"
        self.stdout.write(f"{done}: {len(pks) - problems}, with a problem: {problems}")
        if problems:
            raise CommandError(f"{problems} of {len(pks)} had a problem.")

    def _replay(self, event: StripeWebhookEvent) -> bool:
        done = replaying.replay(event)
        text = f"{done.state or 'left'}{': ' if done.problem else ''}{done.problem}"
        self.stdout.write(f"{event} {text}")
        return done.state in _DONE

    def _rehearse(self, event: StripeWebhookEvent) -> bool:
        found = replaying.rehearse(event)
        if found.problem:
            self.stdout.write(f"{event} {found.problem}")
            return False
        source = ", by what Stripe says now" if found.is_read else ""
        changes = "would change" if found.differences else "would change nothing"
        self.stdout.write(f"{event} {changes}{source}")
        for difference in found.differences:
            self.stdout.write(f"  {_describe(difference)}")
        return True


def _choose(options: dict[str, Any]) -> dict[str, Any]:
    type_name = options["type"] or ""
    is_family = type_name.endswith("*")
    wanted = {
        "event_id__in": options["event"],
        "object_id": options["object"],
        "state": options["state"],
        "type__startswith" if is_family else "type": type_name.removesuffix("*"),
        "stripe_created__gte": options["since"],
    }
    return {lookup: value for lookup, value in wanted.items() if value}


def _iterate(pks: list[Any]) -> Iterator[StripeWebhookEvent]:
    for pk in pks:
        event = StripeWebhookEvent.objects.filter(pk=pk).first()
        if event is not None:
            yield event


def _describe(difference: Difference) -> str:
    name = f"{difference.row._meta.object_name} {difference.row}"
    if difference.is_new:
        return redact_text(f"new {name}: {difference.field} {difference.theirs!s}")
    return redact_text(f"{name}: {difference.field} {difference.ours!s} -> {difference.theirs!s}")
