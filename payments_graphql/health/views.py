"""The answers to health probes: see Note [Three questions]."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from health_check.views import HealthCheckView

from .checks import Backlog, Cache, Database, Migrations, Stripe

_POOL = ThreadPoolExecutor(8, thread_name_prefix="payments-health")
"""Our own, since a check that hangs must occupy no thread of the server. If all are occupied, the
next checks time out."""

_JSON, _PLAIN = "application/json", "text/plain"


class _View(HealthCheckView):  # type: ignore[misc]  # django-health-check has no types
    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Also answers HEAD. The package's own answer repeats the errors of the database."""
        results = await asyncio.gather(*(check.get_result(_POOL) for check in self.get_checks()))
        found = {result.check.name: result.error is None for result in results}
        is_well = all(found.values())
        shown = found if found and await _is_staff(request) else {}
        answer = _write_plain if _prefers_plain(request) else _write_json
        return answer(is_well, shown)


class LiveView(_View):
    checks = ()


class ServingView(_View):
    checks = (Database, Migrations, Cache)


class ReadyView(_View):
    checks = (*ServingView.checks, Backlog, Stripe)


def _word(is_well: bool) -> str:
    return "ok" if is_well else "failed"


def _write_json(is_well: bool, shown: Mapping[str, bool]) -> HttpResponse:
    body: dict[str, Any] = {"status": _word(is_well)}
    if shown:
        body["checks"] = {name: _word(one) for name, one in shown.items()}
    return JsonResponse(body, status=_get_status(is_well))


def _write_plain(is_well: bool, shown: Mapping[str, bool]) -> HttpResponse:
    lines = [_word(is_well), *(f"{name}: {_word(one)}" for name, one in shown.items())]
    return HttpResponse(
        "".join(f"{line}\n" for line in lines),
        status=_get_status(is_well),
        content_type=f"{_PLAIN}; charset=utf-8",
    )


def _get_status(is_well: bool) -> int:
    return 200 if is_well else 503


def _prefers_plain(request: HttpRequest) -> bool:
    chosen = request.GET.get("format")
    if chosen in ("json", "text"):
        return chosen == "text"
    return request.get_preferred_type([_JSON, _PLAIN]) == _PLAIN


async def _is_staff(request: HttpRequest) -> bool:
    """Reads no session for a probe, which has no cookie."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not hasattr(request, "auser"):
        return False
    try:
        user = await request.auser()
    except Exception:  # the database, which its own check reports
        return False
    return bool(user.is_active and getattr(user, "is_staff", False))
