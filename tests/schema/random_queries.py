"""Random queries: every field, with aliases, fragments and directives."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

_CALL_STRIPE = ("clientSecret", "nextAction")
_DEEPEST = 6
VARIABLES = {"yes": True, "no": False}


class RandomQuery:
    """`text` selects some of `roots`: the root fields with their arguments."""

    def __init__(self, schema: GraphQLSchema, random: Random, roots: dict[str, list[str]]) -> None:
        self._schema = schema
        self._random = random
        self._fragments: list[str] = []
        self._aliases = 0
        assert schema.query_type is not None
        fields = [
            self._write_root(schema.query_type, random.choice(list(roots)), roots)
            for _ in range(random.randint(1, 2))
        ]
        operation = f"query Q($yes: Boolean!, $no: Boolean!) {{ {' '.join(fields)} }}"
        # Both variables must be used.
        used = (
            "fragment Used on Query { a: __typename @skip(if: $yes) b: __typename @skip(if: $no) }"
        )
        operation = f"{operation[:-1]} ...Used }}"
        self.text = "\n".join([operation, used, *self._fragments])

    def _write_root(self, query: GraphQLObjectType, name: str, roots: dict[str, list[str]]) -> str:
        arguments = self._random.choice(roots[name])
        below = self._select(get_named_type(query.fields[name].type), 1)
        return f"{self._make_alias()}{name}{arguments} {below}"

    def _select(self, type_: GraphQLNamedType, depth: int) -> str:
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return ""
        chosen = [part for part in self._list_parts(type_, depth) if self._random.random() < 0.4]
        return f"{{ {' '.join(chosen or ['__typename'])} }}"

    def _list_parts(
        self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int
    ) -> Iterator[str]:
        for name, field in type_.fields.items():
            named = get_named_type(field.type)
            has_fields = isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
            if name in _CALL_STRIPE or field.args or (has_fields and depth >= _DEEPEST):
                continue
            if has_fields and self._random.random() < 0.5:
                continue
            below = self._select(named, depth + 1)
            yield f"{self._make_alias()}{name}{self._make_directive()} {below}"
        yield f"{self._make_alias()}__typename"
        if depth < _DEEPEST and self._random.random() < 0.5:
            yield self._write_fragment(type_, depth)

    def _write_fragment(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        shown: GraphQLNamedType = type_
        if isinstance(type_, GraphQLInterfaceType):
            possible = self._schema.get_possible_types(type_)
            shown = self._random.choice(list(possible))
        below = self._select(shown, depth + 1)
        if self._random.random() < 0.5:
            return f"... on {shown.name} {self._make_directive()} {below}"
        name = f"F{len(self._fragments)}x{self._random.randrange(10**9)}"
        self._fragments.append(f"fragment {name} on {shown.name} {below}")
        return f"...{name}{self._make_directive()}"

    def _make_alias(self) -> str:
        """Always different, so that two fields never conflict."""
        self._aliases += 1
        return f"a{self._aliases}: "

    def _make_directive(self) -> str:
        choices: list[Callable[[], str]] = [
            lambda: " @include(if: $yes)",
            lambda: " @include(if: $no)",
            lambda: " @skip(if: $no)",
            lambda: " @skip(if: false)",
        ]
        return self._random.choice(choices)() if self._random.random() < 0.1 else ""


def list_roots(ids: dict[str, Any]) -> dict[str, list[str]]:
    """The root fields with the arguments to choose from. `ids` are global ids by type."""
    pages = ["", "(first: 2)", "(last: 2)", "(scope: ALL)", "(first: 1, scope: ALL)"]
    pages += ["(orderBy: CREATED_AT_ASC)", "(first: 0)", '(after: "nonsense")']
    of_payment = [f'(by: {{id: "{one}"}})' for one in ids["PaymentIntent"]]
    everything = [one for some in ids.values() for one in some]
    several = ", ".join(f'"{one}"' for one in (*everything, "nonsense"))
    return {
        "paymentIntents": pages,
        "refunds": pages,
        "refundRequests": pages,
        "disputes": pages,
        "bookings": pages,
        "paymentIntent": [*of_payment, '(by: {stripeId: "pi_1"}, scope: ALL)'],
        "booking": [f'(id: "{one}")' for one in ids["Booking"]],
        "setupIntent": [
            f'(id: "{one}"{scope})' for one in ids["SetupIntent"] for scope in ("", ", scope: ALL")
        ],
        "operation": ['(idempotencyKey: "key sk_live_51Habc 1")', '(idempotencyKey: "none")'],
        "node": [f'(id: "{one}")' for one in everything],
        "nodes": [f"(ids: [{several}])"],
        "paymentMethods": [""],
        "me": [""],
        "paymentsConfig": [""],
    }
