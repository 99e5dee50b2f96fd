"""The faults of a delivery: https://docs.stripe.com/webhooks#best-practices."""

from collections.abc import Sequence
from dataclasses import dataclass

from payments_graphql.sandbox.event_versions import in_version
from payments_graphql.sandbox.faults.kinds import FaultKind
from payments_graphql.sandbox.faults.registry import WebhookFault
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """How one delivery is sent: delayed, changed, several times or never."""

    faults: Sequence[WebhookFault]

    @property
    def is_dropped(self) -> bool:
        return self._find(FaultKind.WEBHOOK_DROPPED) is not None

    @property
    def is_reordered(self) -> bool:
        return self._find(FaultKind.WEBHOOK_REORDERED) is not None

    @property
    def delay(self) -> float:
        """Seconds of the sandbox's clock."""
        late = (FaultKind.WEBHOOK_DELAYED, FaultKind.WEBHOOK_REORDERED)
        return sum(fault.delay for fault in self.faults if fault.kind in late)

    @property
    def copies(self) -> int:
        return 2 if self._find(FaultKind.WEBHOOK_DUPLICATED) else 1

    def secrets(self, own: str) -> list[str]:
        if fault := self._find(FaultKind.WEBHOOK_OLD_SECRET):
            return [fault.secret]
        if fault := self._find(FaultKind.WEBHOOK_TWO_SECRETS):
            return [fault.secret, own]
        return [own]

    def shape(self, store: Store, event: JsonObject, version: str | None) -> JsonObject:
        """Return the payload for an endpoint with an API version."""
        other = self._find(FaultKind.WEBHOOK_OTHER_VERSION)
        payload = in_version(store, event, other.api_version if other else version)
        if self._find(FaultKind.WEBHOOK_LIVEMODE) is None:
            return payload
        subject = payload["data"]["object"] | {"livemode": True}
        return payload | {"livemode": True, "data": payload["data"] | {"object": subject}}

    def _find(self, kind: FaultKind) -> WebhookFault | None:
        return next((fault for fault in self.faults if fault.kind is kind), None)
