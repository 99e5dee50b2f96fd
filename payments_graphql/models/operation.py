import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from .ours import OursQuerySet, get_livemode
from .stripe_account import get_account


class OperationKind(models.TextChoices):
    CREATE_CUSTOMER = "create_customer"
    DELETE_CUSTOMER = "delete_customer"
    CREATE_PAYMENT_INTENT = "create_payment_intent"
    CONFIRM_PAYMENT_INTENT = "confirm_payment_intent"
    CAPTURE_PAYMENT_INTENT = "capture_payment_intent"
    CANCEL_PAYMENT_INTENT = "cancel_payment_intent"
    UPDATE_PAYMENT_INTENT = "update_payment_intent"
    CREATE_REFUND = "create_refund"
    CANCEL_REFUND = "cancel_refund"
    CREATE_SETUP_INTENT = "create_setup_intent"
    CANCEL_SETUP_INTENT = "cancel_setup_intent"
    SUBMIT_DISPUTE_EVIDENCE = "submit_dispute_evidence"
    ACCEPT_DISPUTE = "accept_dispute"
    SET_DEFAULT_PAYMENT_METHOD = "set_default_payment_method"
    DETACH_PAYMENT_METHOD = "detach_payment_method"


class OperationState(models.TextChoices):
    PENDING = "pending"  # Stripe could not be reached; the call may be made
    CALLING = "calling"  # claimed until the lease ends; the call may have been made
    UNKNOWN = "unknown"  # the call was made, but its outcome is not known yet
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NEEDS_REVIEW = (
        "needs_review"  # still unknown after 24 h, or an impossible answer; a person decides
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
    actor = models.CharField(max_length=128, help_text="user:5, or system:reconcile.")
    key = models.CharField(max_length=255, help_text="The caller's idempotency key.")
    kind = models.CharField(max_length=64, choices=OperationKind)
    input_hash = models.CharField(max_length=64)
    parameters = models.JSONField(
        default=dict, help_text="Exactly what is sent to Stripe. Never a secret."
    )
    unasked = models.JSONField(
        default=list,
        help_text="Parameters that nobody asked for, such as the user's own e-mail address. Where "
        "Stripe refuses one of them, the caller's key is free to ask again without it.",
    )
    livemode = models.BooleanField(default=get_livemode)
    account = models.CharField(max_length=64, default=get_account)
    state = models.CharField(max_length=16, choices=OperationState, default=OperationState.CALLING)
    fence = models.PositiveIntegerField(
        default=0, help_text="Rises with each claim: an older claimant can no longer settle it."
    )
    attempts = models.PositiveIntegerField(default=0)
    server_error = models.BooleanField(
        default=False,
        help_text="Sending again would tell nothing, as after a 5xx: it is settled by reading.",
    )
    row_version = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of the object's row, when the operation was recorded."
    )
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    finding = models.TextField(
        blank=True,
        help_text="What Stripe showed when a person was first needed to decide, or how its answer "
        "differs from what was asked for.",
    )
    stripe_request_id = models.CharField(max_length=255, blank=True)
    customer = models.ForeignKey(
        "payments_graphql.StripeCustomer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="operations",
    )
    payment_intent = models.ForeignKey(
        "payments_graphql.StripePaymentIntent",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="operations",
    )
    refund = models.ForeignKey(
        "payments_graphql.StripeRefund",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="operations",
    )
    payment_method = models.ForeignKey(
        "payments_graphql.StripePaymentMethod",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="operations",
    )
    setup_intent = models.ForeignKey(
        "payments_graphql.StripeSetupIntent",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="operations",
    )
    dispute = models.ForeignKey(
        "payments_graphql.StripeDispute",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="operations",
    )
    # The database's clock, as for leases: an age must not depend on the machine that asks.
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = OursQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("-created_at", "-id")),
            models.Index(
                fields=("next_attempt_at",),
                condition=Q(state__in=("pending", "calling", "unknown")),
                name="resumable_operations",
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
        return f"{self.kind} {self.state}"

    @property
    def stripe_key(self) -> str:
        """The idempotency key sent to Stripe: our own, never the caller's."""
        return str(self.id)

    @property
    def is_settled(self) -> bool:
        return self.state in (OperationState.SUCCEEDED, OperationState.FAILED)
