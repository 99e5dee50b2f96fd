"""The context of a resource's function: the store, the time, new ids and the caller's key."""

from collections.abc import Callable
from dataclasses import dataclass

from payments_graphql.sandbox.errors import missing_resource
from payments_graphql.sandbox.identifiers import IdentifierFactory
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.multipart import Upload
from payments_graphql.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Transaction:
    """One API request or job, in one database transaction.

    Events show `request_id` and `idempotency_key`; both are None for jobs, such as a refund that
    succeeds later. `is_publishable` marks a request with a `pk_test_` key. `is_refund_limit_off` is
    a fault: refunds beyond the captured amount are accepted. `upload` is the file that was sent.
    """

    store: Store
    ids: IdentifierFactory
    base_url: str
    request_id: str | None = None
    idempotency_key: str | None = None
    is_publishable: bool = False
    is_refund_limit_off: bool = False
    upload: Upload | None = None

    @property
    def now(self) -> int:
        return int(self.store.now())

    def new_id(self, prefix: str) -> str:
        return self.ids.new(prefix)

    def find(
        self, kind: str, object_id: str, *, param: str = "id", in_path: bool = False
    ) -> JsonObject:
        """Return an object or raise Stripe's `resource_missing`."""
        found = self.store.get(kind, object_id)
        if found is None:
            raise missing_resource(_NOUNS.get(kind, kind), object_id, param=param, in_path=in_path)
        return found


# Makes a transaction for a job or an action.
type TransactionFactory = Callable[[], Transaction]

# Kinds that have another name in Stripe's messages.
_NOUNS = {
    "balance_transaction": "balance transaction",
    "payment_method": "PaymentMethod",
    "setup_intent": "setupintent",
}
