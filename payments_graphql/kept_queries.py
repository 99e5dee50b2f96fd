"""Querysets whose SQL is made once.

Note [Kept SQL]
Django makes the text of a statement from the columns, joins and conditions of its queryset, every
time. For a list that was read before it is the same text, with other values. A `KeptQuery` keeps
the text, and puts new values in the places where the first ones were. Everything else is Django's:
the connection, the conversion of the columns, the instances and what is prefetched.

A value is found by itself among the parameters, so nothing is kept (`NotKept`) if a value could be
mistaken for another parameter, or is stored in another form, as UUIDs and times are on SQLite.
"""

import copy
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import F, Lookup, QuerySet

__all__ = ["KeptQueries", "KeptQuery", "Keys", "NotKept", "is_one_of"]


class Keys(list[Any]):
    """Several keys that are one parameter of a statement: see `is_one_of`. Compared by
    identity."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # a list has none
    __eq__ = object.__eq__


_OF_ONE_REQUEST = {UUID, datetime}
"""A parameter of these types is not the same for everybody."""
_KEPT = {UUID, datetime, int, str, Keys}
_MOST_KEPT = 16
"""Statements in one `KeptQueries`: for each mode and account of the process."""


class NotKept(Exception):
    """The values cannot be found among the parameters of the statement."""


class NoStatement(NotKept):
    """With these values there are no rows, so Django makes no statement. With others it does."""


class KeptQuery:
    """`of_this_caller` must not be in the statement, which is for everybody."""

    def __init__(self, rows: QuerySet[Any], values: Sequence[Any], *, of_this_caller: Any) -> None:
        self._rows = rows.all()  # those of this caller are not kept
        self._compiler = rows.query.get_compiler(using=rows.db)
        try:
            self._sql, parameters = self._compiler.as_sql()
        except EmptyResultSet:
            raise NoStatement from None
        self._parameters = tuple(parameters)
        if any(type(one) is type(of_this_caller) and one == of_this_caller for one in parameters):
            raise NotKept
        self._places = _find_places(self._parameters, values)

    def read(self, values: Sequence[Any]) -> list[Any]:
        parameters = list(self._parameters)
        for place, value in self._places:
            parameters[place] = values[value]
        rows: Any = QuerySet.__new__(type(self._rows))
        prepared = _Prepared(self._compiler, self._sql, tuple(parameters))
        # To copy a queryset would read its rows, and to set its query would forget `flat`.
        rows.__dict__.update(vars(self._rows), _query=prepared)
        return list(rows)


class KeptQueries:
    """One statement for each key, which must contain all that decides about its text, except the
    values."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, KeptQuery | None] = {}

    def read(
        self, key: Hashable, values: Sequence[Any], make_rows: Callable[[], QuerySet[Any]]
    ) -> list[Any]:
        """The rows of `make_rows`, which is only called while there is no statement for them."""
        kept = self._kept.get(key)
        if kept is not None:
            return kept.read(values)
        rows = make_rows()
        if key not in self._kept:
            self._keep(key, rows, values)
        return list(rows)

    def _keep(self, key: Hashable, rows: QuerySet[Any], values: Sequence[Any]) -> None:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        try:
            self._kept[key] = KeptQuery(rows, values, of_this_caller=None)
        except NoStatement:
            pass
        except NotKept:
            self._kept[key] = None


def is_one_of(column: str, keys: Keys) -> "Lookup[Any]":
    """For PostgreSQL: a condition with one parameter for all keys, so that its text is the same for
    every number of them, and short."""
    return _IsOneOf(F(column), keys)


class _IsOneOf(Lookup):
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*parameters, self.rhs]


def _find_places(parameters: Sequence[Any], values: Sequence[Any]) -> list[tuple[int, int]]:
    """The places of the `values` among the parameters. Raises `NotKept`."""
    types = {type(one) for one in values}
    if len(set(values)) != len(values) or not types <= _KEPT:
        raise NotKept
    positions = {value: position for position, value in enumerate(values)}
    mistakable = [
        (place, parameter)
        for place, parameter in enumerate(parameters)
        if type(parameter) in types | _OF_ONE_REQUEST
    ]
    found = [(place, positions.get(parameter)) for place, parameter in mistakable]
    if {position for _, position in found} != set(positions.values()):
        raise NotKept
    return found  # type: ignore[return-value]  # no position is missing, as just checked


class _Prepared:
    """Stands for the `Query` of a queryset: its compiler has made the statement already."""

    def __init__(self, compiler: Any, sql: str, parameters: tuple[Any, ...]) -> None:
        self._compiler = compiler
        self._statement = sql, parameters

    def get_compiler(self, using: str, **_: Any) -> Any:
        compiler = copy.copy(self._compiler)
        compiler.connection = connections[using]  # of this thread
        compiler.as_sql = lambda *_args, **_named: self._statement
        return compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiler.query, name)
