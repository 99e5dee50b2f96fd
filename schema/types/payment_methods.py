from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from payments_graphql.errors import NotFoundError
from payments_graphql.models import StripePaymentIntent, StripePaymentMethod
from payments_graphql.services import payment_methods as service

from ..engine.admission import admit
from ..engine.context import Info, get_user
from ..engine.errors import PaymentError
from ..engine.lists import LONGEST_LIST
from ..engine.nodes import Node, find_by_id
from ..engine.object_types import as_type, object_type
from ..engine.optional_texts import optional_text
from ..engine.payloads import Given, errors_into, refuse_unstorable_text

if TYPE_CHECKING:
    from .customers import Customer


@object_type(
    StripePaymentMethod,
    name="PaymentMethod",
    description="A card, or another payment method. The card number is never stored.",
    of_user=StripePaymentMethod.objects.for_user,
    of_customers=StripePaymentMethod.objects.of_customers,
    of_everybody=StripePaymentMethod.objects.ours,
)
class PaymentMethod(Node):
    stripe_payment_method_id: str = strawberry_django.field(
        description="The id at Stripe: `pm_...`."
    )
    livemode: bool = strawberry_django.field(
        description="Whether the object exists in Stripe's live mode. False in test mode."
    )
    type: str = strawberry_django.field(
        description="The type, by Stripe's name: `card`, `sepa_debit`, ..."
    )
    label: str = strawberry_django.field(
        only=["type", "brand", "last4", "bank_name"],
        description="A label for people: `Visa •••• 4242`, `SEPA Direct Debit •••• 3000`, "
        "`Boleto`.",
    )
    brand: str | None = optional_text(
        description="The card brand: `visa`, `mastercard`, `amex`, ... Null for other types."
    )
    last4: str | None = optional_text(
        description="The last four digits of the card or the bank account. Null for other types."
    )
    bank_name: str | None = optional_text(
        description="The name of the bank, as given by Stripe. Often null."
    )
    exp_month: int | None = strawberry_django.field(
        description="The month in which the card expires: 1 to 12. Null for other types."
    )
    exp_year: int | None = strawberry_django.field(
        description="The year in which the card expires, such as 2034. Null for other types."
    )
    funding: str | None = optional_text(
        description="`credit`, `debit` or `prepaid`. Null for other types than cards."
    )
    country: str | None = optional_text(
        description="The two-letter country code of the bank. Null if unknown."
    )
    is_attached: bool = strawberry_django.field(
        description="Whether the method is saved and can be used again."
    )
    is_expired: bool = strawberry_django.field(description="Whether the card has expired.")
    is_default: bool = strawberry_django.field(
        select_related=["customer"],
        description="Whether this is the customer's default payment method.",
    )
    created_at: datetime = strawberry_django.field(
        description="When the method was first used or saved."
    )


@strawberry.input(description="The payment method to set as the default.")
class SetDefaultPaymentMethodInput:
    payment_method_id: strawberry.ID = strawberry.field(
        description="The `id` of the payment method."
    )


@strawberry.input(description="The saved payment method to remove.")
class DetachPaymentMethodInput:
    payment_method_id: strawberry.ID = strawberry.field(
        description="The `id` of the payment method."
    )


@strawberry.type
class _Payload:
    """The payload of both mutations."""

    payment_method: PaymentMethod | None = strawberry.field(
        default=None, description="The payment method. Null if you have no such method."
    )
    customer: Annotated["Customer", strawberry.lazy(".customers")] | None = strawberry.field(
        default=None, description="You, with the default payment method after the change."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="The errors. Empty if the change was made."
    )


@strawberry.type(description="The result of `setDefaultPaymentMethod`.")
class SetDefaultPaymentMethodPayload(_Payload):
    pass


@strawberry.type(description="The result of `detachPaymentMethod`.")
class DetachPaymentMethodPayload(_Payload):
    pass


@strawberry.type
class PaymentMethodQueries:
    @strawberry.field(
        description=f"Returns your saved payment methods, newest first, at most {LONGEST_LIST}. A "
        "card that was saved twice is returned once."
    )
    def payment_methods(self, info: Info) -> list[PaymentMethod]:
        methods: list[PaymentMethod] = as_type(service.list_payment_methods(get_user(info)))
        return methods[:LONGEST_LIST]


@strawberry.type
class PaymentMethodMutations:
    @strawberry.mutation(description="Sets your default payment method.")
    def set_default_payment_method(
        self, info: Info, input: Given[SetDefaultPaymentMethodInput]
    ) -> SetDefaultPaymentMethodPayload:
        user = get_user(info)
        payload = SetDefaultPaymentMethodPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "change")
            method = get_payment_method(user, input.payment_method_id)
            payload.payment_method = as_type(method)
            payload.customer = as_type(method.customer.user)
            service.set_default_payment_method(payment_method=method, user=user)
        return payload

    @strawberry.mutation(
        description="Removes a saved payment method. Removes all copies if the card was saved "
        "more than once."
    )
    def detach_payment_method(
        self, info: Info, input: Given[DetachPaymentMethodInput]
    ) -> DetachPaymentMethodPayload:
        user = get_user(info)
        payload = DetachPaymentMethodPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "change")
            method = get_payment_method(user, input.payment_method_id)
            payload.payment_method = as_type(method)
            payload.customer = as_type(method.customer.user)
            service.detach_payment_method(payment_method=method, user=user)
        return payload


def get_payment_method(user: AbstractBaseUser, global_id: str) -> StripePaymentMethod:
    return _get(StripePaymentMethod.objects.for_user(user), global_id)


def get_payment_method_of_payer(intent: StripePaymentIntent, global_id: str) -> StripePaymentMethod:
    """A method of the paying customer, who is another user if staff charge it."""
    return _get(StripePaymentMethod.objects.filter(customer=intent.customer), global_id)


def _get(methods: QuerySet[StripePaymentMethod], global_id: str) -> StripePaymentMethod:
    method: StripePaymentMethod | None = find_by_id(
        methods.select_related("customer__user"), PaymentMethod, global_id
    )
    if method is None:
        raise NotFoundError(_("There is no such payment method."), path=("paymentMethodId",))
    return method
