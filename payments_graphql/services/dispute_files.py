"""Uploads files as evidence. https://docs.stripe.com/file-upload

Note [An upload is not an operation]
An operation is recorded so that it can be settled later, by sending it again or by finding its
effect. To send a file again we would have to store it, with all the personal data in it. And
nothing depends on a file: one that no evidence names costs nothing, nobody sees it, and Stripe
deletes it after nine months. So a file is sent while the person waits, repeated with one
idempotency key, and never stored here. The evidence that names it is an operation like any other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _

from .. import operations, stripe_client
from ..dispute_evidence import FILE_TYPES, MAXIMUM_FILES
from ..errors import InvalidStateError, ValidationError
from ..models import DisputeStatus, StripeDispute
from ..policy import Person
from ..texts import make_storable
from .disputes import explain_unanswerable, require_permission

__all__ = ["EvidenceFile", "check_file", "check_total_size", "upload_dispute_file"]

_LONGEST_NAME = 200


@dataclass(frozen=True)
class EvidenceFile:
    """A file at Stripe. `size` is in bytes."""

    id: str
    filename: str
    size: int

    @classmethod
    def from_stripe(cls, file: Mapping[str, Any]) -> "EvidenceFile":
        return cls(str(file["id"]), str(file.get("filename") or ""), int(file.get("size") or 0))


def upload_dispute_file(
    *, dispute: StripeDispute, content: bytes, filename: str, user: Person = None
) -> EvidenceFile:
    """Uploads a PDF, JPEG or PNG of at most 4.5 MB, which is also the limit for all files of a
    dispute. Pass the `id` of the result to `submit_dispute_evidence`, as the value of a type of
    evidence such as `receipt`.

    See Note [An upload is not an operation]. https://docs.stripe.com/api/files/create
    """
    require_permission(dispute, user)
    operations.refuse_others(dispute)
    if dispute.status not in DisputeStatus.answerable():
        raise InvalidStateError(
            explain_unanswerable(dispute), path=("disputeId",), current_status=dispute.status
        )
    check_file(content)
    name = _clean_name(filename)
    answer = operations.send_harmless(
        lambda key: stripe_client.create_file(content, name, key), operations.actor_of(user)
    )
    return EvidenceFile.from_stripe(answer.object)


def check_file(content: bytes) -> None:
    """Raises `ValidationError` for what Stripe would refuse. Looks at the content, since a name
    proves nothing."""
    if not content:
        raise ValidationError(_("The file is empty."), path=("file",))
    check_total_size(len(content))
    if not any(content.startswith(magic) for magic in FILE_TYPES.values()):
        raise ValidationError(_("The file must be a PDF, JPEG or PNG."), path=("file",))


def check_total_size(size: int) -> None:
    """`size`: bytes of all files of a dispute."""
    if size > MAXIMUM_FILES:
        raise ValidationError(
            _(
                "All files together must have at most %(maximum)s MB, but they have %(size)s MB. "
                "Use smaller files or images of a lower resolution."
            )
            % {"maximum": MAXIMUM_FILES / 1e6, "size": f"{size / 1e6:.1f}"},
            path=("file",),
        )


def _clean_name(filename: str) -> str:
    """Without folders, and without what breaks a header."""
    name = re.sub(r'[\x00-\x1f"]', "", make_storable(PurePath(filename.replace("\\", "/")).name))
    return name[-_LONGEST_NAME:] or "evidence"
