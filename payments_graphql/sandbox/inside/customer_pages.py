"""What a shop's customer sees of the sandbox: the bank's page of 3-D Secure, and receipts."""

from payments_graphql.sandbox.currencies import format_amount
from payments_graphql.sandbox.errors import ApiError, UnsavedError
from payments_graphql.sandbox.inside.answering import (
    PageRoute,
    fields,
    give,
    go_to,
    is_json,
    show_to_customer,
)
from payments_graphql.sandbox.inside.html import Html, badge, bare_page, fill, table
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.resources import authentication


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
        return show_to_customer(bare_page("Receipt", table(("Charge", charge["id"]), rows)))

    def ask(self, request: HttpRequest, intent_id: str) -> HttpAnswer:
        del request
        return show_to_customer(_question(self._find_intent(intent_id)))

    def authenticate(self, request: HttpRequest, intent_id: str) -> HttpAnswer:
        """Do what the bank's page does, then send a browser back to where it came from."""
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
        return go_to(address) if address else show_to_customer(_question(intent))

    def _find_intent(self, intent_id: str) -> JsonObject:
        found = authentication.find_intent(self._store, intent_id)
        if found is None:
            raise UnsavedError(f"No such intent: '{intent_id}'", status=404)
        return found


def _question(intent: JsonObject) -> Html:
    """Complete the authentication or fail it."""
    what = _what_is_authenticated(intent)
    if intent["status"] != "requires_action":
        status = badge(intent["status"])
        return bare_page(
            "3-D Secure", fill("<p>{}: nothing is to authenticate. It is {}.</p>", what, status)
        )
    return bare_page(
        "3-D Secure",
        fill("<p>Test authentication: {}.</p>", what),
        Html(
            '<form method="post" class="choices"><button name="outcome" value="succeed">Complete'
            '</button><button name="outcome" value="fail">Fail</button></form>'
        ),
    )


def _what_is_authenticated(intent: JsonObject) -> str:
    if intent["object"] == "setup_intent":
        return "Saving a card for later payments"
    amount = format_amount(intent["amount"], intent["currency"])
    return f"Payment of {amount} {intent['currency'].upper()}"
