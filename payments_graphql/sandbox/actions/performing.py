"""Performs actions: finds the object, checks that its status allows the action, and does it."""

from collections.abc import Callable
from typing import Any

from payments_graphql.sandbox.actions.kinds import Action, list_actions
from payments_graphql.sandbox.errors import InvalidParameterError, missing_resource
from payments_graphql.sandbox.jobs import Scheduler
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.own_requests import OwnRequests
from payments_graphql.sandbox.store import Store, load
from payments_graphql.sandbox.transaction import Transaction, TransactionFactory


class Actions:
    """What the pages and `Sandbox.act` do to objects."""

    def __init__(
        self,
        api: OwnRequests,
        store: Store,
        scheduler: Scheduler,
        new_transaction: TransactionFactory,
        on_change: Callable[[], None],
    ) -> None:
        self.api = api
        self._store = store
        self._scheduler = scheduler
        self._new_transaction = new_transaction
        self._on_change = on_change

    def find(self, object_id: str) -> JsonObject:
        """Return an object with its private fields; ApiError with status 404 if it is missing."""
        row = self._store.first("SELECT body FROM objects WHERE id = ?", object_id)
        if row is None:
            raise missing_resource("object", object_id, in_path=True)
        return load(row["body"])

    def list_for(self, one: JsonObject) -> list[Action]:
        """Return what can be done to an object now."""
        charge_id = one.get("latest_charge") if one.get("object") == "payment_intent" else None
        charge = self._store.get("charge", charge_id) if charge_id else None
        return list_actions(one, charge)

    def perform(self, object_id: str, name: str, values: dict[str, Any]) -> JsonObject:
        """Do an action and return the object as it is afterwards; ApiError if it is refused."""
        one = self.find(object_id)
        possible = {action.name: action for action in self.list_for(one)}
        action = possible.get(name)
        if action is None:
            what = one.get("object", "object").replace("_", " ")
            status = f" with the status {one['status']}" if "status" in one else ""
            fitting = ", ".join(possible) or "none"
            raise InvalidParameterError(
                f"action can't be {name[:50]} for a {what}{status}. Possible: {fitting}.",
                param="action",
            )
        field = action.field.name if action.field else ""
        value = values.get(field)
        action.perform(self, one, {} if value is None or value == "" else {field: str(value)})
        return self.find(object_id)

    def run_job(self, name: str, object_id: str) -> None:
        self._scheduler.run_now(name, object_id)

    def change[Result](self, function: Callable[[Transaction], Result]) -> Result:
        with self._store.transaction():
            result = function(self._new_transaction())
        self._on_change()
        return result
