"""A row of every model that the admin shows."""

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from payments_graphql.models import (
    Booking,
    CauseKind,
    DriftFinding,
    EventState,
    Operation,
    OperationKind,
    OperationState,
    RefundRequest,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
)

MACHINE_OWNED = (
    DriftFinding,
    Operation,
    RefundRequest,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
)
ALL = (*MACHINE_OWNED, Booking)

CLIENT_SECRET = "pi_1_secret_2xYzAbCdEf"


def make_payment(number: int) -> StripePaymentIntent:
    """One row of every model, each with secrets that should never have been stored."""
    user = User.objects.create_user(f"user{number}", f"user{number}@example.com")
    booking = Booking.objects.create(
        reference=f"REF-{number}", user=user, amount=5000, currency="USD", description=CLIENT_SECRET
    )
    customer = StripeCustomer.objects.create(user=user, stripe_customer_id=f"cus_{number}")
    method = StripePaymentMethod.objects.create(
        customer=customer, stripe_payment_method_id=f"pm_{number}", brand="visa", last4="4242",
        exp_month=1, exp_year=2024,
    )  # fmt: skip
    customer.default_payment_method = method
    customer.save()
    intent = StripePaymentIntent.objects.create(
        customer=customer, booking=booking, payment_method=method, amount=5000,
        amount_received=5000, currency="USD", status="succeeded",
        stripe_payment_intent_id=f"pi_{number}", receipt_email=f"user{number}@example.com",
        description="card 4242424242424242", metadata={"note": "sk_live_51Habc"},
        last_error={"message": f"declined {CLIENT_SECRET}"},
    )  # fmt: skip
    refund = StripeRefund.objects.create(
        payment_intent=intent, amount=1000, currency="USD", status="succeeded",
        stripe_refund_id=f"re_{number}", description=f"for user{number}@example.com",
    )  # fmt: skip
    RefundRequest.objects.create(
        payment_intent=intent, amount=1000, currency="USD", actor=f"user:{user.pk}", user=user,
        key=f"key sk_live_51Habc {number}", description=f"for user{number}@example.com",
    )  # fmt: skip
    dispute = StripeDispute.objects.create(
        payment_intent=intent, amount=2500, currency="USD", status="needs_response",
        stripe_dispute_id=f"du_{number}", reason="fraudulent", evidence_due_by=timezone.now(),
    )  # fmt: skip
    setup_intent = StripeSetupIntent.objects.create(
        customer=customer, payment_method=method, status="requires_payment_method",
        stripe_setup_intent_id=f"seti_{number}", last_error={"message": f"no {CLIENT_SECRET}"},
    )  # fmt: skip
    StatusChange.objects.create(
        payment_intent=intent, refund=refund, dispute=dispute, setup_intent=setup_intent,
        to_status="succeeded",
        cause_kind=CauseKind.EVENT, cause_id="evt_1", occurred_at=timezone.now(),
    )  # fmt: skip
    Operation.objects.create(
        actor=f"user:{user.pk}", key=f"key sk_live_51Habc {number}", input_hash="0",
        kind=OperationKind.CREATE_REFUND, state=OperationState.FAILED, payment_intent=intent,
        customer=customer, refund=refund, payment_method=method, dispute=dispute,
        setup_intent=setup_intent,
        parameters={"receipt_email": f"user{number}@example.com", "client_secret": CLIENT_SECRET},
        error={"message": "card 4242424242424242"},
        created_at=timezone.now(),
    )  # fmt: skip
    StripeWebhookEvent.objects.create(
        event_id=f"evt_{number}", type="payment_intent.succeeded", object_id=f"pi_{number}",
        state=EventState.FAILED, error=f"ValueError: {CLIENT_SECRET}",
        stripe_created=timezone.now(),
        payload={"data": {"object": {"client_secret": CLIENT_SECRET, "email": "a@example.com"}}},
        received_at=timezone.now(),
    )  # fmt: skip
    DriftFinding.objects.create(
        object_type="payment_intent", stripe_id=f"pi_{number}", verdict="differs",
        details=f"Stripe has {CLIENT_SECRET}", amount=5000, currency="USD",
        found_at=timezone.now(), compared_at=timezone.now(),
    )  # fmt: skip
    return intent


def get_name(model: Any) -> str:
    return str(model._meta.model_name)
