"""What people do with a payment, here and in Stripe's Dashboard."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.faults.lives.life import Life, numbers, whose

cards = st.sampled_from(
    [
        "pm_card_visa",
        "pm_card_chargeDeclined",
        "pm_card_threeDSecureRequired",
        "pm_card_createDispute",
        "pm_card_createDisputeInquiry",
        "pm_card_pendingRefund",
        "pm_card_refundFail",
        "pm_card_refundRequiresAction",
        "pm_card_chargeCustomerFail",
        "pm_card_authenticationRequiredOnSetup",
    ]
)


class PaymentRules(Life):
    """A payment's life."""

    @rule(is_ours=whose, is_manual=st.booleans(), is_saved=st.booleans())
    def create(self, is_ours: bool, is_manual: bool, is_saved: bool) -> None:
        values = {"save_payment_method": is_saved}
        if is_manual:
            values |= {"capture_method": "manual"}
        self.world.create(is_ours=is_ours, **values)

    @rule(is_ours=whose, number=numbers, card=cards, saved=st.none() | numbers)
    def confirm(self, is_ours: bool, number: int, card: str, saved: int | None) -> None:
        intent_id = self.pick("payment_intent", number)
        method = card if saved is None else self.pick("payment_method", saved) or card
        if intent_id is None:
            return
        intent = self.world.find_intent(intent_id)
        if is_ours and intent is not None:
            self.world.service.confirm_payment_intent(intent, payment_method=method)
        else:
            parameters = {"payment_method": method}
            self.world.ask("payment_intents", "confirm", intent_id, parameters)

    @rule(is_ours=whose, card=cards, is_manual=st.booleans(), is_saved=st.booleans())
    def pay(self, is_ours: bool, card: str, is_manual: bool, is_saved: bool) -> None:
        """The usual beginning, so that more examples test what comes after it."""
        self.create(is_ours, is_manual, is_saved)
        self.confirm(is_ours, -1, card, None)

    @rule(number=numbers, has_succeeded=st.booleans())
    def authenticate(self, number: int, has_succeeded: bool) -> None:
        intents = self.world.sandbox.list_objects("payment_intent")
        intents += self.world.sandbox.list_objects("setup_intent")
        asking = [one["id"] for one in intents if one["status"] == "requires_action"]
        if asking:
            self.world.sandbox.authenticate(
                asking[number % len(asking)], has_succeeded=has_succeeded
            )

    @rule(is_ours=whose, number=numbers, amount=st.sampled_from([None, 10, 40]))
    def capture(self, is_ours: bool, number: int, amount: int | None) -> None:
        intent_id = self.pick("payment_intent", number)
        if intent_id is None:
            return
        intent = self.world.find_intent(intent_id)
        if is_ours and intent is not None:
            self.world.service.capture_payment_intent(intent, amount=amount)
        else:
            parameters = {"amount_to_capture": amount * 100} if amount else {}
            self.world.ask("payment_intents", "capture", intent_id, parameters)

    @rule(is_ours=whose, number=numbers)
    def cancel(self, is_ours: bool, number: int) -> None:
        intent_id = self.pick("payment_intent", number)
        if intent_id is None:
            return
        intent = self.world.find_intent(intent_id)
        if is_ours and intent is not None:
            self.world.service.cancel_payment_intent(intent, reason="requested_by_customer")
        else:
            self.world.ask("payment_intents", "cancel", intent_id, {})

    @rule(number=numbers, description=st.sampled_from(["", "Lisbon", "Porto"]))
    def update(self, number: int, description: str) -> None:
        """Only our own cancel: Stripe has no event for it."""
        intent_id = self.pick("payment_intent", number)
        intent = self.world.find_intent(intent_id) if intent_id else None
        if intent is not None:
            self.world.service.update_payment_intent(intent, description=description)

    @rule(is_ours=whose, number=numbers, amount=st.sampled_from([None, 10, 25]))
    def refund(self, is_ours: bool, number: int, amount: int | None) -> None:
        intent_id = self.pick("payment_intent", number)
        if intent_id is None:
            return
        intent = self.world.find_intent(intent_id)
        if is_ours and intent is not None:
            self.world.service.create_refund(intent, amount=amount, reason="duplicate")
        else:
            parameters = {"amount": amount * 100} if amount else {}
            self.world.ask("refunds", "create", {**parameters, "payment_intent": intent_id})

    @rule(is_ours=whose, number=numbers)
    def cancel_refund(self, is_ours: bool, number: int) -> None:
        refund_id = self.pick("refund", number)
        refund = self.world.find_refund(refund_id) if refund_id else None
        if is_ours and refund is not None:
            self.world.service.cancel_refund(refund)
        elif refund_id:
            self.world.ask("refunds", "cancel", refund_id)
