import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import mirror, money, operations
from ..errors import NotFoundError, OperationInProgressError, ValidationError
from ..models import (
    AbstractBooking,
    CaptureMethod,
    Operation,
    OperationKind,
    StripePaymentIntent,
    StripePaymentMethod,
)
from ..policy import PaymentDetails, Person
from ..texts import make_storable
from . import bookings, retries
from .booking_changes import release_if_outdated
from .customers import get_or_create_customer, replacing_a_deleted_customer
from .details import NO_DETAILS, check_details
from .inputs import (
    MAXIMUM_DESCRIPTION,
    check_description,
    check_email,
    check_metadata,
    get_usable_email,
)
from .offered_types import get_offer_for_payment
from .payable_details import read_payable_details
from .unasked import leaving_out_the_refused

__all__ = ["CreatedPaymentIntent", "create_payment_intent"]


@dataclass(frozen=True)
class CreatedPaymentIntent:
    payment_intent: StripePaymentIntent
    client_secret: str = field(repr=False)
    replayed: bool


def create_payment_intent(
    *,
    user: AbstractBaseUser,
    amount: Decimal | int | str | float | None = None,
    currency: str | None = None,
    booking: AbstractBooking | None = None,
    partial: bool = False,
    description: str = "",
    save_payment_method: bool = False,
    payment_method: StripePaymentMethod | None = None,
    receipt_email: str | None = None,
    metadata: Mapping[str, str] | None = None,
    capture_method: str = CaptureMethod.AUTOMATIC,
    idempotency_key: str | None = None,
    details: PaymentDetails = NO_DETAILS,
    retry_of: StripePaymentIntent | None = None,
    by: Person = None,
) -> CreatedPaymentIntent:
    """Creates a payment of `user`. With a `booking`, the booking sets the price.

    `amount` is in major units. The same `idempotency_key` with the same input returns the same
    payment. With any key, the open payment of the booking is returned if it matches the request. If
    it belongs to another customer, or if another amount, capture method, payment method,
    description, receipt address, metadata or saving is requested, it is canceled first. `details`
    are the site's own data: see `policy.Policy.describe_payment`. `retry_of` is the finished
    payment that this one charges again, which without a booking is done once. `by` is recorded as
    the person who asked for it, if it was not the user.
    https://docs.stripe.com/api/payment_intents/create
    """
    operations.refuse_open_transaction()
    request = _CreateRequest(
        user=user,
        amount=amount,
        currency=currency,
        booking=booking,
        partial=partial,
        description=check_description(description),
        save_payment_method=save_payment_method,
        payment_method=payment_method,
        receipt_email=check_email(receipt_email),
        metadata=check_metadata(metadata),
        capture_method=_check_capture_method(capture_method),
        details=check_details(details),
        retry_of=retry_of,
    )
    check_metadata({**request.metadata, **details.metadata})  # for the total number
    request.check_price()
    asked = request.as_input()
    actor = operations.actor_of(by or user)
    key = operations.check_key(idempotency_key) or operations.random_key()
    for _attempt in range(4):
        try:
            performed = leaving_out_the_refused(
                lambda left_out: replacing_a_deleted_customer(
                    lambda: operations.perform(
                        kind=OperationKind.CREATE_PAYMENT_INTENT,
                        actor=actor,
                        key=key,
                        input=asked,
                        prepare=functools.partial(request.prepare, left_out),
                        before=request.find_customer,
                    )
                )
            )
        except bookings.OpenIntentFound as found:
            open_intent = bookings.settle_open_intent(found)
            if open_intent is None:
                continue  # it was canceled, or its creation has finished: try again
            # The key is used: a retry with it returns this payment, also after it is paid.
            operations.record_answer(
                kind=OperationKind.CREATE_PAYMENT_INTENT,
                actor=actor,
                key=key,
                input=asked,
                payment_intent=open_intent,
            )
            # The customer is about to pay it, so it does not count as abandoned.
            StripePaymentIntent.objects.filter(pk=open_intent.pk).update(updated_at=timezone.now())
            open_intent.refresh_from_db()
            return _created(open_intent, None, replayed=True)
        intent = performed.operation.payment_intent
        assert intent is not None
        performed.renew(intent)
        if performed.replayed:
            # Since then, the booking may have moved, or the customer may have been deleted.
            release_if_outdated(intent)
        return _created(intent, performed.answer, replayed=performed.replayed)
    raise OperationInProgressError(
        _("Another payment for this booking is in progress. Try again in a moment.")
    )


@dataclass
class _CreateRequest:
    """The checked request. Inside the transaction, it is priced and recorded."""

    user: AbstractBaseUser
    amount: Decimal | int | str | float | None
    currency: str | None
    booking: AbstractBooking | None
    partial: bool
    description: str
    save_payment_method: bool
    payment_method: StripePaymentMethod | None
    receipt_email: str | None
    metadata: dict[str, str]
    capture_method: str
    details: PaymentDetails
    retry_of: StripePaymentIntent | None
    minor_units: int | None = None

    def check_price(self) -> None:
        """Checks the amount and the currency before anything is read under a lock."""
        if self.booking is None and (self.amount is None or self.currency is None):
            missing = "amount" if self.amount is None else "currency"
            raise ValidationError(
                _("%(field)s is required without a booking.") % {"field": missing.capitalize()},
                path=(missing,),
            )
        if self.currency is not None:
            self.currency = money.normalize_currency(self.currency)
        if self.booking is not None:
            bookings.refuse_bad_price(self.booking)
        if self.amount is not None:
            currency = self.currency or (self.booking.currency if self.booking else "")
            self.minor_units = money.to_minor_units(self.amount, currency)

    def as_input(self) -> dict[str, Any]:
        """The input that identifies a repeated request with the same key: everything that the
        caller gave, without what the site adds."""
        return {
            "amount": self.minor_units,
            "currency": self.currency,
            "booking": str(self.booking.pk) if self.booking else None,
            "partial": self.partial,
            "description": self.description,
            "save_payment_method": self.save_payment_method,
            "payment_method": str(self.payment_method.pk) if self.payment_method else None,
            "receipt_email": self.receipt_email,
            "metadata": self.metadata,
            "capture_method": self.capture_method,
            **({"retry_of": str(self.retry_of.pk)} if self.retry_of else {}),
        }

    def find_customer(self) -> None:
        """Runs before the transaction, since a first payment creates a customer at Stripe."""
        if self.booking is not None:
            bookings.refuse_other_users(self.booking, user=self.user)
            bookings.require_may_pay(self.booking, self.user)
        self.customer = get_or_create_customer(self.user)

    def prepare(self, left_out: Collection[str], operation: Operation) -> None:
        minor_units, currency, booking = self.minor_units, self.currency, self.booking
        if booking is not None:
            booking = bookings.lock_booking(booking, user=self.user)
            if self.amount is not None and currency is None:
                # In the current currency: the caller's copy can be outdated.
                minor_units = money.to_minor_units(self.amount, booking.currency)
            minor_units, currency = bookings.price(
                booking, minor_units, currency, partial=self.partial
            )
            wanted = bookings.Wanted(
                customer=self.customer,
                amount=minor_units,
                currency=currency,
                capture_method=self.capture_method,
                setup_future_usage=self._setup_future_usage,
                payment_method=self.payment_method,
                description="" if self.details.description else self.description,
                receipt_email=self.receipt_email,
                metadata=self.metadata,
                sites_keys=self.details.metadata.keys(),
            )
            bookings.refuse_second_open_intent(booking, wanted=wanted)
        elif self.retry_of is not None:
            retries.refuse_second(retries.lock(self.retry_of))
        if self.payment_method is not None and (
            self.payment_method.customer_id != self.customer.pk
            or not self.payment_method.is_attached
        ):
            raise NotFoundError(_("There is no such payment method."), path=("paymentMethodId",))
        texts = self._find_texts(booking, left_out)
        assert minor_units is not None
        assert currency is not None
        intent = StripePaymentIntent.objects.create(
            customer=self.customer,
            booking_id=booking.pk if booking else None,
            retry_of=self.retry_of,
            amount=minor_units,
            currency=currency,
            description=texts["description"],
            capture_method=self.capture_method,
            setup_future_usage=self._setup_future_usage,
            metadata={**self.metadata, **self.details.metadata},
            receipt_email=texts["receipt_email"],
            livemode=self.customer.livemode,
            account=self.customer.account,
        )
        operation.payment_intent = intent
        operation.customer = self.customer
        operation.unasked = [name for name, text in texts.items() if text and not self._asked(name)]
        operation.parameters = self._parameters(
            operation, intent, texts["statement_descriptor_suffix"]
        )

    def _asked(self, name: str) -> bool:
        if name == "description":
            return bool(self.description and not self.details.description)
        return name == "receipt_email" and self.receipt_email is not None

    def _find_texts(
        self, booking: AbstractBooking | None, left_out: Collection[str]
    ) -> dict[str, str]:
        """The requested texts, or else those that the site or we know: see Note [Nobody asked for
        it]."""
        known = {
            "description": self.details.description
            or make_storable(booking.description if booking else "", MAXIMUM_DESCRIPTION),
            "receipt_email": get_usable_email(self.user),
            "statement_descriptor_suffix": self.details.statement_descriptor_suffix,
        }
        asked = {"description": self.description, "receipt_email": self.receipt_email or ""}
        return {
            name: asked[name] if self._asked(name) else "" if name in left_out else known[name]
            for name in known
        }

    @property
    def _setup_future_usage(self) -> str:
        return "off_session" if self.save_payment_method else ""

    def _parameters(
        self, operation: Operation, intent: StripePaymentIntent, suffix: str
    ) -> dict[str, Any]:
        parameters: dict[str, Any] = {
            "amount": intent.amount,
            "currency": intent.currency.lower(),
            "customer": self.customer.stripe_customer_id,
            "capture_method": intent.capture_method,
            **get_offer_for_payment(
                currency=intent.currency,
                capture_method=intent.capture_method,
                is_to_be_saved=self.save_payment_method,
            ),
            "metadata": {
                **intent.metadata,
                **mirror.our_metadata(operation.pk, payment_intent=intent.pk),
            },
        }
        optional = {
            "description": intent.description,
            "receipt_email": intent.receipt_email,
            "statement_descriptor_suffix": suffix,
            "setup_future_usage": intent.setup_future_usage,
            "payment_method": self.payment_method and self.payment_method.stripe_payment_method_id,
        }
        return parameters | {name: value for name, value in optional.items() if value}


def _created(
    intent: StripePaymentIntent, answer: Mapping[str, Any] | None, *, replayed: bool
) -> CreatedPaymentIntent:
    client_secret = ""
    if answer:
        client_secret = answer["client_secret"]
    elif intent.is_payable:
        client_secret = read_payable_details(intent).client_secret
    return CreatedPaymentIntent(intent, client_secret, replayed)


def _check_capture_method(capture_method: str) -> str:
    if capture_method not in (CaptureMethod.AUTOMATIC, CaptureMethod.MANUAL):
        raise ValidationError(
            _("Capture method must be automatic or manual."), path=("captureMethod",)
        )
    return str(capture_method)
