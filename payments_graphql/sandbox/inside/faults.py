"""The active faults, and a form to add one."""

from collections.abc import Iterator

from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.faults.kinds import FaultError, FaultKind
from payments_graphql.sandbox.faults.registry import Fault
from payments_graphql.sandbox.inside.answering import (
    PageRoute,
    fields,
    give,
    go_to,
    is_json,
    wants_page,
)
from payments_graphql.sandbox.inside.frame import Page, show
from payments_graphql.sandbox.inside.html import Html, button, fill, join, options, table
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest

_PATH = "/_sandbox/faults"
_HEADINGS = ("Kind", "Applies to", "Times left", "Probability", "Delay", "")


class FaultPages:
    def __init__(self, parts: Parts) -> None:
        self._faults = parts.faults

    def routes(self) -> list[PageRoute]:
        return [
            ("GET", _PATH, self.list_all),
            ("POST", _PATH, self.add),
            ("DELETE", _PATH, self.clear),
            ("DELETE", rf"{_PATH}/(\d{{1,15}})", self.remove),
            # For forms, which can't send DELETE.
            ("POST", f"{_PATH}/clear", self.clear),
            ("POST", rf"{_PATH}/(\d{{1,15}})/remove", self.remove),
        ]

    def list_all(self, request: HttpRequest) -> HttpAnswer | Page:
        faults = self._faults.active()
        if not wants_page(request):
            return give({"data": [fault.as_json() for fault in faults]})
        kinds = ((fill("<code>{}</code>", kind), kind.description) for kind in FaultKind)
        return show(
            "Faults",
            Html(
                "<p>A fault makes the sandbox misbehave, so that you can see what your site does "
                "then.</p><h2>Active faults</h2>"
            ),
            table(_HEADINGS, map(_cells, faults)),
            button(f"{_PATH}/clear", "Remove all") if faults else Html(""),
            Html("<h2>Add a fault</h2>"),
            _form(),
            Html("<h2>Kinds</h2>"),
            table(("Kind", "Effect"), kinds),
        )

    def add(self, request: HttpRequest) -> HttpAnswer:
        try:
            fault = self._faults.add_from(fields(request))
        except FaultError as error:
            raise UnsavedError(str(error)) from None
        return give(fault.as_json()) if is_json(request) else go_to(_PATH)

    def clear(self, request: HttpRequest) -> HttpAnswer:
        self._faults.clear()
        return self._removed(request)

    def remove(self, request: HttpRequest, fault_id: str) -> HttpAnswer:
        if not self._faults.remove(int(fault_id)):
            raise UnsavedError(f"No such fault: {fault_id}", status=404)
        return self._removed(request)

    def _removed(self, request: HttpRequest) -> HttpAnswer:
        if request.method == "DELETE" or is_json(request):
            return give({"data": [fault.as_json() for fault in self._faults.active()]})
        return go_to(_PATH)


def _cells(fault: Fault) -> Iterator[object]:
    yield fill("<code>{}</code>", fault.kind)
    if fault.kind.is_for_webhooks:
        yield f"events {fault.event}"
    else:
        yield f"{fault.method or 'any method'} {fault.path}"
    yield "unlimited" if fault.times is None else fault.times
    yield fault.probability
    yield "" if fault.delay is None else f"{fault.delay:g} s"
    yield button(f"{_PATH}/{fault.id}/remove", "Remove")


def _form() -> Html:
    kinds = options((kind.value, kind.value) for kind in FaultKind)
    inputs = join(
        fill('<label>{}<input name="{}" size="{}"></label>', label, name, size)
        for name, label, size in (
            ("method", "Method", 6),
            ("path", "Path (* matches anything)", 26),
            ("event", "Event (for webhooks)", 22),
            ("times", "Times", 4),
            ("probability", "Probability", 6),
            ("delay", "Delay (s)", 5),
            ("spread", "Spread (s)", 5),
            ("retry_after", "Retry after (s)", 5),
        )
    )
    return fill(
        '<form class="fields" method="post" action="{}"><label>Kind<select name="kind">{}</select>'
        "</label>{}<button>Add</button></form>",
        _PATH,
        kinds,
        inputs,
    )
