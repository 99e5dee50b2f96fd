from enum import Enum

import strawberry
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from payments_graphql.errors import NotFoundError, ValidationError
from payments_graphql.models import StripeDispute
from payments_graphql.policy import get_policy
from payments_graphql.services import disputes as service

from ..engine.admission import admit
from ..engine.context import Info, get_user
from ..engine.errors import PaymentError
from ..engine.nodes import find_by_id
from ..engine.payloads import Given, errors_into, refuse_unstorable_text
from .disputes import Dispute
from .sight import is_own, refuse_to_show


@strawberry.enum(
    description="What a text is evidence of. "
    "See https://docs.stripe.com/api/disputes/evidence_object"
)
class DisputeEvidenceName(Enum):
    ACCESS_ACTIVITY_LOG = strawberry.enum_value(
        "access_activity_log", description="When and from where the customer used what was bought."
    )
    BILLING_ADDRESS = strawberry.enum_value(
        "billing_address", description="The billing address that the customer gave."
    )
    CANCELLATION_POLICY_DISCLOSURE = strawberry.enum_value(
        "cancellation_policy_disclosure",
        description="How and when the customer was shown the cancellation policy.",
    )
    CANCELLATION_REBUTTAL = strawberry.enum_value(
        "cancellation_rebuttal", description="Why the customer had not canceled, or not in time."
    )
    CUSTOMER_EMAIL_ADDRESS = strawberry.enum_value(
        "customer_email_address", description="The customer's e-mail address."
    )
    CUSTOMER_NAME = strawberry.enum_value("customer_name", description="The customer's name.")
    CUSTOMER_PURCHASE_IP = strawberry.enum_value(
        "customer_purchase_ip", description="The IP address that the customer bought from."
    )
    DUPLICATE_CHARGE_EXPLANATION = strawberry.enum_value(
        "duplicate_charge_explanation",
        description="How this charge differs from the one that it is taken for.",
    )
    DUPLICATE_CHARGE_ID = strawberry.enum_value(
        "duplicate_charge_id", description="The other charge's id at Stripe: `ch_...`."
    )
    PRODUCT_DESCRIPTION = strawberry.enum_value(
        "product_description", description="What was sold, and how it was described."
    )
    REFUND_POLICY_DISCLOSURE = strawberry.enum_value(
        "refund_policy_disclosure", description="How the customer was shown the refund policy."
    )
    REFUND_REFUSAL_EXPLANATION = strawberry.enum_value(
        "refund_refusal_explanation", description="Why the customer is due no refund."
    )
    SERVICE_DATE = strawberry.enum_value(
        "service_date", description="When the customer had the service, or its first day."
    )
    SHIPPING_ADDRESS = strawberry.enum_value(
        "shipping_address", description="Where it was sent to."
    )
    SHIPPING_CARRIER = strawberry.enum_value("shipping_carrier", description="Who carried it.")
    SHIPPING_DATE = strawberry.enum_value("shipping_date", description="When it was sent.")
    SHIPPING_TRACKING_NUMBER = strawberry.enum_value(
        "shipping_tracking_number", description="The carrier's number for it."
    )
    UNCATEGORIZED_TEXT = strawberry.enum_value(
        "uncategorized_text",
        description="Anything else. In Stripe's test mode `winning_evidence` wins the dispute and "
        "`losing_evidence` loses it.",
    )


@strawberry.input(description="One piece of evidence.")
class DisputeEvidenceInput:
    name: DisputeEvidenceName = strawberry.field(description="What it is.")
    value: str = strawberry.field(
        description="Its text: 150,000 characters at most, all evidence together. An empty one "
        "removes what was kept."
    )


@strawberry.input(description="Which dispute to answer, and with what.")
class SubmitDisputeEvidenceInput:
    dispute_id: strawberry.ID = strawberry.field(description="The dispute's `id`.")
    evidence: list[DisputeEvidenceInput] = strawberry.field(
        description="What the bank should know, added to what was kept before; none to submit "
        "just that."
    )
    submit: bool | None = strawberry.field(
        default=True,
        description="Give it to the bank now? That is done once, and nothing can be added then. "
        "If not, it is kept at Stripe.",
    )


@strawberry.input(description="Which dispute to give in to.")
class AcceptDisputeInput:
    dispute_id: strawberry.ID = strawberry.field(description="The dispute's `id`.")


@strawberry.type(description="The result of `submitDisputeEvidence`.")
class SubmitDisputeEvidencePayload:
    dispute: Dispute | None = strawberry.field(
        default=None,
        description="The dispute. Null if there is no such dispute, or you may not see it.",
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="Why it was not answered; empty when it was."
    )


@strawberry.type(description="The result of `acceptDispute`.")
class AcceptDisputePayload:
    dispute: Dispute | None = strawberry.field(
        default=None,
        description="The dispute. Null if there is no such dispute, or you may not see it.",
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="Why it was not accepted; empty when it was."
    )


@strawberry.type
class DisputeMutations:
    @strawberry.mutation(
        description="Answer a dispute with evidence. Needs a permission, which reaches the dispute "
        "of any payment."
    )
    def submit_dispute_evidence(
        self, info: Info, input: Given[SubmitDisputeEvidenceInput]
    ) -> SubmitDisputeEvidencePayload:
        user = get_user(info)
        payload = SubmitDisputeEvidencePayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "change")
            dispute = _get_dispute(user, input.dispute_id)
            refuse_to_show(info, dispute.payment_intent)
            payload.dispute = dispute  # type: ignore[assignment]
            service.submit_dispute_evidence(
                dispute=dispute,
                evidence=_as_dict(input.evidence),
                submit=input.submit is not False,
                user=user,
            )
        return payload

    @strawberry.mutation(
        description="Give in: the dispute is lost, and the money stays with the customer. That "
        "cannot be undone. Needs a permission, which reaches the dispute of any payment."
    )
    def accept_dispute(self, info: Info, input: Given[AcceptDisputeInput]) -> AcceptDisputePayload:
        user = get_user(info)
        payload = AcceptDisputePayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "change")
            dispute = _get_dispute(user, input.dispute_id)
            refuse_to_show(info, dispute.payment_intent)
            payload.dispute = dispute  # type: ignore[assignment]
            service.accept_dispute(dispute=dispute, user=user)
        return payload


def _get_dispute(user: AbstractBaseUser, global_id: str) -> StripeDispute:
    """Your own, or anybody's for those who may answer it."""
    disputes = StripeDispute.objects.ours().select_related("payment_intent__customer")
    dispute: StripeDispute | None = find_by_id(disputes, Dispute, global_id)
    if dispute is None or not (
        is_own(user, dispute.payment_intent) or get_policy().may_answer_dispute(user, dispute)
    ):
        raise NotFoundError(_("No such dispute."), path=("disputeId",))
    return dispute


def _as_dict(evidence: list[DisputeEvidenceInput]) -> dict[str, str]:
    texts = {str(piece.name.value): piece.value for piece in evidence}
    if len(texts) < len(evidence):
        raise ValidationError(_("Evidence must not have a name twice."), path=("evidence",))
    return texts
