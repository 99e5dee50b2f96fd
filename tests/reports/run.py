"""A whole day of a visitor and of staff: every mutation, every fault, webhooks, the admin."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from django.contrib.auth.models import User
from django.test import Client

from payments_graphql.models import (
    Operation,
    RefundRequest,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile
from tests import faulty_stripe
from tests.faults.mutations import global_id, write_body
from tests.reports import values

MUTATIONS = {
    "acceptDispute": "dispute { id }",
    "approveRefund": "refundRequest { id } refund { id }",
    "cancelPaymentIntent": "paymentIntent { id }",
    "cancelRefund": "refund { id }",
    "capturePaymentIntent": "paymentIntent { id }",
    "confirmPaymentIntent": "paymentIntent { id nextAction { type } }",
    "createPaymentIntent": "paymentIntent { id clientSecret description metadata { value } }",
    "createRefund": "refund { id } refundRequest { id }",
    "createSetupIntent": "setupIntent { id clientSecret }",
    "detachPaymentMethod": "paymentMethod { id }",
    "rejectRefund": "refundRequest { id note }",
    "setDefaultPaymentMethod": "paymentMethod { id }",
    "submitDisputeEvidence": "dispute { id }",
    "updatePaymentIntent": "paymentIntent { id description }",
}
FAULTS = (
    faulty_stripe.RESET_AFTER_EFFECT,
    faulty_stripe.ERROR_500_AFTER_EFFECT,
    faulty_stripe.ERROR_500,
    faulty_stripe.BAD_GATEWAY,
    faulty_stripe.NOT_JSON,
    faulty_stripe.TOO_MANY,
    faulty_stripe.CONFLICT,
    faulty_stripe.UNAUTHORIZED,
    faulty_stripe.OTHER_REQUEST,
    faulty_stripe.Fault(
        400,
        body={
            "type": "invalid_request_error",
            "code": "email_invalid",
            "message": f"Invalid email address: {values.RECEIPT_EMAIL}, card {values.CARD_NUMBER}",
        },
    ),
)


class Run:
    """`secrets` are those that the run itself produced, such as a token."""

    def __init__(self, stripe: Any, visitor: User, staff: User, deliver: Any, events: Any) -> None:
        self.stripe, self.visitor = stripe, visitor
        self.deliver, self.events = deliver, events
        self.keys = 0
        self.done: set[str] = set()
        self.staff = Client(raise_request_exception=False)
        self.staff.force_login(staff)
        second = User.objects.create_user("second", is_staff=True)
        second.user_permissions.set(staff.user_permissions.all())
        self.second = Client()
        self.second.force_login(second)
        self.token = self.sign_in()
        self.secrets = (self.token, self.staff.cookies["sessionid"].value)

    def sign_in(self) -> str:
        body = {"username": self.visitor.username, "password": values.PASSWORD}
        path = "/api/auth/login/?next=Kunigunde"
        answer = Client().post(path, body, content_type="application/json")
        Client().post(path, body | {"password": "Gundula"}, content_type="application/json")
        return str(answer.json()["token"])

    def ask(self, body: Any, client: Client | None = None) -> Any:
        headers = {
            "User-Agent": f"Browser of {values.PERSON['email']} " + "x" * 5_000,
            "X-Request-ID": values.PERSON["email"],
            "Sec-Fetch-Site": "same-origin",
        }
        if client is None:
            client, headers["Authorization"] = Client(), f"Token {self.token}"
        return client.post(
            f"/graphql/?token={self.token}&guest=Theobald",
            orjson.dumps(body),
            content_type="application/json",
            headers=headers,
        ).json()

    def mutate(self, name: str, client: Client | None = None, **input_: Any) -> Any:
        self.done.add(name)
        if name.startswith("create"):
            self.keys += 1
            input_["idempotencyKey"] = f"key-{self.keys}"
        answer = self.ask(write_body(name, MUTATIONS[name], input_), client)
        return answer["data"][name] if answer.get("data") else answer

    def create(self, **input_: Any) -> StripePaymentIntent:
        payload = self.mutate(
            "createPaymentIntent",
            amount="20.00",
            currency="USD",
            description=values.DESCRIPTION,
            metadata=[{"key": key, "value": value} for key, value in values.METADATA.items()],
            receiptEmail=values.RECEIPT_EMAIL,
            **input_,
        )
        assert payload["errors"] == [], payload
        return StripePaymentIntent.objects.latest("created_at")

    def confirm(self, intent: StripePaymentIntent, method: str = "pm_card_visa") -> Any:
        input_ = {"paymentIntentId": global_id("PaymentIntent", intent)}
        return self.mutate("confirmPaymentIntent", stripePaymentMethodId=method, **input_)

    def refund(self, intent: StripePaymentIntent, client: Client | None = None, **more: Any) -> Any:
        input_ = {"paymentIntentId": global_id("PaymentIntent", intent), "amount": "1.00", **more}
        return self.mutate("createRefund", client, description=values.NOTE, **input_)

    def everything(self) -> None:
        paid = self.create()
        self.confirm(paid)
        self.pay_in_odd_ways()
        self.save_a_card()
        for fault in FAULTS:
            self.fail(fault, paid)
        self.do_what_staff_does(paid)
        self.read(paid)
        self.answer_a_dispute()
        self.receive_events()
        assert self.done == set(MUTATIONS)

    def pay_in_odd_ways(self) -> None:
        for method in (
            "pm_card_chargeDeclined",
            values.CARD_NUMBER,
            "pm_card_threeDSecureRequired",
        ):
            self.confirm(self.create(), method)

    def save_a_card(self) -> None:
        self.mutate("createSetupIntent")
        kept = self.create(savePaymentMethod=True)
        self.confirm(kept)
        kept.refresh_from_db()
        method = {"paymentMethodId": global_id("PaymentMethod", kept.payment_method)}
        self.mutate("setDefaultPaymentMethod", **method)
        self.mutate("detachPaymentMethod", **method)

    def fail(self, fault: faulty_stripe.Fault, paid: StripePaymentIntent) -> None:
        open_ = self.create()
        attempts: list[Callable[[], Any]] = [
            lambda: self.mutate("createPaymentIntent", amount="9.00", currency="USD",
                                description=values.DESCRIPTION, receiptEmail=values.RECEIPT_EMAIL),
            lambda: self.refund(paid),
            lambda: self.confirm(open_),
            lambda: self.mutate("createSetupIntent"),
        ]  # fmt: skip
        for attempt in attempts:
            self.stripe.always = fault
            attempt()
            self.stripe.always = None
        Operation.objects.exclude(state__in=("succeeded", "failed")).update(
            next_attempt_at="2020-01-01T00:00:00Z"
        )
        reconcile()

    def do_what_staff_does(self, paid: StripePaymentIntent) -> None:
        self.refund(paid, self.staff)
        refund = StripeRefund.objects.latest("created_at")
        self.mutate("cancelRefund", self.staff, refundId=global_id("Refund", refund))
        for name, note in (("approveRefund", {}), ("rejectRefund", {"note": values.NOTE})):
            self.refund(paid, self.staff, requestApproval=True)
            asked = global_id("RefundRequest", RefundRequest.objects.latest("created_at"))
            assert self.mutate(name, self.second, refundRequestId=asked, **note)["errors"] == []
        intent = {"paymentIntentId": global_id("PaymentIntent", paid)}
        self.mutate("capturePaymentIntent", self.staff, **intent)
        self.mutate("updatePaymentIntent", self.staff, description=values.DESCRIPTION, **intent)
        waiting = global_id("PaymentIntent", self.create())
        self.mutate("cancelPaymentIntent", paymentIntentId=waiting)
        for searched in (values.PERSON["last_name"], values.PERSON["email"]):
            self.staff.get("/admin/payments_graphql/stripepaymentintent/", {"q": searched})
        self.staff.get(f"/nowhere/{values.PERSON['email']}/?q=Gundula")

    def read(self, paid: StripePaymentIntent) -> None:
        """With values in the document itself, and with errors."""
        name = values.PERSON["last_name"]
        for query in (
            f'{{ me {{ username }} booking(reference: "{name}") {{ id }} }}',
            f'{{ {name}: me {{ username }} node(id: "{name}") {{ id }} }}',
            f'query Find {{ nonsense(email: "{values.PERSON["email"]}") }}',
            f"{{ me {{ username }} }} # {name}",
        ):
            self.ask({"query": query})

    def answer_a_dispute(self) -> None:
        self.confirm(self.create(), "pm_card_createDispute")
        reconcile()
        dispute = {"disputeId": global_id("Dispute", StripeDispute.objects.get())}
        evidence = [{"name": key.upper(), "value": value} for key, value in values.EVIDENCE.items()]
        self.mutate("submitDisputeEvidence", self.staff, evidence=evidence, submit=False, **dispute)
        self.mutate("acceptDispute", self.staff, **dispute)

    def receive_events(self) -> None:
        news = self.events()
        assert "_secret_" in json.dumps(news)
        for event in news:
            with suppress(AssertionError):
                self.deliver(event)
            with suppress(AssertionError):
                self.deliver(event, secret="whsec_of_a_forger")
        failing = StripeWebhookEvent.objects.filter(type="payment_intent.succeeded").first()
        assert failing is not None
        assert failing.payload is not None
        failing.payload["data"]["object"]["latest_charge"] = {"email": values.PERSON["email"]}
        failing.state, failing.next_attempt_at = "failed", failing.stripe_created
        failing.save()
        reconcile()
