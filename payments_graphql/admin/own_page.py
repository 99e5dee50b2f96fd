"""A page of its own in the place of a list, for a proxy model without rows."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst

from .read_only import ReadOnlyAdmin


class OwnPageAdmin(ReadOnlyAdmin):
    template: ClassVar[str]
    parameters: ClassVar[frozenset[str]]
    """Those that the page's address may have."""
    list_filter = ()

    class Media:
        css: ClassVar = {
            "all": (
                "payments_graphql/admin.css",
                "payments_graphql/admin/lists.css",
                "payments_graphql/admin/dashboard.css",
            )
        }

    def make_context(self, request: HttpRequest) -> dict[str, Any]:
        raise NotImplementedError

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_changelist"
        return [path("", self.admin_site.admin_view(self.changelist_view), name=name)]

    @transaction.non_atomic_requests  # see Note [No transaction around Stripe]
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not self.parameters.issuperset(request.GET):  # as for lists: see `OfferedLookups`
            raise SuspiciousOperation(f"an unknown parameter of {self.opts.model_name}")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": capfirst(self.opts.verbose_name_plural),
            "media": self.media,
            **self.make_context(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.template, context)
