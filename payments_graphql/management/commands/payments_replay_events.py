from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from payments_graphql.correlation import bound
from payments_graphql.log_redaction import redact_text
from payments_graphql.mirror import Difference
from payments_graphql.models import EventState, StripeWebhookEvent
from payments_graphql.webhooks import replaying

_DONE = (EventState.PROCESSED, EventState.IGNORED)


def _parse_time(text: str) -> datetime:
    """A date, or a date and time, in the site's time zone unless it includes another."""
    try:
        found = parse_datetime(text)
        day = parse_date(text) if found is None else None
    except ValueError:
        found = day = None
    if found is None and day is not None:
        found = datetime(day.year, day.month, day.day)  # noqa: DTZ001 (made aware below)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-11-26 or 2026-11-26T14:00")
    return timezone.make_aware(found) if timezone.is_naive(found) else found


class Command(BaseCommand):
    help = (
        "Reprocesses stored webhook events, oldest first, for example failed ones after a fix. "
        "Applying an event twice is harmless. --dry-run prints what would change."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--event", action="append", metavar="EVT", help="The event's id. Repeatable."
        )
        parser.add_argument(
            "--object", metavar="ID", help="All events about this object: pi_..., re_..."
        )
        parser.add_argument("--state", choices=[str(state) for state in EventState])
        parser.add_argument(
            "--type", metavar="TYPE", help="A type such as charge.failed, or charge.* for a group."
        )
        parser.add_argument(
            "--since",
            type=_parse_time,
            metavar="DATE",
            help="Events that happened since this date.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Print what would change.")

    @bound()
    def handle(self, *args: Any, **options: Any) -> None:
        chosen = _choose(options)
        if not chosen:
            raise CommandError("Choose events with --event, --object, --state, --type or --since.")
        events = StripeWebhookEvent.objects.filter(**chosen)
        # Load only ids: payloads are large, and processing may call Stripe in between.
        pks = list(events.order_by("stripe_created", "received_at").values_list("pk", flat=True))
        if not pks:
            raise CommandError("No event matches.")
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
        source = ", according to a new read from Stripe" if found.is_read else ""
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
