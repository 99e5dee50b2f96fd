"""The active faults, and the requests and deliveries that they apply to."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any, Self

from payments_graphql.sandbox.faults.kinds import (
    DEFAULT_DELAYS,
    OLD_API_VERSION,
    OLD_SECRET,
    FaultError,
    FaultKind,
    check_options,
)
from payments_graphql.sandbox.json_object import JsonObject

# These only modify an answer, so several can apply to one request.
_MODIFIERS = (FaultKind.LATENCY, FaultKind.SHOULD_RETRY, FaultKind.REFUND_LIMIT_OFF)


@dataclass(eq=False, slots=True)
class Fault:
    """One active fault. As a context manager it is removed at the end.

    `method` and `path` choose requests, and `event` chooses webhooks; `*` matches anything. The
    fault applies with `probability`, at most `times` times. `delay` is in seconds, plus a random
    part of up to `spread`. It is in real time for requests and on the sandbox's clock for later
    effects.
    """

    kind: FaultKind
    method: str | None = None
    path: str = "*"
    event: str = "*"
    times: int | None = None
    probability: float = 1.0
    delay: float | None = None
    spread: float = 0.0
    status: int = 404
    retry_after: float | None = None
    should_retry: bool | None = None
    secret: str = OLD_SECRET
    api_version: str = OLD_API_VERSION
    id: int = 0
    switch_off: Callable[[], object] = field(default=lambda: None, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.switch_off()

    def seconds(self, chance: random.Random) -> float:
        """Return the delay, with its random part."""
        shortest = DEFAULT_DELAYS.get(self.kind, 0.0) if self.delay is None else self.delay
        return shortest + chance.random() * self.spread

    def as_json(self) -> JsonObject:
        shown = (
            "id",
            "kind",
            "method",
            "path",
            "event",
            "times",
            "probability",
            "delay",
            "spread",
            "status",
            "retry_after",
            "should_retry",
            "api_version",
        )
        return {name: getattr(self, name) for name in shown}


@dataclass(frozen=True, slots=True)
class Disturbance:
    """The faults of one request: at most one that decides the answer, and modifiers."""

    outcome: Fault | None = None
    pause: float = 0.0
    later: float = 0.0
    should_retry: bool | None = None
    is_refund_limit_off: bool = False

    @property
    def kind(self) -> FaultKind | None:
        return self.outcome.kind if self.outcome else None


@dataclass(frozen=True, slots=True)
class WebhookFault:
    """One fault of one delivery; `delay` is on the sandbox's clock."""

    kind: FaultKind
    delay: float
    secret: str
    api_version: str


class Faults:
    """The faults of one sandbox. With a seed, probabilities give the same result in every run."""

    def __init__(self, seed: int | None = None) -> None:
        self._chance = random.Random(None if seed is None else f"{seed}/faults")  # noqa: S311 (spreads faults, hides nothing)
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._last_id = 0

    def add(self, kind: FaultKind | str, **options: Any) -> Fault:
        """Add a fault; raises FaultError. Usable as `with sandbox.faults.add("hang"):`.

        The options are the attributes of `Fault`.
        """
        return self.add_from(options | {"kind": kind})

    def add_from(self, options: JsonObject) -> Fault:
        """Add a fault from options that were sent as JSON or as a form."""
        fault = _build(options)
        with self._lock:
            self._last_id += 1
            fault.id = self._last_id
            fault.switch_off = lambda: self.remove(fault.id)
            self._faults.append(fault)
        return fault

    def remove(self, fault_id: int) -> bool:
        """Remove a fault; return whether it was active."""
        with self._lock:
            found = [fault for fault in self._faults if fault.id == fault_id]
            for fault in found:
                self._faults.remove(fault)
        return bool(found)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def active(self) -> list[Fault]:
        """Return the active faults, oldest first."""
        with self._lock:
            return list(self._faults)

    def for_request(self, method: str, path: str, header: str | None) -> Disturbance:
        """Choose the faults of a request. If it has the header, only that counts."""
        if header is not None:
            return self._combine(parse_header(header))
        with self._lock:
            candidates = [
                fault
                for fault in self._faults
                if not fault.kind.is_for_webhooks
                and fault.method in {None, method}
                and fnmatchcase(path, fault.path)
            ]
            return self._combine(self._hits(candidates))

    def for_delivery(self, event_type: str) -> list[WebhookFault]:
        """Choose the faults of one delivery."""
        with self._lock:
            candidates = [
                fault
                for fault in self._faults
                if fault.kind.is_for_webhooks and fnmatchcase(event_type, fault.event)
            ]
            return [
                WebhookFault(
                    fault.kind, fault.seconds(self._chance), fault.secret, fault.api_version
                )
                for fault in self._hits(candidates)
            ]

    def _hits(self, candidates: list[Fault]) -> list[Fault]:
        """Apply probabilities and count down `times`. A second outcome is kept for later."""
        hits: list[Fault] = []
        has_outcome = False
        for fault in candidates:
            is_outcome = not fault.kind.is_for_webhooks and fault.kind not in _MODIFIERS
            if is_outcome and has_outcome:
                continue
            if fault.probability < 1 and self._chance.random() >= fault.probability:
                continue
            hits.append(fault)
            has_outcome |= is_outcome
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
        return hits

    def _combine(self, faults: list[Fault]) -> Disturbance:
        outcome = next((fault for fault in faults if fault.kind not in _MODIFIERS), None)
        is_later = outcome is not None and outcome.kind is FaultKind.ERROR_500_ROLLED_FORWARD
        advice = [fault.should_retry for fault in faults if fault.should_retry is not None]
        return Disturbance(
            outcome,
            pause=sum(
                fault.seconds(self._chance)
                for fault in faults
                if fault is not outcome or not is_later
            ),
            later=outcome.seconds(self._chance) if outcome and is_later else 0.0,
            should_retry=advice[0] if advice else None,
            is_refund_limit_off=any(fault.kind is FaultKind.REFUND_LIMIT_OFF for fault in faults),
        )


def parse_header(header: str) -> list[Fault]:
    """Read `Sandbox-Fault: hang`, or several as `latency; delay=0.2, error_500`.

    `none` protects the request from all active faults.
    """
    if header.strip() == "none":
        return []
    faults = [_parse_fault(part) for part in header.split(",")]
    if any(fault.kind.is_for_webhooks for fault in faults):
        raise FaultError("The header can't add faults for webhooks.")
    return faults


def _parse_fault(text: str) -> Fault:
    kind, *options = (part.strip() for part in text.split(";"))
    pairs = (option.partition("=") for option in options)
    return _build({"kind": kind} | {name.strip(): value.strip() for name, _, value in pairs})


def _build(options: JsonObject) -> Fault:
    checked: dict[str, Any] = check_options(options)
    if "kind" not in checked:
        raise FaultError(f"kind must be one of {', '.join(FaultKind)}.")
    if checked["kind"] is FaultKind.SHOULD_RETRY:
        checked.setdefault("should_retry", True)
    if "method" in checked:
        checked["method"] = checked["method"].upper()
    return Fault(**checked)
