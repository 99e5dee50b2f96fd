"""Who may do what. Replace the class by `PAYMENTS_POLICY`, a dotted path to a subclass of `Policy`.

The answers here are about people. Code of the site itself (`user=None`) may do everything.
Whether a person may see an object at all is decided by the querysets' `for_user`: what is
somebody else's looks as if it did not exist.
"""

from typing import TYPE_CHECKING

from django.contrib.auth.base_user import AbstractBaseUser

from .conf import conf
from .errors import PermissionDeniedError

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model

    from .models import Operation, StripeCustomer, StripeDispute, StripePaymentIntent, StripeRefund

type Person = "AbstractBaseUser | AnonymousUser | None"


def has_permission(person: Person, name: str) -> bool:
    """The Django permission, for a user model with or without permissions."""
    has_perm = getattr(person, "has_perm", None)
    return bool(has_perm and has_perm(f"payments_graphql.{name}"))


def _may_view(person: Person, model: type["Model"]) -> bool:
    """Of whatever app: the booking may be the site's own model."""
    has_perm = getattr(person, "has_perm", None)
    return bool(has_perm and has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"))


class Policy:
    """The default. Each method answers one question; `require` turns a no into an error."""

    def may_confirm(self, person: Person, intent: "StripePaymentIntent") -> bool:
        return self._is_owner(person, intent)

    def may_capture(self, person: Person, intent: "StripePaymentIntent") -> bool:
        return has_permission(person, "change_stripepaymentintent")

    def may_cancel(self, person: Person, intent: "StripePaymentIntent") -> bool:
        """An owner may before the card was authorised; afterwards the site holds a guarantee."""
        if has_permission(person, "change_stripepaymentintent"):
            return True
        return self._is_owner(person, intent) and not intent.is_authorised

    def may_refund(self, person: Person, intent: "StripePaymentIntent") -> bool:
        if has_permission(person, "add_striperefund"):
            return True
        return conf.PAYMENTS_OWNERS_MAY_REFUND and self._is_owner(person, intent)

    def may_reduce_amount_due(self, person: Person, intent: "StripePaymentIntent") -> bool:
        """By a refund that the customer does not owe again: a part of the price is waived."""
        return has_permission(person, "add_striperefund")

    def may_update(self, person: Person, intent: "StripePaymentIntent") -> bool:
        return self._is_owner(person, intent) or has_permission(
            person, "change_stripepaymentintent"
        )

    def may_charge_off_session(self, person: Person, intent: "StripePaymentIntent") -> bool:
        """Charging a saved card while the customer is away is the site's decision."""
        return has_permission(person, "change_stripepaymentintent")

    def may_cancel_refund(self, person: Person, refund: "StripeRefund") -> bool:
        return has_permission(person, "change_striperefund")

    def may_answer_dispute(self, person: Person, dispute: "StripeDispute") -> bool:
        return has_permission(person, "change_stripedispute")

    def may_resolve(self, person: Person, operation: "Operation") -> bool:
        """Deciding what became of a call that could not be settled in a day."""
        return has_permission(person, "change_operation")

    def may_erase(self, person: Person, customer: "StripeCustomer") -> bool:
        """Forgetting a person for good, and reading all that is kept about them."""
        return has_permission(person, "erase_customer")

    def may_set_capture_method(self, person: Person) -> bool:
        return has_permission(person, "change_stripepaymentintent")

    def may_see_everything(self, person: Person, model: type["Model"] | None = None) -> bool:
        """What is everybody's: all payments, and the rows of `model` that belong to them."""
        if not has_permission(person, "view_stripepaymentintent"):
            return False
        return model is None or _may_view(person, model)

    def may_exceed_limits(self, person: Person) -> bool:
        """Staff who change and refund what customers have paid, one after another."""
        return bool(getattr(person, "is_staff", False))

    def _is_owner(self, person: Person, intent: "StripePaymentIntent") -> bool:
        return person is not None and person.pk is not None and intent.customer.user_id == person.pk


def require(allowed: bool, denial: str, *, path: tuple[str, ...] = ()) -> None:
    """`denial` is the sentence for people: "You are not allowed to refund this payment."."""
    if not allowed:
        raise PermissionDeniedError(denial, path=path)
