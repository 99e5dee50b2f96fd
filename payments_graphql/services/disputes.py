"""Answers a dispute with evidence, or accepts it. https://docs.stripe.com/disputes/responding"""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from .. import operations, policy, stripe_client
from ..errors import InvalidStateError, ValidationError
from ..models import DisputeStatus, Operation, OperationKind, OperationState, StripeDispute
from ..policy import Person, get_policy
from .inputs import check_text

__all__ = [
    "EVIDENCE",
    "accept_dispute",
    "explain_unanswerable",
    "fetch_dispute_evidence",
    "submit_dispute_evidence",
]

EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
)
"""The types of text evidence. https://docs.stripe.com/api/disputes/evidence_object"""

MAXIMUM_EVIDENCE = 150_000
"""Stripe's limit, in characters, for all evidence together."""


def submit_dispute_evidence(
    *,
    dispute: StripeDispute,
    evidence: Mapping[str, str],
    submit: bool = True,
    user: Person = None,
) -> StripeDispute:
    """Saves evidence at Stripe. Submits it to the bank, unless `submit` is false.

    Evidence that is not named does not change, so you can submit a draft without naming any. An
    empty text removes evidence. After submitting, nothing can be added.
    https://docs.stripe.com/api/disputes/update
    """
    _require_permission(dispute, user)
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
    _require_permission(dispute, user)
    return _perform(OperationKind.ACCEPT_DISPUTE, dispute, user, {})


def fetch_dispute_evidence(*, dispute: StripeDispute, user: Person = None) -> dict[str, str]:
    """The saved evidence, read from Stripe. It contains personal data and is not mirrored."""
    _require_permission(dispute, user)
    answer = operations.read(stripe_client.retrieve_dispute, dispute.stripe_dispute_id)
    evidence = answer.object["evidence"]
    return {name: evidence[name] for name in EVIDENCE if evidence.get(name)}


def _require_permission(dispute: StripeDispute, user: Person) -> None:
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
    if sum(map(len, checked.values())) > MAXIMUM_EVIDENCE:
        raise ValidationError(
            _("All evidence together must be at most %(maximum)s characters.")
            % {"maximum": MAXIMUM_EVIDENCE},
            path=("evidence",),
        )
    for text in checked.values():
        check_text(text, "evidence")
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
