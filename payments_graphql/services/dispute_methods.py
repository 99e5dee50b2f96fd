"""The methods of `StripeService` for disputes."""

from collections.abc import Mapping

from django.contrib.auth.base_user import AbstractBaseUser

from ..models import StripeDispute
from . import dispute_files, disputes
from .results import DisputeDone, FileUploaded, returning_failures


class DisputeMethods:
    @returning_failures
    def upload_dispute_file(
        self,
        dispute: StripeDispute,
        *,
        content: bytes,
        filename: str,
        user: AbstractBaseUser | None = None,
    ) -> FileUploaded:
        """Uploads a PDF, JPEG or PNG to Stripe. Its id is the value of a piece of evidence."""
        file = dispute_files.upload_dispute_file(
            dispute=dispute, content=content, filename=filename, user=user
        )
        return {"success": True, "file_id": file.id}

    @returning_failures
    def submit_dispute_evidence(
        self,
        dispute: StripeDispute,
        *,
        evidence: Mapping[str, str],
        submit: bool = True,
        user: AbstractBaseUser | None = None,
    ) -> DisputeDone:
        """Submits it, or saves a draft. See `disputes.submit_dispute_evidence`."""
        done = disputes.submit_dispute_evidence(
            dispute=dispute, evidence=evidence, submit=submit, user=user
        )
        return {"success": True, "dispute": done}
