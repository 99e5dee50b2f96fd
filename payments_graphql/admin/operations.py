from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .. import people
from ..models import Operation, StripeWebhookEvent
from . import asking, columns
from .correlating import SearchesCorrelation
from .date_ranges import DateRange
from .list_columns import MadeColumn, link_short
from .modes import ModeFilter
from .operation_resolving import RESOLVE
from .problem_filter import ProblemFilter
from .read_only import ReadOnlyAdmin, ReadOnlyInline

_NAME_OF_ACTOR = "payments_name_of_actor"


class OperationInline(ReadOnlyInline):
    model = Operation
    fields = ("kind", "state", "actor", "attempts", "created_at", "settled_at")
    readonly_fields = fields


@admin.register(Operation)
class OperationAdmin(SearchesCorrelation, MadeColumn, asking.AskingAdmin, ReadOnlyAdmin):
    questions = (RESOLVE,)
    list_display = ("what", "made", "state_word", "who", "of", "attempts")
    list_filter = (
        ProblemFilter,
        "state",
        "kind",
        ModeFilter,
        "created_at",
        ("created_at", DateRange),
    )
    list_select_related = ("payment_intent", "refund", "dispute", "setup_intent")
    search_help_text = _(
        "Id, idempotency key, request id (req_...), or anything that leads to the payment"
    )
    fields = (
        "id",
        "kind",
        "state_word",
        "who",
        "callers_key",
        "customer_link",
        "payment",
        "refund_link",
        "dispute_link",
        "setup_intent_link",
        "payment_method_link",
        "sent",
        "failure",
        "finding",
        "attempts",
        "fence",
        "server_error",
        "stripe_request_id",
        "correlation_id",
        "correlation",
        "lease_expires_at",
        "next_attempt_at",
        "livemode",
        "created_at",
        "settled_at",
    )
    readonly_fields = fields

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Reads the names of all people on the page at once."""
        found = super().get_changelist_instance(request)
        rows = list(found.result_list)
        names = people.describe_actors(operation.actor for operation in rows)
        for operation in rows:
            setattr(operation, _NAME_OF_ACTOR, names[operation.actor])
        found.result_list = rows
        return found

    @admin.display(description=_("type"))
    def what(self, operation: Operation) -> str:
        return operation.get_kind_display()

    @admin.display(description=_("state"))
    def state_word(self, operation: Operation) -> str:
        return columns.format_status(operation.state, operation.get_state_display())

    @admin.display(description=_("requested by"))
    def who(self, operation: Operation) -> str:
        name = getattr(operation, _NAME_OF_ACTOR, "")
        return name or people.describe_actors([operation.actor])[operation.actor]

    @admin.display(description=_("object"))
    def of(self, operation: Operation) -> str:
        return link_short(
            operation.refund
            or operation.dispute
            or operation.setup_intent
            or operation.payment_intent
        )

    @admin.display(description=_("payment"))
    def payment(self, operation: Operation) -> str:
        return columns.link(operation.payment_intent)

    @admin.display(description=_("customer"))
    def customer_link(self, operation: Operation) -> str:
        return columns.link(operation.customer)

    @admin.display(description=_("refund"))
    def refund_link(self, operation: Operation) -> str:
        return columns.link(operation.refund)

    @admin.display(description=_("dispute"))
    def dispute_link(self, operation: Operation) -> str:
        return columns.link(operation.dispute)

    @admin.display(description=_("setup intent"))
    def setup_intent_link(self, operation: Operation) -> str:
        return columns.link(operation.setup_intent)

    @admin.display(description=_("payment method"))
    def payment_method_link(self, operation: Operation) -> str:
        return columns.link(operation.payment_method)

    @admin.display(description=_("idempotency key"))
    def callers_key(self, operation: Operation) -> str:
        return columns.mask(operation.key)

    @admin.display(description=_("same click"))
    def correlation(self, operation: Operation) -> str:
        """Leads to the events that the operation caused."""
        return columns.correlation_link(operation.correlation_id, StripeWebhookEvent)

    @admin.display(description=_("sent to Stripe"))
    def sent(self, operation: Operation) -> str:
        return columns.pretty_json(operation.parameters)

    @admin.display(description=_("error"))
    def failure(self, operation: Operation) -> str:
        return columns.pretty_json(operation.error)
