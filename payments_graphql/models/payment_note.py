import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

MAXIMUM_NOTE = 2_000
"""In characters."""


class NoteKind(models.TextChoices):
    NOTE = "note", _("Note")
    READ = "read", _("Read from Stripe")
    REVEAL = "reveal", _("Saw the name and the e-mail addresses of the customer")


class PaymentNote(models.Model):
    """What a member of staff wrote about a payment, or did without a request to Stripe.

    Rows are added and never edited. Django's own log has what was done, too, but no index by which
    the entries of one payment could be found.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment_intent = models.ForeignKey(
        "payments_graphql.StripePaymentIntent",
        verbose_name=_("payment intent"),
        on_delete=models.CASCADE,
        related_name="notes",
        db_index=False,  # the index below begins with it
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    author_name = models.CharField(
        verbose_name=_("name of the author"),
        max_length=255,
        blank=True,
        help_text=_("As it was when the note was written. Kept if the user is deleted."),
    )
    kind = models.CharField(
        verbose_name=_("type"), max_length=16, choices=NoteKind, default=NoteKind.NOTE
    )
    text = models.TextField(
        verbose_name=_("text"),
        max_length=MAXIMUM_NOTE,
        blank=True,
        help_text=_("The text of a note. Empty once it is erased."),
    )
    created_at = models.DateTimeField(verbose_name=_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("note on a payment")
        verbose_name_plural = _("notes on payments")
        default_permissions = ("view",)
        permissions = (("add_note", "Can add notes to payments"),)
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("payment_intent", "-created_at")),)

    def __str__(self) -> str:
        return f"{self.author_name}: {self.text or self.get_kind_display()}"
