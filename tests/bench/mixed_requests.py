"""The page of 20, between requests that fill caches: other people, variables and documents."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench.asking import Asking
from tests.bench.load import Client
from tests.bench.queries import OWN
from tests.bench.site import GRAPHQL_PATH

_FIELDS = (
    "id", "stripePaymentIntentId", "status", "amount", "currency", "description", "createdAt",
    "paymentMethod { id brand last4 }", "booking { id reference }", "refunds { id amount status }",
)  # fmt: skip
_FILTERED = f"""query Filtered($first: Int!, $filter: PaymentIntentFilter!) {{
  paymentIntents(first: $first, filter: $filter) {{
    nodes {{ {" ".join(_FIELDS)} }}
  }}
}}"""


_STANDING = 200
"""Documents that are sent again, each time for a page of another size."""


@dataclass(frozen=True)
class Mixed:
    """Of ten requests, seven ask for the page of 20 and three for something else. In every fourth
    ten, one of the seven is a document that nobody has sent before. `first` is added to each
    number."""

    tokens: Sequence[str]
    first: int = 0

    async def __call__(self, client: Client, number: int) -> str:
        return await self._make(self.first + number)(client, number)

    def _make(self, number: int) -> Asking:
        ten, place = divmod(number, 10)
        token = self.tokens[ten % len(self.tokens)]
        other_size = {"first": 1 + (ten + ten // _STANDING) % 50}
        match place:
            case 3:
                return _ask(_invent(ten % _STANDING), other_size, token)
            case 7:
                return _ask(OWN, other_size, token)
            case 8:
                amount = {"currency": "USD", "minimum": f"{ten % 20}.00"}
                return _ask(_FILTERED, other_size | {"filter": {"amount": amount}}, token)
            case 9 if ten % 4 == 0:
                return _ask(_invent(_STANDING + ten), other_size, token)
            case _:
                return _ask(OWN, {"first": 20}, token)


def _invent(number: int) -> str:
    """A document that no other number has."""
    fields = random.Random(number).sample(_FIELDS, 4)
    page = f"paymentIntents(first: $first) {{ nodes {{ {' '.join(fields)} }} }}"
    return f"query Invented($first: Int!) {{ of{number}: {page} }}"


def _ask(document: str, variables: Mapping[str, object], token: str) -> Asking:
    return Asking.make(GRAPHQL_PATH, document, variables, token)
