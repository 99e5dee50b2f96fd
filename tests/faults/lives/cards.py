"""What people do with saved cards and the customer."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.faults.lives.life import Life, numbers, setup_cards, whose


class CardRules(Life):
    """Saved cards and the customer."""

    @rule(is_ours=whose, card=st.none() | setup_cards)
    def set_up(self, is_ours: bool, card: str | None) -> None:
        if is_ours:
            self.world.service.create_setup_intent(user=self.world.user)
        else:
            kind = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
            customer = {"customer": self.world.customer_id}
            self.world.ask("setup_intents", "create", {**kind, **customer})
        setup_id = self.pick("setup_intent", -1)
        if card and setup_id:
            self.world.ask("setup_intents", "confirm", setup_id, {"payment_method": card})

    @rule(number=numbers, card=setup_cards)
    def confirm_setup(self, number: int, card: str) -> None:
        setup_id = self.pick("setup_intent", number)
        if setup_id:
            self.world.ask("setup_intents", "confirm", setup_id, {"payment_method": card})

    @rule(number=numbers)
    def cancel_setup(self, number: int) -> None:
        setup_id = self.pick("setup_intent", number)
        if setup_id:
            self.world.ask("setup_intents", "cancel", setup_id)

    @rule()
    def attach(self) -> None:
        customer = {"customer": self.world.customer_id}
        self.world.ask("payment_methods", "attach", "pm_card_mastercard", customer)

    @rule(is_ours=whose, number=numbers)
    def detach(self, is_ours: bool, number: int) -> None:
        method_id = self.pick("payment_method", number)
        method = self.world.find_method(method_id) if method_id else None
        if is_ours and method is not None:
            self.world.service.detach_payment_method(method)
        elif method_id:
            self.world.ask("payment_methods", "detach", method_id)

    @rule(is_ours=whose, number=numbers)
    def make_default(self, is_ours: bool, number: int) -> None:
        method_id = self.pick("payment_method", number)
        method = self.world.find_method(method_id) if method_id else None
        if is_ours and method is not None:
            self.world.service.set_default_payment_method(method)
        elif method_id:
            settings = {"invoice_settings": {"default_payment_method": method_id}}
            self.world.ask("customers", "update", self.world.customer_id, settings)

    @rule(number=numbers, year=st.sampled_from([2031, 2032]))
    def renew_card(self, number: int, year: int) -> None:
        method_id = self.pick("payment_method", number)
        if method_id:
            self.world.ask("payment_methods", "update", method_id, {"card": {"exp_year": year}})

    @rule(name=st.sampled_from(["Alice", "Alicia"]))
    def rename_customer(self, name: str) -> None:
        self.world.ask("customers", "update", self.world.customer_id, {"name": name})

    @rule(is_meant=st.sampled_from([False] * 7 + [True]))
    def delete_customer(self, is_meant: bool) -> None:
        if is_meant:
            self.world.ask("customers", "delete", self.world.customer_id)
