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
from ..engine.object_types import as_type
from ..engine.payloads import Given, errors_into, refuse_unstorable_text
from .disputes import Dispute
from .sight import is_own, refuse_to_show


@strawberry.enum(
    description="A type of evidence. See https://docs.stripe.com/api/disputes/evidence_object"
)
class DisputeEvidenceName(Enum):
    ACCESS_ACTIVITY_LOG = strawberry.enum_value(
        "access_activity_log",
        description="A log that shows when and from where the customer used the product.",
    )
    BILLING_ADDRESS = strawberry.enum_value(
        "billing_address", description="The customer's billing address."
    )
    CANCELLATION_POLICY_DISCLOSURE = strawberry.enum_value(
        "cancellation_policy_disclosure",
        description="How and when the customer was shown the cancellation policy.",
    )
    CANCELLATION_REBUTTAL = strawberry.enum_value(
        "cancellation_rebuttal",
        description="Why the customer did not cancel, or canceled too late.",
    )
    CUSTOMER_EMAIL_ADDRESS = strawberry.enum_value(
        "customer_email_address", description="The customer's e-mail address."
    )
    CUSTOMER_NAME = strawberry.enum_value("customer_name", description="The customer's name.")
    CUSTOMER_PURCHASE_IP = strawberry.enum_value(
        "customer_purchase_ip", description="The IP address from which the customer bought."
    )
    DUPLICATE_CHARGE_EXPLANATION = strawberry.enum_value(
        "duplicate_charge_explanation",
        description="How this charge differs from the other charge.",
    )
    DUPLICATE_CHARGE_ID = strawberry.enum_value(
        "duplicate_charge_id", description="The Stripe id of the other charge: `ch_...`."
    )
    PRODUCT_DESCRIPTION = strawberry.enum_value(
        "product_description", description="A description of the product."
    )
    REFUND_POLICY_DISCLOSURE = strawberry.enum_value(
        "refund_policy_disclosure", description="How the customer was shown the refund policy."
    )
    REFUND_REFUSAL_EXPLANATION = strawberry.enum_value(
        "refund_refusal_explanation", description="Why the customer is not entitled to a refund."
    )
    SERVICE_DATE = strawberry.enum_value(
        "service_date", description="The day, or the first day, of the service."
    )
    SHIPPING_ADDRESS = strawberry.enum_value(
        "shipping_address", description="The shipping address."
    )
    SHIPPING_CARRIER = strawberry.enum_value("shipping_carrier", description="The carrier.")
    SHIPPING_DATE = strawberry.enum_value("shipping_date", description="The shipping date.")
    SHIPPING_TRACKING_NUMBER = strawberry.enum_value(
        "shipping_tracking_number", description="The carrier's tracking number."
    )
    UNCATEGORIZED_TEXT = strawberry.enum_value(
        "uncategorized_text",
        description="Any other evidence. In Stripe's test mode, `winning_evidence` wins the "
        "dispute and `losing_evidence` loses it.",
    )
    CANCELLATION_POLICY = strawberry.enum_value(
        "cancellation_policy",
        description="A file: the cancellation policy, as the customer saw it.",
    )
    CUSTOMER_COMMUNICATION = strawberry.enum_value(
        "customer_communication",
        description="A file: messages of the customer, such as thanks after the trip.",
    )
    CUSTOMER_SIGNATURE = strawberry.enum_value(
        "customer_signature", description="A file: a document that the customer signed."
    )
    DUPLICATE_CHARGE_DOCUMENTATION = strawberry.enum_value(
        "duplicate_charge_documentation",
        description="A file: the receipt or contract of the other charge.",
    )
    RECEIPT = strawberry.enum_value(
        "receipt", description="A file: the receipt that the customer got."
    )
    REFUND_POLICY = strawberry.enum_value(
        "refund_policy", description="A file: the refund policy, as the customer saw it."
    )
    SERVICE_DOCUMENTATION = strawberry.enum_value(
        "service_documentation", description="A file that proves that the service was provided."
    )
    SHIPPING_DOCUMENTATION = strawberry.enum_value(
        "shipping_documentation",
        description="A file that proves that the product was shipped to the customer.",
    )
    UNCATEGORIZED_FILE = strawberry.enum_value(
        "uncategorized_file", description="A file: any other evidence."
    )


@strawberry.input(description="One piece of evidence.")
class DisputeEvidenceInput:
    name: DisputeEvidenceName = strawberry.field(description="The type of the evidence.")
    value: str = strawberry.field(
        description="The text, or for a file its id at Stripe: `file_...`. Upload files in the "
        "admin or from the site's own code. One text has at most 20,000 characters, all together "
        "150,000. An empty text removes evidence that was saved before."
    )


@strawberry.input(description="The dispute to answer, and the evidence.")
class SubmitDisputeEvidenceInput:
    dispute_id: strawberry.ID = strawberry.field(description="The `id` of the dispute.")
    evidence: list[DisputeEvidenceInput] = strawberry.field(
        description="The evidence to add to the saved draft. An empty list submits the draft as "
        "it is."
    )
    submit: bool | None = strawberry.field(
        default=True,
        description="Whether to submit the evidence to the bank now. You can submit only once, "
        "and cannot add evidence afterwards. False saves a draft at Stripe.",
    )


@strawberry.input(description="The dispute to accept.")
class AcceptDisputeInput:
    dispute_id: strawberry.ID = strawberry.field(description="The `id` of the dispute.")


@strawberry.type(description="The result of `submitDisputeEvidence`.")
class SubmitDisputeEvidencePayload:
    dispute: Dispute | None = strawberry.field(
        default=None,
        description="The dispute. Null if it does not exist or you may not see it.",
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list,
        description="The errors. Empty if the evidence was saved or submitted.",
    )


@strawberry.type(description="The result of `acceptDispute`.")
class AcceptDisputePayload:
    dispute: Dispute | None = strawberry.field(
        default=None,
        description="The dispute. Null if it does not exist or you may not see it.",
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="The errors. Empty if the dispute was accepted."
    )


@strawberry.type
class DisputeMutations:
    @strawberry.mutation(
        description="Answers a dispute with evidence. Requires the permission "
        "`payments_graphql.manage_disputes`, which applies to the disputes of all customers."
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
            payload.dispute = as_type(dispute)
            service.submit_dispute_evidence(
                dispute=dispute,
                evidence=_as_dict(input.evidence),
                submit=input.submit is not False,
                user=user,
            )
        return payload

    @strawberry.mutation(
        description="Accepts a dispute: it is lost, and the customer keeps the money. This cannot "
        "be undone. Requires the permission `payments_graphql.manage_disputes`, which "
        "applies to the disputes of all customers."
    )
    def accept_dispute(self, info: Info, input: Given[AcceptDisputeInput]) -> AcceptDisputePayload:
        user = get_user(info)
        payload = AcceptDisputePayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "change")
            dispute = _get_dispute(user, input.dispute_id)
            refuse_to_show(info, dispute.payment_intent)
            payload.dispute = as_type(dispute)
            service.accept_dispute(dispute=dispute, user=user)
        return payload


def _get_dispute(user: AbstractBaseUser, global_id: str) -> StripeDispute:
    """Your own dispute, or anyone's for staff who may answer it."""
    disputes = StripeDispute.objects.ours().select_related("payment_intent__customer")
    dispute: StripeDispute | None = find_by_id(disputes, Dispute, global_id)
    if dispute is None or not (
        is_own(user, dispute.payment_intent) or get_policy().may_answer_dispute(user, dispute)
    ):
        raise NotFoundError(_("There is no such dispute."), path=("disputeId",))
    return dispute


def _as_dict(evidence: list[DisputeEvidenceInput]) -> dict[str, str]:
    texts = {str(piece.name.value): piece.value for piece in evidence}
    if len(texts) < len(evidence):
        raise ValidationError(_("`evidence` must contain each name only once."), path=("evidence",))
    return texts
