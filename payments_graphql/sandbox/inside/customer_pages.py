"""The pages that a shop's customer sees: the bank's, vouchers and receipts."""

from payments_graphql.sandbox.currencies import format_amount
from payments_graphql.sandbox.errors import ApiError, UnsavedError
from payments_graphql.sandbox.inside.answering import (
    PageRoute,
    fields,
    give,
    go_to,
    is_json,
)
from payments_graphql.sandbox.inside.frame import show_to_customer
from payments_graphql.sandbox.inside.html import Html, badge, fill, moment, table
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.resources import (
    authentication,
    bank_payments,
    confirmation,
    setup_confirmation,
)


class CustomerPages:
    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._new_transaction = parts.new_transaction
        self._on_change = parts.on_change

    def routes(self) -> list[PageRoute]:
        return [
            ("GET", "/_sandbox/receipts/([^/]+)", self.receipt),
            ("GET", "/_sandbox/authenticate/([^/]+)", self.ask),
            ("POST", "/_sandbox/authenticate/([^/]+)", self.authenticate),
            ("GET", "/_sandbox/vouchers/([^/]+)", self.voucher),
            ("POST", "/_sandbox/vouchers/([^/]+)", self.end_voucher),
            ("GET", "/_sandbox/microdeposits/([^/]+)", self.ask_for_code),
            ("POST", "/_sandbox/microdeposits/([^/]+)", self.verify),
        ]

    def receipt(self, request: HttpRequest, charge_id: str) -> HttpAnswer:
        """The page behind a charge's `receipt_url`."""
        del request
        charge = self._store.get("charge", charge_id)
        if charge is None:
            raise UnsavedError(f"No such charge: '{charge_id}'", status=404)
        currency = charge["currency"]
        rows = (
            ("Paid", format_amount(charge["amount_captured"], currency)),
            ("Refunded", format_amount(charge["amount_refunded"], currency)),
            ("Currency", currency.upper()),
            ("Description", charge["description"] or ""),
        )
        return show_to_customer("Receipt", table(("Charge", charge["id"]), rows))

    def ask(self, request: HttpRequest, intent_id: str) -> HttpAnswer:
        del request
        return _question(self._find_intent(intent_id))

    def authenticate(self, request: HttpRequest, intent_id: str) -> HttpAnswer:
        """Complete or fail the authentication, then send a browser back to the shop."""
        outcome = fields(request).get("outcome")
        if outcome not in {"succeed", "fail"}:
            raise UnsavedError("outcome must be succeed or fail.", param="outcome")
        with self._store.transaction():
            tx = self._new_transaction()
            try:
                intent = authentication.authenticate(
                    tx, self._find_intent(intent_id), has_succeeded=outcome == "succeed"
                )
            except ApiError as error:
                if not error.keeps_effects:
                    raise
                intent = self._find_intent(intent_id)
        self._on_change()
        address = authentication.return_address(intent)
        if is_json(request):
            return give({"id": intent_id, "status": intent["status"], "return_url": address})
        return go_to(address) if address else _question(intent)

    def voucher(self, request: HttpRequest, intent_id: str) -> HttpAnswer:
        """The page behind `hosted_voucher_url`."""
        del request
        return _voucher(self._find_intent(intent_id))

    def end_voucher(self, request: HttpRequest, intent_id: str) -> HttpAnswer:
        """`outcome` is `pay`, as the customer does at the bank, or `expire`."""
        outcome = fields(request).get("outcome")
        if outcome not in {"pay", "expire"}:
            raise UnsavedError("outcome must be pay or expire.", param="outcome")
        end = bank_payments.pay_voucher if outcome == "pay" else bank_payments.expire_voucher
        with self._store.transaction():
            intent = end(self._new_transaction(), self._find_intent(intent_id))
        self._on_change()
        if is_json(request):
            return give({"id": intent_id, "status": intent["status"]})
        return _voucher(intent)

    def ask_for_code(self, request: HttpRequest, intent_id: str) -> HttpAnswer:
        """The page behind `hosted_verification_url`."""
        del request
        return _deposit(self._find_intent(intent_id))

    def verify(self, request: HttpRequest, intent_id: str) -> HttpAnswer:
        """Verify the account with the code from its statement."""
        verify = (
            setup_confirmation.verify_microdeposits
            if intent_id.startswith("seti_")
            else confirmation.verify_microdeposits
        )
        code = {"descriptor_code": fields(request).get("descriptor_code", "")}
        with self._store.transaction():
            intent = verify(self._new_transaction(), code, intent_id)
        self._on_change()
        if is_json(request):
            return give({"id": intent_id, "status": intent["status"]})
        return _deposit(intent)

    def _find_intent(self, intent_id: str) -> JsonObject:
        found = authentication.find_intent(self._store, intent_id)
        if found is None:
            raise UnsavedError(f"No such intent: '{intent_id}'", status=404)
        return found


def _question(intent: JsonObject) -> HttpAnswer:
    """The bank's page, with a button for each outcome."""
    what = _what_is_authenticated(intent)
    if intent["status"] != "requires_action":
        return _nothing_left("3-D Secure", what, "There is nothing to authenticate.", intent)
    # Otherwise it is 3-D Secure, which may also be a redirect.
    is_redirect = bool(intent.get("_leads_to_bank"))
    title = "iDEAL" if is_redirect else "3-D Secure"
    yes, no = (
        ("Authorize test payment", "Fail test payment") if is_redirect else ("Complete", "Fail")
    )
    return show_to_customer(
        title,
        fill("<p>Test authentication: {}.</p>", what),
        fill(
            '<form method="post" class="choices"><button name="outcome" value="succeed">{}'
            '</button><button name="outcome" value="fail">{}</button></form>',
            yes,
            no,
        ),
    )


def _voucher(intent: JsonObject) -> HttpAnswer:
    what = _what_is_authenticated(intent)
    if intent["object"] != "payment_intent" or not bank_payments.has_voucher(intent):
        return _nothing_left("Boleto", what, "There is no open voucher.", intent)
    details = intent["next_action"]["boleto_display_details"]
    rows = (("Number", details["number"]), ("Pay until", moment(details["expires_at"])))
    return show_to_customer(
        "Boleto",
        fill("<p>Test voucher: {}.</p>", what),
        table(("Voucher", intent["id"]), rows),
        Html(
            '<form method="post" class="choices"><button name="outcome" value="pay">Pay</button>'
            '<button name="outcome" value="expire">Let it expire</button></form>'
        ),
    )


def _deposit(intent: JsonObject) -> HttpAnswer:
    what = _what_is_authenticated(intent)
    action = intent["next_action"] or {}
    if action.get("type") != "verify_with_microdeposits":
        return _nothing_left("Bank account", what, "There is nothing to verify.", intent)
    return show_to_customer(
        "Bank account",
        fill("<p>{}. Enter the code of the micro-deposit. The correct one is SM11AA.</p>", what),
        Html(
            '<form method="post" class="fields"><label>Code<input name="descriptor_code" size="8">'
            "</label><button>Verify</button></form>"
        ),
    )


def _nothing_left(title: str, what: str, reason: str, intent: JsonObject) -> HttpAnswer:
    status = badge(intent["status"])
    return show_to_customer(title, fill("<p>{}. {} Status: {}</p>", what, reason, status))


def _what_is_authenticated(intent: JsonObject) -> str:
    if intent["object"] == "setup_intent":
        return "Saving a card for later payments"
    amount = format_amount(intent["amount"], intent["currency"])
    return f"Payment of {amount} {intent['currency'].upper()}"
