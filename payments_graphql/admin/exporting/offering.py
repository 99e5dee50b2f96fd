"""The buttons on the lists, the view behind them, and what every export does."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext

from ...errors import PaymentError
from ...logs import get_logger
from ...operations import actor_of
from ...policy import get_policy

if TYPE_CHECKING:  # generic for the type checker alone
    _ModelAdmin = ModelAdmin[Any]
else:
    _ModelAdmin = ModelAdmin

logger = get_logger(__name__)

KINDS = ("csv", "xlsx")
_AT_ONCE = 2_000
"""Rows that are read from the database at once."""


def is_installed() -> bool:
    return all(find_spec(name) is not None for name in ("import_export", "openpyxl"))


class ExportingAdmin(_ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/<str:kind>/", view, name=self._export_name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        links = list(self._list_export_links(request))
        return super().changelist_view(request, {"export_links": links, **(extra_context or {})})

    # A file is written while it is sent, after the transaction of ATOMIC_REQUESTS has ended.
    @transaction.non_atomic_requests
    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        if kind not in KINDS or not is_installed():
            raise Http404
        if not self._may_export(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return self._back_to_list("e=1")
        lines = _list_lines(self.model, request, rows)
        try:
            response = respond(lines, kind, str(self.opts.model_name))
        except PaymentError as error:
            messages.error(request, error.message)
            return self._back_to_list(request.GET.urlencode())
        record(request, self.model, kind)
        return response

    @property
    def _export_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_export"

    def _back_to_list(self, query: str) -> HttpResponseRedirect:
        listed = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return HttpResponseRedirect(f"{listed}?{query}" if query else listed)

    def _may_export(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and get_policy().may_export(request.user)

    def _list_export_links(self, request: HttpRequest) -> Iterator[tuple[str, str]]:
        if not is_installed() or not self._may_export(request):
            return
        query = request.GET.urlencode()
        for kind in KINDS:
            url = reverse(f"admin:{self._export_name}", args=(kind,))
            yield f"{url}?{query}" if query else url, kind.upper()


def record(request: HttpRequest, model: type[Model], kind: str) -> None:
    """In the log, and in the history that the admin shows."""
    logger.info(
        "payments_exported",
        model=model._meta.model_name,
        format=kind,
        filters=request.GET.dict(),
        by=actor_of(request.user),
    )
    user: Any = request.user
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(model, for_concrete_model=False),
        object_repr=gettext("Export")[:200],
        action_flag=CHANGE,
        change_message=gettext("Exported as %(format)s.") % {"format": kind.upper()},
    )


def respond(lines: Iterable[list[Any]], kind: str, name: str) -> HttpResponseBase:
    """A file of these lines. A CSV is sent while they are read. Raises `PaymentError` if an XLSX
    would have too many."""
    from . import writing

    form: Any = writing.FORMATS[kind]()
    name = f"{name}-{timezone.now():%Y-%m-%d-%H%M}.{kind}"
    headers = {"Cache-Control": "no-store"}
    if kind == "xlsx":
        return FileResponse(
            writing.write_xlsx(lines),
            as_attachment=True,
            filename=name,
            content_type=form.get_content_type(),
            headers=headers,
        )
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return StreamingHttpResponse(
        writing.write_csv(lines),
        content_type=f"{form.get_content_type()}; charset=utf-8",
        headers=headers,
    )


def _list_lines(
    model: type[Model], request: HttpRequest, rows: QuerySet[Any]
) -> Iterator[list[Any]]:
    from .resources import RESOURCES

    resource = RESOURCES[model](may_see_people=get_policy().may_see_personal_data(request.user))
    yield resource.get_export_headers()
    for row in resource.select(rows).iterator(chunk_size=_AT_ONCE):
        yield resource.export_resource(row)
