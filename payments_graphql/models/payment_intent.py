import uuid
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from payments_graphql import money
from payments_graphql.next_actions import DONE_AT_ONCE

from ..conf import conf
from . import balance
from .customer import OfCustomers, StripeCustomer
from .mirrored import MirroredModel
from .ours import OursQuerySet
from .refund import RefundStatus, StripeRefund
from .unchecked import BOOKKEEPING, MarksUpdates, UncheckedModel, make_index

_WITHOUT_TWO_DECIMALS = tuple(
    "BHD BIF CLP DJF GNF JOD JPY KMF KRW KWD MGA OMR PYG RWF TND VND VUV XAF XOF XPF".split()
)


class PaymentIntentStatus(models.TextChoices):
    """https://docs.stripe.com/payments/paymentintents/lifecycle"""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method", _("Requires payment method")
    REQUIRES_CONFIRMATION = "requires_confirmation", _("Requires confirmation")
    REQUIRES_ACTION = "requires_action", _("Requires action")
    PROCESSING = "processing", _("Processing")
    REQUIRES_CAPTURE = "requires_capture", _("Requires capture")
    SUCCEEDED = "succeeded", _("Succeeded")
    CANCELED = "canceled", _("Canceled")
    UNKNOWN = "unknown", _("Unknown")  # Stripe added it later

    @classmethod
    def terminal(cls) -> tuple["PaymentIntentStatus", ...]:
        """Statuses that Stripe never takes back."""
        return (cls.SUCCEEDED, cls.CANCELED)

    @classmethod
    def payable(cls) -> tuple["PaymentIntentStatus", ...]:
        """Statuses in which the customer can still pay, and so needs the client secret."""
        return (cls.REQUIRES_PAYMENT_METHOD, cls.REQUIRES_CONFIRMATION, cls.REQUIRES_ACTION)

    @classmethod
    def cancelable(cls) -> tuple["PaymentIntentStatus", ...]:
        return (*cls.payable(), cls.REQUIRES_CAPTURE)


class CaptureMethod(models.TextChoices):
    """https://docs.stripe.com/payments/place-a-hold-on-a-payment-method"""

    AUTOMATIC = "automatic", _("Automatic")
    AUTOMATIC_ASYNC = "automatic_async", _("Automatic, in the background")
    MANUAL = "manual", _("Manual")
    UNKNOWN = "unknown", _("Unknown")  # Stripe added it later


class StripePaymentIntentQuerySet(OfCustomers, MarksUpdates, OursQuerySet["StripePaymentIntent"]):
    beside_the_sums = BOOKKEEPING | {
        "canceled_at",
        "cancellation_reason",
        "description",
        "fee",
        "fee_currency",
        "last_error",
        "latest_charge_id",
        "metadata",
        "payment_method",
        "payment_method_id",
        "receipt_email",
        "receipt_url",
        "setup_future_usage",
        "stripe_payment_intent_id",
    }

    def accepted(self) -> Self:
        """Excludes payments that Stripe has not accepted yet."""
        return self.exclude(stripe_payment_intent_id=None)

    def of_customers(self, keys: Collection[uuid.UUID]) -> Self:
        return self.accepted().filter(customer_id__in=keys)


class StripePaymentIntent(UncheckedModel, MirroredModel):
    """A payment. Amounts are minor units of `currency`: 9999 is 99.99 USD.

    https://docs.stripe.com/api/payment_intents/object
    """

    customer = models.ForeignKey(
        StripeCustomer,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="payment_intents",
        db_index=False,  # another index begins with it
    )
    booking = models.ForeignKey(
        conf.PAYMENTS_BOOKING_MODEL,
        verbose_name=_("booking"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payment_intents",
    )
    retry_of = models.ForeignKey(
        "self",
        verbose_name=_("retry of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="retries",
        help_text=_("The finished payment that this one charges again."),
        db_index=False,  # the constraint below has one
    )
    stripe_payment_intent_id = models.CharField(
        verbose_name=_("Stripe id"), max_length=255, unique=True, null=True, blank=True
    )
    status = models.CharField(
        verbose_name=_("status"),
        max_length=32,
        choices=PaymentIntentStatus,
        default=PaymentIntentStatus.REQUIRES_PAYMENT_METHOD,
    )
    amount = models.BigIntegerField(verbose_name=_("amount"))
    amount_capturable = models.BigIntegerField(verbose_name=_("amount capturable"), default=0)
    amount_received = models.BigIntegerField(verbose_name=_("amount received"), default=0)
    currency = models.CharField(verbose_name=_("currency"), max_length=16)
    description = models.CharField(verbose_name=_("description"), max_length=1000, blank=True)
    capture_method = models.CharField(
        verbose_name=_("capture method"),
        max_length=32,
        choices=CaptureMethod,
        default=CaptureMethod.AUTOMATIC,
    )
    setup_future_usage = models.CharField(
        verbose_name=_("setup future usage"), max_length=32, blank=True
    )
    metadata = models.JSONField(
        verbose_name=_("metadata"), default=dict, blank=True, help_text=_("The caller's own data.")
    )
    receipt_email = models.EmailField(verbose_name=_("receipt e-mail"), max_length=512, blank=True)
    receipt_url = models.URLField(verbose_name=_("receipt URL"), max_length=2048, blank=True)
    payment_method = models.ForeignKey(
        "payments_graphql.StripePaymentMethod",
        verbose_name=_("payment method"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="payment_intents",
    )
    latest_charge_id = models.CharField(verbose_name=_("latest charge"), max_length=255, blank=True)
    fee = models.BigIntegerField(
        verbose_name=_("fee"),
        null=True,
        blank=True,
        help_text=_(
            "Stripe's fee, in the smallest unit of its currency. Empty if it is not known."
        ),
    )
    fee_currency = models.CharField(
        verbose_name=_("currency of the fee"), max_length=16, blank=True
    )
    capture_before = models.DateTimeField(
        verbose_name=_("capture before"),
        null=True,
        blank=True,
        help_text=_("When the authorization expires."),
    )
    next_action_type = models.CharField(
        verbose_name=_("next action"),
        max_length=64,
        blank=True,
        help_text=_("The customer's next step, by Stripe's name."),
    )
    next_action_expires_at = models.DateTimeField(
        verbose_name=_("next action expires at"),
        null=True,
        blank=True,
        help_text=_("The deadline of the customer's next step, such as when a voucher expires."),
    )
    last_error = models.JSONField(
        verbose_name=_("last error"),
        null=True,
        blank=True,
        help_text=_("Why the last attempt failed: code, decline_code, message."),
    )
    cancellation_reason = models.CharField(
        verbose_name=_("cancellation reason"), max_length=64, blank=True
    )
    canceled_at = models.DateTimeField(verbose_name=_("canceled at"), null=True, blank=True)

    objects = StripePaymentIntentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment intent")
        verbose_name_plural = _("payment intents")
        default_permissions = ("view",)
        permissions = (
            ("update_payment", "Can change the description and metadata of payments"),
            ("capture_payment", "Can capture authorized payments"),
            ("cancel_payment", "Can cancel payments, including authorized ones"),
            ("charge_saved_card", "Can charge saved cards while the customer is away"),
            ("export_payments", "Can export payments, refunds and payouts"),
        )
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("customer", "-created_at", "-id")),
            models.Index(fields=("customer", "status", "-created_at", "-id")),
            models.Index(fields=("account", "livemode", "-created_at", "-id")),
            models.Index(fields=("-created_at", "-id")),  # of all modes, in the admin
            models.Index(fields=("status", "-created_at")),
            # What people search for: a charge's id, an amount, the address of a receipt.
            models.Index(
                fields=("latest_charge_id",),
                condition=models.Q(latest_charge_id__gt=""),
                name="payment_intents_by_charge",
            ),
            models.Index(fields=("amount", "-created_at", "-id")),
            # For a currency that few rows have.
            models.Index(fields=("currency", "-created_at", "-id")),
            models.Index(
                fields=("amount", "currency"),
                # Listed explicitly: an index must not change when a currency is added.
                condition=models.Q(currency__in=_WITHOUT_TWO_DECIMALS),
                name="payment_intents_by_other_sum",
            ),
            models.Index(
                Upper("receipt_email"),
                condition=models.Q(receipt_email__gt=""),
                name="payment_intents_by_receipt",
            ),
            models.Index(
                fields=("next_read_at",),
                condition=models.Q(next_read_at__isnull=False),
                name="payment_intents_to_read",
            ),
            models.Index(
                fields=("capture_before",),
                condition=models.Q(status="requires_capture"),
                name="authorized_payment_intents",
            ),
            models.Index(fields=("updated_at", "id")),  # what changed, for the daily figures
            make_index("unchecked_payment_intents"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("booking", "livemode", "account"),
                # Listed explicitly: a constraint must not change when a status is added.
                condition=~models.Q(status__in=("succeeded", "canceled")),
                name="one_open_intent_per_booking",
            ),
            # Nothing else shows that the same money is asked for a second time.
            models.UniqueConstraint(
                fields=("retry_of",),
                condition=models.Q(booking__isnull=True),
                name="one_retry_without_booking",
            ),
        )

    def __str__(self) -> str:
        return f"{self.stripe_payment_intent_id or self.pk} ({self.price} {self.currency})"

    @property
    def price(self) -> Decimal:
        """The amount in major units."""
        return money.to_decimal(self.amount, self.currency)

    @property
    def is_terminal(self) -> bool:
        return self.status in PaymentIntentStatus.terminal()

    @property
    def is_payable(self) -> bool:
        return self.status in PaymentIntentStatus.payable()

    @property
    def is_waiting_for_customer(self) -> bool:
        """Whether it waits for days, by design: a voucher, a bank transfer, micro-deposits.

        See Note [Waiting for the customer].
        """
        return (
            self.status == PaymentIntentStatus.REQUIRES_ACTION
            and self.next_action_type not in DONE_AT_ONCE
        )

    @property
    def abandoned_at(self) -> datetime | None:
        """When it counts as abandoned if nobody pays or changes it before. None: never.

        A payment that waits for the customer first gets its voucher's time, then the same time as
        all others, since the bank may report a payment of the last day later.
        """
        after = conf.PAYMENTS_CANCEL_UNPAID_AFTER
        if after is None or not self.is_payable:
            return None
        if not self.is_waiting_for_customer:
            return self.updated_at + after
        if self.next_action_expires_at is None:
            return None
        return max(self.updated_at, self.next_action_expires_at) + after

    @property
    def is_authorized(self) -> bool:
        """Whether the card has guaranteed the money, which waits to be captured."""
        return self.status == PaymentIntentStatus.REQUIRES_CAPTURE

    @property
    def amount_refunded(self) -> int:
        """Minor units of refunds that Stripe accepted and that did not fail."""
        return sum(refund.amount for refund in self._list_reserving() if refund.stripe_refund_id)

    @property
    def amount_refundable(self) -> int:
        """Minor units that can still be refunded, without what refunds in progress have reserved. 0
        while Stripe refuses refunds because of a dispute."""
        return balance.get_refundable(self)

    @property
    def amount_kept(self) -> int:
        """Minor units received, less succeeded refunds and what disputes took."""
        return balance.sum_payment(self).kept

    @property
    def is_held_by_dispute(self) -> bool:
        return any(dispute.holds_money for dispute in self.disputes.all())

    def _list_reserving(self) -> list[StripeRefund]:
        # Filtered in Python, so that prefetched rows are used.
        return [one for one in self.refunds.all() if one.status in RefundStatus.reserving()]
