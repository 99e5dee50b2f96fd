"""Answers a dispute with evidence, or accepts it. https://docs.stripe.com/disputes/responding"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from .. import operations, policy, stripe_client
from ..dispute_evidence import EVIDENCE, FILES, MAXIMUM_TEXTS, TEXTS, get_maximum
from ..errors import InvalidStateError, ValidationError
from ..models import DisputeStatus, Operation, OperationKind, OperationState, StripeDispute
from ..policy import Person, get_policy
from .inputs import check_text

__all__ = [
    "EVIDENCE",
    "accept_dispute",
    "explain_unanswerable",
    "fetch_dispute_evidence",
    "fetch_saved_evidence",
    "require_permission",
    "submit_dispute_evidence",
]

_FILE_ID = re.compile(r"file_[0-9A-Za-z]{1,250}", re.ASCII)


def submit_dispute_evidence(
    *,
    dispute: StripeDispute,
    evidence: Mapping[str, str],
    submit: bool = True,
    user: Person = None,
) -> StripeDispute:
    """Saves evidence at Stripe. Submits it to the bank, unless `submit` is false.

    Evidence that is not named does not change, so you can submit a draft without naming any. An
    empty text removes evidence. The value of a type in `FILES` is the id of a file from
    `upload_dispute_file`. After submitting, nothing can be added.
    https://docs.stripe.com/api/disputes/update
    """
    require_permission(dispute, user)
    checked = _check_evidence(evidence)
    submits_kept = submit and not checked and dispute.has_evidence
    only_removes = not submit and bool(checked)
    if not (any(checked.values()) or submits_kept or only_removes):
        raise ValidationError(_("Evidence must not be empty."), path=("evidence",))
    return _perform(
        OperationKind.SUBMIT_DISPUTE_EVIDENCE,
        dispute,
        user,
        {"evidence": checked, "submit": submit},
    )


def accept_dispute(*, dispute: StripeDispute, user: Person = None) -> StripeDispute:
    """Accepts the dispute: it is lost, and the customer keeps the money. This cannot be undone.

    https://docs.stripe.com/api/disputes/close
    """
    require_permission(dispute, user)
    return _perform(OperationKind.ACCEPT_DISPUTE, dispute, user, {})


def fetch_dispute_evidence(*, dispute: StripeDispute, user: Person = None) -> dict[str, str]:
    """The saved evidence, read from Stripe: texts, and the ids of files. It contains personal data
    and is not mirrored."""
    require_permission(dispute, user)
    answer = operations.read(stripe_client.retrieve_dispute, dispute.stripe_dispute_id)
    evidence = answer.object["evidence"]
    return {name: evidence[name] for name in EVIDENCE if evidence.get(name)}


def fetch_saved_evidence(*, dispute: StripeDispute, user: Person = None) -> dict[str, Any]:
    """Like `fetch_dispute_evidence`, but with Stripe's file objects instead of their ids."""
    require_permission(dispute, user)
    expand = [f"evidence.{name}" for name in FILES]
    read = partial(stripe_client.retrieve_dispute, expand=expand)
    evidence = operations.read(read, dispute.stripe_dispute_id).object["evidence"]
    return {name: evidence[name] for name in EVIDENCE if evidence.get(name)}


def require_permission(dispute: StripeDispute, user: Person) -> None:
    if user is not None:
        may = get_policy().may_answer_dispute(user, dispute)
        policy.require(may, _("You are not allowed to answer disputes."), path=("disputeId",))


def _check_evidence(evidence: Mapping[str, str]) -> dict[str, str]:
    checked = dict(evidence)
    unknown = sorted(set(checked) - set(EVIDENCE))
    if unknown:
        raise ValidationError(
            _("%(unknown)s is not a type of evidence. Use one of these: %(choices)s.")
            % {"unknown": repr(unknown[0][:50]), "choices": ", ".join(EVIDENCE)},
            path=("evidence",),
        )
    texts = {name: checked[name] for name in TEXTS if name in checked}
    if sum(map(len, texts.values())) > MAXIMUM_TEXTS:
        raise ValidationError(
            _("All evidence together must be at most %(maximum)s characters.")
            % {"maximum": MAXIMUM_TEXTS},
            path=("evidence",),
        )
    for name, text in texts.items():
        check_text(text, "evidence")
        if len(text) > get_maximum(name):
            raise ValidationError(
                _("%(name)s must be at most %(maximum)s characters.")
                % {"name": name, "maximum": get_maximum(name)},
                path=("evidence",),
            )
    for name in FILES:
        if checked.get(name) and not _FILE_ID.fullmatch(checked[name]):
            raise ValidationError(
                _("%(name)s must be the id of an uploaded file, such as file_123.")
                % {"name": name},
                path=("evidence",),
            )
    return checked


def explain_unanswerable(dispute: StripeDispute) -> str:
    """Why a dispute whose status is not in `DisputeStatus.answerable()` cannot be answered here."""
    if dispute.status == DisputeStatus.APPEAL_NEEDS_RESPONSE:
        return _("An appeal needs files as evidence. Answer it in Stripe's dashboard.")
    return _('A dispute with the status "%(status)s" cannot be answered now.') % {
        "status": dispute.get_status_display().lower()
    }


def _perform(
    kind: OperationKind, dispute: StripeDispute, user: Person, parameters: dict[str, object]
) -> StripeDispute:
    def prepare(operation: Operation) -> None:
        row = StripeDispute.objects.select_for_update(of=("self",)).get(pk=dispute.pk)
        # An operation that needs review does not block: the bank's deadline goes on.
        operations.refuse_second(
            Operation.objects.filter(dispute=row, state__in=OperationState.resumable())
        )
        if row.status not in DisputeStatus.answerable():
            raise InvalidStateError(
                explain_unanswerable(row),
                path=("disputeId",),
                current_status=row.status,
                allowed=tuple(str(status) for status in DisputeStatus.answerable()),
            )
        operation.dispute = row
        operation.parameters = parameters

    operations.perform_alone(
        kind=kind,
        actor=operations.actor_of(user),
        input={"dispute": str(dispute.pk), **parameters},
        prepare=prepare,
    )
    dispute.refresh_from_db()
    return dispute
