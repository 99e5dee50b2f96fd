"""The plans of the documents that were executed last. See Note [Plans]."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from threading import Lock
from typing import Any

from graphql import (
    DirectiveNode,
    FragmentDefinitionNode,
    Node,
    OperationDefinitionNode,
    VariableNode,
)

from payments_graphql.conf import conf

from .context import Info

__all__ = ["Plans", "find_plans", "find_selection"]

_MOST_OPERATIONS = 256
_MOST_OF_A_KIND = 256
"""Of all operations together: each can be asked with many values of its directives and shapes of
its pages. A kept page takes some 50 KB, and what writes it 30 KB."""


class Bounded[Key, Value](OrderedDict[Key, Value]):
    """Forgets what was used the longest time ago."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._lock = Lock()

    def find(self, key: Key) -> Value | None:
        with self._lock:
            if key not in self:
                return None
            self.move_to_end(key)
            return self[key]

    def keep(self, key: Key, value: Value) -> Value:
        with self._lock:
            self[key] = value
            while len(self) > self._most:
                self.popitem(last=False)
        return value


class _OfOneOperation:
    """What is kept of one kind for `owner`, among that of all others."""

    def __init__(self, kept: Bounded[Any, Any], owner: "Plans") -> None:
        self._kept = kept
        self._owner = owner  # in each key, so that the nodes live whose ids are keys

    def find(self, key: Hashable) -> Any:
        return self._kept.find((self._owner, key))

    def keep(self, key: Hashable, value: Any) -> Any:
        return self._kept.keep((self._owner, key), value)


class Plans:
    """What is kept of one operation. `variables` are those of its directives, which decide what is
    selected."""

    def __init__(
        self, operation: OperationDefinitionNode, fragments: Iterable[FragmentDefinitionNode]
    ) -> None:
        self.operation = operation  # keeps the nodes alive, whose ids are keys
        self.variables = _list_variables([operation, *fragments])
        self.writers = _OfOneOperation(_writers, self)
        self.queries = _OfOneOperation(_queries, self)
        self.readings = _OfOneOperation(_readings, self)


_kept: Bounded[int, Plans] = Bounded(_MOST_OPERATIONS)
_writers: Bounded[Any, Any] = Bounded(_MOST_OF_A_KIND)
_queries: Bounded[Any, Any] = Bounded(_MOST_OF_A_KIND)
_readings: Bounded[Any, Any] = Bounded(_MOST_OF_A_KIND)


def find_plans(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Plans:
    plans = _kept.find(id(operation))
    if plans is None or plans.operation is not operation:
        plans = _kept.keep(id(operation), Plans(operation, fragments.values()))
    return plans


def find_selection(info: Info) -> tuple[Plans, Hashable] | None:
    """The plans of the operation, and what stands for the selection below the current field. None
    if plans are switched off."""
    if not conf.PAYMENTS_GRAPHQL_PLANS:
        return None
    raw = info._raw_info  # noqa: SLF001 (Strawberry has no other way to the fragments)
    plans = find_plans(raw.operation, raw.fragments)
    values = info.variable_values
    return plans, (
        tuple(map(id, raw.field_nodes)),
        tuple(values.get(name) for name in plans.variables),
    )


def _list_variables(nodes: Iterable[Node]) -> tuple[str, ...]:
    found = {
        argument.value.name.value
        for node in nodes
        for directive in _list_directives(node)
        for argument in directive.arguments or ()
        if isinstance(argument.value, VariableNode)
    }
    return tuple(sorted(found))


def _list_directives(node: Node) -> Iterator[DirectiveNode]:
    yield from getattr(node, "directives", None) or ()
    selection_set = getattr(node, "selection_set", None)
    for selection in selection_set.selections if selection_set else ():
        yield from _list_directives(selection)
