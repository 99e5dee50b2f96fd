import strawberry
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from payments_graphql.errors import NotFoundError
from payments_graphql.models import RefundRequest as RefundRequestRow
from payments_graphql.policy import get_policy
from payments_graphql.services import refund_approvals as service

from ..engine.admission import admit
from ..engine.context import Info, get_user
from ..engine.errors import PaymentError
from ..engine.nodes import find_by_id
from ..engine.object_types import as_type
from ..engine.payloads import Given, errors_into, refuse_unstorable_text
from .refund_requests import RefundRequest
from .refunds import Refund
from .sight import refuse_to_show


@strawberry.input(description="The refund to approve.")
class ApproveRefundInput:
    refund_request_id: strawberry.ID = strawberry.field(description="The `id` of the request.")


@strawberry.input(description="The refund to reject.")
class RejectRefundInput:
    refund_request_id: strawberry.ID = strawberry.field(description="The `id` of the request.")
    note: str | None = strawberry.field(
        default=None,
        description="Why, for the person who asked. At most 500 characters.",
    )


@strawberry.type(description="The result of `approveRefund`.")
class ApproveRefundPayload:
    refund_request: RefundRequest | None = strawberry.field(
        default=None, description="The request. Null if it does not exist or you may not see it."
    )
    refund: Refund | None = strawberry.field(
        default=None, description="The refund. Null if it was not created."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="The errors. Empty if the refund was created."
    )


@strawberry.type(description="The result of `rejectRefund`.")
class RejectRefundPayload:
    refund_request: RefundRequest | None = strawberry.field(
        default=None, description="The request. Null if it does not exist or you may not see it."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="The errors. Empty if the request was rejected."
    )


@strawberry.type
class RefundRequestMutations:
    @strawberry.mutation(
        description="Approves a refund that waits for a second person, and makes it. Approving "
        "again returns the same refund. Requires the permission "
        "`payments_graphql.approve_refund`, and another person than the one who asked or who "
        "receives the money."
    )
    def approve_refund(self, info: Info, input: Given[ApproveRefundInput]) -> ApproveRefundPayload:
        user = get_user(info)
        payload = ApproveRefundPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "refund")
            request = _get_request(user, input.refund_request_id)
            refuse_to_show(info, request.payment_intent)
            payload.refund_request = as_type(request)
            payload.refund = as_type(service.approve_refund(request=request, user=user))
            request.refresh_from_db()
        return payload

    @strawberry.mutation(
        description="Rejects a refund that waits for a second person. Whoever asked withdraws it "
        "instead. Others need the permission `payments_graphql.approve_refund`."
    )
    def reject_refund(self, info: Info, input: Given[RejectRefundInput]) -> RejectRefundPayload:
        user = get_user(info)
        payload = RejectRefundPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "refund")
            request = _get_request(user, input.refund_request_id)
            refuse_to_show(info, request.payment_intent)
            payload.refund_request = as_type(request)
            service.reject_refund(request=request, user=user, note=input.note or "")
            request.refresh_from_db()
        return payload


def _get_request(user: AbstractBaseUser, global_id: str) -> RefundRequestRow:
    """Your own request, or anyone's for staff who may decide it."""
    rows = RefundRequestRow.objects.ours().select_related("user", "payment_intent__customer")
    request: RefundRequestRow | None = find_by_id(rows, RefundRequest, global_id)
    if request is None or not get_policy().may_reject_refund(user, request):
        raise NotFoundError(_("There is no such request."), path=("refundRequestId",))
    return request
