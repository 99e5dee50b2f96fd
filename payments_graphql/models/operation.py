import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .ours import OursQuerySet, get_livemode
from .stripe_account import get_account


class OperationKind(models.TextChoices):
    CREATE_CUSTOMER = "create_customer", _("Create customer")
    DELETE_CUSTOMER = "delete_customer", _("Delete customer")
    CREATE_PAYMENT_INTENT = "create_payment_intent", _("Create payment intent")
    CONFIRM_PAYMENT_INTENT = "confirm_payment_intent", _("Confirm payment intent")
    CAPTURE_PAYMENT_INTENT = "capture_payment_intent", _("Capture payment intent")
    CANCEL_PAYMENT_INTENT = "cancel_payment_intent", _("Cancel payment intent")
    UPDATE_PAYMENT_INTENT = "update_payment_intent", _("Update payment intent")
    CREATE_REFUND = "create_refund", _("Create refund")
    CANCEL_REFUND = "cancel_refund", _("Cancel refund")
    CREATE_SETUP_INTENT = "create_setup_intent", _("Create setup intent")
    CANCEL_SETUP_INTENT = "cancel_setup_intent", _("Cancel setup intent")
    SUBMIT_DISPUTE_EVIDENCE = "submit_dispute_evidence", _("Submit dispute evidence")
    ACCEPT_DISPUTE = "accept_dispute", _("Accept dispute")
    SET_DEFAULT_PAYMENT_METHOD = "set_default_payment_method", _("Set default payment method")
    DETACH_PAYMENT_METHOD = "detach_payment_method", _("Detach payment method")


class OperationState(models.TextChoices):
    PENDING = "pending", _("Pending")  # Stripe could not be reached; the call may be made
    CALLING = (
        "calling",
        _("Calling Stripe"),
    )  # claimed until the lease ends; the call may have been made
    UNKNOWN = "unknown", _("Unknown")  # the call was made; its outcome is not known yet
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    NEEDS_REVIEW = (
        "needs_review",
        _("Needs review"),  # still unknown after 24 h, or an impossible answer; a person decides
    )

    @classmethod
    def unsettled(cls) -> tuple["OperationState", ...]:
        return (cls.PENDING, cls.CALLING, cls.UNKNOWN, cls.NEEDS_REVIEW)

    @classmethod
    def resumable(cls) -> tuple["OperationState", ...]:
        return (cls.PENDING, cls.CALLING, cls.UNKNOWN)


class Operation(models.Model):
    """A recorded call that changes something at Stripe, stored before the call is made.

    See `operations/__init__.py` for its lifecycle.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor = models.CharField(
        verbose_name=_("requested by"),
        max_length=128,
        help_text=_("A user, such as user:5, or a program, such as system:reconcile."),
    )
    key = models.CharField(
        verbose_name=_("idempotency key"),
        max_length=255,
        help_text=_("The caller's idempotency key."),
    )
    kind = models.CharField(verbose_name=_("type"), max_length=64, choices=OperationKind)
    input_hash = models.CharField(verbose_name=_("hash of the input"), max_length=64)
    parameters = models.JSONField(
        verbose_name=_("parameters"),
        default=dict,
        help_text=_("The exact parameters sent to Stripe. They contain no secrets."),
    )
    unasked = models.JSONField(
        verbose_name=_("added parameters"),
        default=list,
        help_text=_(
            "Parameters that the site added, such as the user's e-mail address. If "
            "Stripe rejects one of them, the request is sent again without it."
        ),
    )
    livemode = models.BooleanField(verbose_name=_("live mode"), default=get_livemode)
    account = models.CharField(verbose_name=_("Stripe account"), max_length=64, default=get_account)
    state = models.CharField(
        verbose_name=_("state"),
        max_length=16,
        choices=OperationState,
        default=OperationState.CALLING,
    )
    fence = models.PositiveIntegerField(
        verbose_name=_("fence"),
        default=0,
        help_text=_(
            "Increases with every claim, so that an older claim cannot finish the operation."
        ),
    )
    attempts = models.PositiveIntegerField(verbose_name=_("attempts"), default=0)
    server_error = models.BooleanField(
        verbose_name=_("server error"),
        default=False,
        help_text=_(
            "Stripe answered with a server error. The result is found by reading the object."
        ),
    )
    row_version = models.PositiveIntegerField(
        verbose_name=_("version of the object"),
        null=True,
        blank=True,
        help_text=_("The version of the object when the operation was recorded."),
    )
    lease_expires_at = models.DateTimeField(
        verbose_name=_("lease expires at"), null=True, blank=True
    )
    next_attempt_at = models.DateTimeField(verbose_name=_("next attempt at"), null=True, blank=True)
    error = models.JSONField(verbose_name=_("error"), null=True, blank=True)
    finding = models.TextField(
        verbose_name=_("found at Stripe"),
        blank=True,
        help_text=_(
            "What Stripe showed when a review was first needed, or how Stripe's response "
            "differs from the request."
        ),
    )
    stripe_request_id = models.CharField(
        verbose_name=_("Stripe request id"), max_length=255, blank=True
    )
    correlation_id = models.CharField(
        verbose_name=_("correlation id"),
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("The same in the log, at Stripe, and in the webhook events that follow."),
    )
    traceparent = models.CharField(
        verbose_name=_("position in the trace"), max_length=55, blank=True, editable=False
    )
    customer = models.ForeignKey(
        "payments_graphql.StripeCustomer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="operations",
    )
    payment_intent = models.ForeignKey(
        "payments_graphql.StripePaymentIntent",
        verbose_name=_("payment intent"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="operations",
        db_index=False,  # an index below begins with it
    )
    refund = models.ForeignKey(
        "payments_graphql.StripeRefund",
        verbose_name=_("refund"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="operations",
    )
    payment_method = models.ForeignKey(
        "payments_graphql.StripePaymentMethod",
        verbose_name=_("payment method"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="operations",
    )
    setup_intent = models.ForeignKey(
        "payments_graphql.StripeSetupIntent",
        verbose_name=_("setup intent"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="operations",
    )
    dispute = models.ForeignKey(
        "payments_graphql.StripeDispute",
        verbose_name=_("dispute"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="operations",
    )
    # The database's clock, as for leases: an age must not depend on the machine that asks.
    created_at = models.DateTimeField(
        verbose_name=_("created at"), db_default=Now(), editable=False
    )
    settled_at = models.DateTimeField(verbose_name=_("finished at"), null=True, blank=True)

    objects = OursQuerySet.as_manager()

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        default_permissions = ("view",)
        permissions = (("resolve_operation", "Can resolve operations with an unknown result"),)
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("-created_at", "-id")),
            models.Index(fields=("correlation_id",), name="operations_by_correlation"),
            # For the filters of the admin's list, which ask for rare types and states.
            models.Index(fields=("account", "livemode", "-created_at", "-id")),
            models.Index(fields=("kind", "-created_at", "-id")),
            models.Index(fields=("state", "-created_at", "-id")),
            models.Index(fields=("payment_intent", "-created_at")),
            models.Index(fields=("key",)),
            models.Index(
                fields=("stripe_request_id",),
                condition=Q(stripe_request_id__gt=""),
                name="operations_by_request",
            ),
            models.Index(
                fields=("next_attempt_at",),
                condition=Q(state__in=("pending", "calling", "unknown")),
                name="resumable_operations",
            ),
            models.Index(
                fields=("actor", "-created_at"),
                condition=Q(kind="create_refund"),
                name="refunds_by_actor",
            ),
            models.Index(
                fields=("state", "created_at"),
                # Listed explicitly: an index must not change when a state is added.
                condition=Q(state__in=("pending", "calling", "unknown", "needs_review")),
                name="unsettled_operations",
            ),
            models.Index(
                fields=("created_at",),
                condition=Q(state="needs_review"),
                name="operations_to_review",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("actor", "key", "livemode", "account"), name="one_operation_per_key"
            ),
            models.UniqueConstraint(
                fields=("payment_intent",),
                condition=Q(state__in=("pending", "calling", "unknown", "needs_review"))
                & ~Q(kind="create_refund"),
                name="one_unsettled_operation_per_intent",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display().lower()}"

    @property
    def stripe_key(self) -> str:
        """The idempotency key sent to Stripe: our own, never the caller's."""
        return str(self.id)

    @property
    def is_settled(self) -> bool:
        return self.state in (OperationState.SUCCEEDED, OperationState.FAILED)
