"""Who may do what, and what the site writes on a payment. Replace the class by `PAYMENTS_POLICY`, a
dotted path to a subclass of `Policy`.

The answers here are about people. Code of the site itself (`user=None`) may do everything.
Whether a person may see an object at all is decided by the querysets' `for_user`: what is
somebody else's looks as if it did not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model
from django.utils.module_loading import import_string

from .conf import conf
from .errors import PermissionDeniedError
from .models import (
    AbstractBooking,
    Operation,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
)

__all__ = ["PaymentDetails", "Policy"]

VIEW_EVERYTHING = "view_stripepaymentintent"
"""Without this permission, none to view anything else shows a person what is somebody else's."""

type Person = AbstractBaseUser | AnonymousUser | None


def has_permission(person: Person, name: str) -> bool:
    """The Django permission, for a user model with or without permissions."""
    has_perm = getattr(person, "has_perm", None)
    return bool(has_perm and has_perm(f"payments_graphql.{name}"))


def _may_view(person: Person, model: type[Model]) -> bool:
    """Of whatever app: the booking may be the site's own model."""
    has_perm = getattr(person, "has_perm", None)
    return bool(has_perm and has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"))


@dataclass(frozen=True)
class PaymentDetails:
    """What the site writes on a payment at Stripe. What is empty is left to the client.

    `statement_descriptor_suffix` follows the account's own name on the statement of a card: at most
    22 characters together, with a letter and without any of `< > \\ ' " *`.
    https://docs.stripe.com/get-started/account/statement-descriptors
    """

    description: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    statement_descriptor_suffix: str = ""


class Policy:
    """The default. Each method answers one question; `require` turns a no into an error."""

    def may_pay(self, person: Person, booking: AbstractBooking) -> bool:
        """Asked before a payment for it is created, and before the server confirms one.

        It can refuse what would be allowed, such as paying before the hotel has answered. Somebody
        else's booking stays one that does not exist: a payment belongs to its booking's user.
        """
        return person is not None and person.pk is not None and booking.user_id == person.pk

    def describe_payment(self, person: Person, booking: AbstractBooking | None) -> PaymentDetails:
        """What the site writes on a payment that `person` begins by the GraphQL API.

        It has precedence over what the client gives, and the client cannot change it. The
        metadata is shown to the customer as `PaymentIntent.metadata`. A `ValueError` says which of
        Stripe's limits was passed, and the payment is not made.
        """
        return PaymentDetails()

    def may_confirm(self, person: Person, intent: StripePaymentIntent) -> bool:
        return self._is_owner(person, intent)

    def may_capture(self, person: Person, intent: StripePaymentIntent) -> bool:
        return has_permission(person, "change_stripepaymentintent")

    def may_cancel(self, person: Person, intent: StripePaymentIntent) -> bool:
        """An owner may before the card was authorized; afterwards the site holds a guarantee."""
        if has_permission(person, "change_stripepaymentintent"):
            return True
        return self._is_owner(person, intent) and not intent.is_authorized

    def may_refund(self, person: Person, intent: StripePaymentIntent) -> bool:
        if has_permission(person, "add_striperefund"):
            return True
        return conf.PAYMENTS_OWNERS_MAY_REFUND and self._is_owner(person, intent)

    def may_reduce_amount_due(self, person: Person, intent: StripePaymentIntent) -> bool:
        """By a refund that the customer does not owe again: a part of the price is waived."""
        return has_permission(person, "add_striperefund")

    def may_update(self, person: Person, intent: StripePaymentIntent) -> bool:
        return self._is_owner(person, intent) or has_permission(
            person, "change_stripepaymentintent"
        )

    def may_charge_off_session(self, person: Person, intent: StripePaymentIntent) -> bool:
        """Charging a saved card while the customer is away is the site's decision."""
        return has_permission(person, "change_stripepaymentintent")

    def may_cancel_refund(self, person: Person, refund: StripeRefund) -> bool:
        return has_permission(person, "change_striperefund")

    def may_answer_dispute(self, person: Person, dispute: StripeDispute) -> bool:
        return has_permission(person, "change_stripedispute")

    def may_resolve(self, person: Person, operation: Operation) -> bool:
        """Deciding what became of a call that could not be settled in a day."""
        return has_permission(person, "change_operation")

    def may_erase(self, person: Person, customer: StripeCustomer) -> bool:
        """Forgetting a person for good, and reading all that is kept about them."""
        return has_permission(person, "erase_customer")

    def may_set_capture_method(self, person: Person) -> bool:
        return has_permission(person, "change_stripepaymentintent")

    def may_see_everything(self, person: Person, model: type[Model] | None = None) -> bool:
        """What is everybody's: all payments, and the rows of `model` that belong to them."""
        if not has_permission(person, VIEW_EVERYTHING):
            return False
        return model is None or _may_view(person, model)

    def may_sign_in_by_password(self, user: AbstractBaseUser) -> bool:
        """For a token, at `api/auth/login/`: the password is all that is asked for there. Say no
        where the site's own page asks for more, such as a second factor or a proven address."""
        return True

    def may_exceed_limits(self, person: Person) -> bool:
        """Staff who change and refund what customers have paid, one after another."""
        return bool(getattr(person, "is_staff", False))

    def _is_owner(self, person: Person, intent: StripePaymentIntent) -> bool:
        return person is not None and person.pk is not None and intent.customer.user_id == person.pk


def get_policy() -> Policy:
    """The site's, by the setting `PAYMENTS_POLICY`. Made anew at each use, as settings are read."""
    policy: Policy = import_string(conf.PAYMENTS_POLICY)()
    return policy


def require(allowed: bool, denial: str, *, path: tuple[str, ...] = ()) -> None:
    """`denial` is the sentence for people: "You are not allowed to refund this payment."."""
    if not allowed:
        raise PermissionDeniedError(denial, path=path)
