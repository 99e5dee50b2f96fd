"""Who may do what, and what the site adds to a payment. To change it, set `PAYMENTS_POLICY` to the
dotted path of a subclass of `Policy`.

The methods answer for people. The site's own code (`user=None`) may do everything. The querysets'
`for_user` decides whether a person may see an object at all: other people's objects look as if they
did not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model
from django.utils.module_loading import import_string

from . import people, refund_rules
from .conf import conf
from .errors import PermissionDeniedError
from .models import (
    AbstractBooking,
    Operation,
    RefundRequest,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
)

__all__ = ["PaymentDetails", "Policy"]

VIEW_EVERYTHING = "view_stripepaymentintent"
"""Required to see anything of other people, besides the permission for the model itself."""

type Person = AbstractBaseUser | AnonymousUser | None


def has_permission(person: Person, name: str) -> bool:
    """Works with user models that have no permissions, too."""
    has_perm = getattr(person, "has_perm", None)
    return bool(has_perm and has_perm(f"payments_graphql.{name}"))


def may_view(person: Person, model: type[Model]) -> bool:
    """For a model of any app, since the booking may be the site's own model."""
    has_perm = getattr(person, "has_perm", None)
    return bool(has_perm and has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"))


@dataclass(frozen=True)
class PaymentDetails:
    """What the site adds to a payment at Stripe. Empty fields are left to the client.

    `statement_descriptor_suffix` follows the account's own name on card statements. Together they
    have at most 22 characters, with a letter and without any of `< > \\ ' " *`.
    https://docs.stripe.com/get-started/account/statement-descriptors
    """

    description: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    statement_descriptor_suffix: str = ""


class Policy:
    """The default. Each method answers one question; `require` raises an error if it says no."""

    def may_pay(self, person: Person, booking: AbstractBooking) -> bool:
        """Asked before a payment for the booking is created, and before the server confirms one.

        Can add conditions, such as no payment before the hotel has confirmed. It cannot allow
        paying another user's booking, since a payment belongs to its booking's user.
        """
        return person is not None and person.pk is not None and booking.user_id == person.pk

    def describe_payment(self, person: Person, booking: AbstractBooking | None) -> PaymentDetails:
        """What the site adds to a payment that `person` starts through the GraphQL API.

        It takes precedence over the client's values, and the client cannot change it. The customer
        sees the metadata as `PaymentIntent.metadata`. If a value exceeds one of Stripe's limits, a
        `ValueError` says which, and no payment is created.
        """
        return PaymentDetails()

    def may_confirm(self, person: Person, intent: StripePaymentIntent) -> bool:
        return self._is_owner(person, intent)

    def may_capture(self, person: Person, intent: StripePaymentIntent) -> bool:
        return has_permission(person, "capture_payment")

    def may_cancel(self, person: Person, intent: StripePaymentIntent) -> bool:
        """Owners may until the card is authorized. After that, the site relies on the money."""
        if has_permission(person, "cancel_payment"):
            return True
        return self._is_owner(person, intent) and not intent.is_authorized

    def may_refund(self, person: Person, intent: StripePaymentIntent) -> bool:
        if has_permission(person, "refund_payment"):
            return True
        return conf.PAYMENTS_OWNERS_MAY_REFUND and self._is_owner(person, intent)

    def may_reduce_amount_due(self, person: Person, intent: StripePaymentIntent) -> bool:
        """Whether a refund may also reduce the price, so that the customer owes nothing again."""
        return has_permission(person, "refund_payment")

    def get_refund_rules(
        self, person: Person, currency: str
    ) -> tuple[refund_rules.Rule, ...] | None:
        """How much `person` may refund in a period without approval. Of several rules the best
        applies. Empty: nothing. None: there is no limit, as for customers, who can only refund
        their own payments, and for superusers. See Note [Refund limits]."""
        limits = conf.PAYMENTS_REFUND_LIMITS
        if not limits or getattr(person, "is_superuser", False):
            return None
        if not has_permission(person, "refund_payment"):
            return None
        groups = getattr(person, "groups", None)
        names = [] if groups is None else groups.values_list("name", flat=True)
        return refund_rules.select_rules(limits, names, currency)

    def get_refund_approval_amount(self, person: Person, currency: str) -> int | None:
        """How much of a payment `person` may refund without a second person, in minor units. None:
        any amount, as for customers who refund their own payments."""
        amounts = conf.PAYMENTS_REFUND_APPROVAL_ABOVE
        if not amounts or not has_permission(person, "refund_payment"):
            return None
        amount = amounts.get(currency, 0)
        if amount == refund_rules.UNLIMITED:
            return None
        return refund_rules.parse_amount(amount, currency)

    def may_approve_refund(self, person: Person, request: RefundRequest) -> bool:
        """Not for one's own request or payment, nor with a second account that has the same e-mail
        address."""
        if not has_permission(person, "approve_refund"):
            return False
        assert person is not None
        if request.actor == f"user:{person.pk}" or self._is_owner(person, request.payment_intent):
            return False
        email = people.get_email(request.user).casefold()
        return not email or email != people.get_email(person).casefold()

    def may_reject_refund(self, person: Person, request: RefundRequest) -> bool:
        """Whoever asked may withdraw the request."""
        if person is not None and request.actor == f"user:{person.pk}":
            return True
        return has_permission(person, "approve_refund")

    def may_update(self, person: Person, intent: StripePaymentIntent) -> bool:
        return self._is_owner(person, intent) or has_permission(person, "update_payment")

    def may_charge_off_session(self, person: Person, intent: StripePaymentIntent) -> bool:
        """Charging a saved card while the customer is away is the site's decision."""
        return has_permission(person, "charge_saved_card")

    def may_cancel_refund(self, person: Person, refund: StripeRefund) -> bool:
        return has_permission(person, "refund_payment")

    def may_answer_dispute(self, person: Person, dispute: StripeDispute) -> bool:
        return self.may_manage_disputes(person)

    def may_manage_disputes(self, person: Person) -> bool:
        """Whether to see the disputes in the admin, to answer them."""
        return has_permission(person, "manage_disputes")

    def describe_dispute(self, dispute: StripeDispute) -> Mapping[str, str]:
        """What the site knows about the disputed payment, by type of evidence, such as
        `{"customer_purchase_ip": "203.0.113.7", "service_date": "May 3, 2027"}`.

        It fills the empty form in the admin, where a person checks it. The types are in
        `dispute_evidence.EVIDENCE`. The value of a file is its id from `upload_dispute_file`.
        """
        return {}

    def may_resolve(self, person: Person, operation: Operation) -> bool:
        """Whether to decide the outcome of a call that could not be settled within a day."""
        return has_permission(person, "resolve_operation")

    def may_replay_events(self, person: Person) -> bool:
        return has_permission(person, "replay_event")

    def may_see_personal_data(self, person: Person) -> bool:
        """Whether to see names and e-mail addresses in full, in the admin and in exports."""
        return has_permission(person, "see_personal_data")

    def may_add_note(self, person: Person, intent: StripePaymentIntent) -> bool:
        """Whether to add a note to the payment, which other staff see."""
        return has_permission(person, "add_note")

    def may_erase(self, person: Person, customer: StripeCustomer) -> bool:
        """Whether to erase a person for good, and to read all data stored about them."""
        return has_permission(person, "erase_customer")

    def may_lift_block(self, person: Person, customer: StripeCustomer) -> bool:
        """Whether to let a customer pay again who was blocked for suspected card testing."""
        return has_permission(person, "lift_block")

    def may_export(self, person: Person) -> bool:
        """Whether to download the lists that the person may view. Names and e-mail addresses are
        masked without the permission `see_personal_data`."""
        return has_permission(person, "export_payments")

    def may_set_capture_method(self, person: Person) -> bool:
        return has_permission(person, "capture_payment")

    def may_see_everything(self, person: Person, model: type[Model] | None = None) -> bool:
        """Whether to see everyone's payments, and the rows of `model` that belong to them."""
        if not has_permission(person, VIEW_EVERYTHING):
            return False
        return model is None or may_view(person, model)

    def may_sign_in_by_password(self, user: AbstractBaseUser) -> bool:
        """Whether a password is enough to get a token at `api/auth/login/`. Return False if the
        site requires more, such as a second factor or a verified e-mail address."""
        return True

    def may_exceed_limits(self, person: Person) -> bool:
        """By default staff, who may change and refund many payments in a short time."""
        return bool(getattr(person, "is_staff", False))

    def _is_owner(self, person: Person, intent: StripePaymentIntent) -> bool:
        return person is not None and person.pk is not None and intent.customer.user_id == person.pk


def get_policy() -> Policy:
    """The policy set by `PAYMENTS_POLICY`. A new instance each time, since settings can change."""
    policy: Policy = import_string(conf.PAYMENTS_POLICY)()
    return policy


def require(allowed: bool, denial: str, *, path: tuple[str, ...] = ()) -> None:
    """Raises `PermissionDeniedError` with `denial`, such as "You are not allowed to refund this
    payment.", unless `allowed`."""
    if not allowed:
        raise PermissionDeniedError(denial, path=path)
