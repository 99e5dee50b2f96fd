import re
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import Operation, StripeWebhookEvent
from ..policy import get_policy
from ..webhooks import replaying
from . import asking, columns
from .correlating import SearchesCorrelation
from .date_ranges import DateRange
from .event_retrying import RETRY, show_rehearsal
from .list_columns import format_time, shorten_id
from .modes import ModeFilter
from .problem_filter import ProblemFilter
from .read_only import ReadOnlyAdmin

_NAME = "payments_graphql_stripewebhookevent"


@admin.register(StripeWebhookEvent)
class StripeWebhookEventAdmin(SearchesCorrelation, asking.AskingAdmin, ReadOnlyAdmin):
    questions = (RETRY,)
    list_display = ("short_id", "received", "kind", "state_word", "attempts", "of")
    list_filter = (
        ProblemFilter,
        "state",
        "source",
        ModeFilter,
        "received_at",
        ("received_at", DateRange),
    )
    search_help_text = _("Id of the event (evt_...) or of its object, or the complete event type")
    fields = (
        "event_id",
        "dashboard",
        "type",
        "object_id",
        "state",
        "reason",
        "failure",
        "attempts",
        "next_attempt_at",
        "lease_expires_at",
        "source",
        "livemode",
        "account",
        "api_version",
        "correlation_id",
        "correlation",
        "stripe_created",
        "received_at",
        "processed_at",
        "content",
    )
    readonly_fields = fields
    actions = ("retry",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StripeWebhookEvent]:
        queryset: QuerySet[StripeWebhookEvent] = super().get_queryset(request)
        match = request.resolver_match
        # The list does not show payloads, which are large.
        is_list = match is not None and match.url_name == f"{_NAME}_changelist"
        return queryset.defer("payload") if is_list and request.method == "GET" else queryset

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return get_policy().may_replay_events(request.user)

    @admin.action(permissions=["retry"], description=_("Retry selected webhook events"))
    def retry(self, request: HttpRequest, events: QuerySet[StripeWebhookEvent]) -> None:
        self._retry(request, list(events))

    # A retry can call Stripe, which must not happen in a transaction of ATOMIC_REQUESTS.
    @transaction.non_atomic_requests
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, extra_context)

    def _retry(self, request: HttpRequest, events: list[StripeWebhookEvent]) -> None:
        replays = [replaying.replay(event) for event in events]
        count = sum(replay.state is not None for replay in replays)
        level = messages.SUCCESS if count == len(events) else messages.WARNING
        left = len(events) - count
        text = gettext("Retried webhook events: %(count)s.") % {"count": count}
        if left:
            skipped = gettext("Skipped: %(count)s. %(reasons)s") % {
                "count": left,
                "reasons": self._join_reasons(replays),
            }
            text = f"{text} {skipped}"
        self.message_user(request, text, level)

    def _join_reasons(self, replays: list[replaying.Replay]) -> str:
        return columns.mask(
            " ".join(sorted({replay.problem for replay in replays if replay.state is None}))
        )

    @admin.display(description=_("event id"))
    def short_id(self, event: StripeWebhookEvent) -> str:
        return shorten_id(event.event_id)

    @admin.display(description=_("type"))
    def kind(self, event: StripeWebhookEvent) -> SafeString:
        """On several lines where there is little room, but no word is cut."""
        words = re.split(r"(?<=[._])", event.type)
        return format_html_join(SafeString("<wbr>"), "{}", ((word,) for word in words))

    @admin.display(description=_("received"), ordering="received_at")
    def received(self, event: StripeWebhookEvent) -> str:
        return format_time(event.received_at)

    @admin.display(description=_("state"))
    def state_word(self, event: StripeWebhookEvent) -> str:
        return columns.format_status(event.state, event.get_state_display())

    @admin.display(description=_("object"))
    def of(self, event: StripeWebhookEvent) -> str:
        return shorten_id(event.object_id or "")

    @admin.display(description=_("what a retry would change"))
    def rehearsal(self, event: StripeWebhookEvent) -> str:
        """For the page that asks. It can read from Stripe."""
        return show_rehearsal(event)

    @admin.display(description=_("at Stripe"))
    def dashboard(self, event: StripeWebhookEvent) -> str:
        return columns.dashboard_link("events", event.event_id, livemode=event.livemode)

    @admin.display(description=_("error"))
    def failure(self, event: StripeWebhookEvent) -> str:
        return columns.mask(event.error)

    @admin.display(description=_("same click"))
    def correlation(self, event: StripeWebhookEvent) -> str:
        """Leads to the operations of the same click."""
        return columns.correlation_link(event.correlation_id, Operation)

    @admin.display(description=_("payload"))
    def content(self, event: StripeWebhookEvent) -> str:
        return columns.pretty_json(event.payload)
