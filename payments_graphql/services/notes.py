"""Notes of staff about payments, and what they did without a request to Stripe."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils.translation import gettext as _

from .. import people, policy
from ..errors import IdempotencyError, InvalidStateError, ValidationError
from ..models import MAXIMUM_NOTE, NoteKind, PaymentNote, StripePaymentIntent, insert_once
from ..policy import Person
from ..secret_texts import REDACTED, redact_text
from ..texts import is_storable

__all__ = ["add_note", "find_note_refusal", "record_action"]


def add_note(
    *, payment_intent: StripePaymentIntent, text: str, user: Person, id: uuid.UUID | None = None
) -> PaymentNote:
    """Adds a note by `user`. The same `id` adds it only once. Raises `PermissionDeniedError`,
    `ValidationError`, or `InvalidStateError` if the person was erased."""
    is_allowed = policy.get_policy().may_add_note(user, payment_intent)
    policy.require(is_allowed, _("You are not allowed to add notes."))
    assert user is not None
    refusal = find_note_refusal(payment_intent)
    if refusal is not None:
        raise refusal
    note = _make(payment_intent, user, text=_check(text))
    if id is not None:
        note.id = id  # so that a repeated request adds it once
    if insert_once(note, unique="id"):
        return note
    stored = PaymentNote.objects.get(pk=note.pk)
    same = ("payment_intent_id", "author_id", "text")
    if any(getattr(stored, name) != getattr(note, name) for name in same):
        raise IdempotencyError(_("This note was already added with another text."), path=("text",))
    return stored


def record_action(payment_intent: StripePaymentIntent, *, kind: NoteKind, user: Person) -> None:
    assert user is not None
    _make(payment_intent, user, kind=kind).save(force_insert=True)


def _make(
    intent: StripePaymentIntent,
    user: AbstractBaseUser | AnonymousUser,
    *,
    kind: NoteKind = NoteKind.NOTE,
    text: str = "",
) -> PaymentNote:
    name = people.get_name(user)[:255]
    return PaymentNote(
        payment_intent=intent, author_id=user.pk, author_name=name, kind=kind, text=text
    )


def find_note_refusal(intent: StripePaymentIntent) -> InvalidStateError | None:
    """See Note [Erased for good]."""
    if intent.customer.erased_at is None:
        return None
    return InvalidStateError(
        _("The personal data of this customer was erased, so no notes can be added.")
    )


def _check(text: str) -> str:
    text = text.strip().replace("\r\n", "\n")
    if not text:
        raise ValidationError(_("Enter a text."), path=("text",))
    if len(text) > MAXIMUM_NOTE:
        raise ValidationError(
            _("A note has at most %(maximum)s characters.") % {"maximum": MAXIMUM_NOTE},
            path=("text",),
        )
    if not is_storable(text):
        raise ValidationError(
            _("The text contains characters that cannot be stored."), path=("text",)
        )
    if redact_text(text).count(REDACTED) > text.count(REDACTED):
        raise ValidationError(
            _("The text looks as if it contains a card number, a password or a key. Remove it."),
            path=("text",),
        )
    return text
