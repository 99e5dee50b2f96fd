"""Pages of a row wait until the account of the current keys is known.

Nearly all of them ask whether the row is of this account, in many places. So this is decided once,
before the page. Lists do not wait: they are empty and say why (see `ModeFilter`).
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern

from ..errors import ProviderError
from ..models import get_account

if TYPE_CHECKING:  # generic for the type checker alone
    _ModelAdmin = ModelAdmin[Any]
else:
    _ModelAdmin = ModelAdmin


class KnownAccountAdmin(_ModelAdmin):
    @property
    def urls(self) -> list[URLPattern]:
        """After `get_urls`, to which other classes and sites add their own pages."""
        return [self._wait(pattern) for pattern in self.get_urls()]

    def _wait(self, found: URLPattern) -> URLPattern:
        is_of_row = "object_id" in getattr(found.pattern, "converters", ())
        if is_of_row or str(found.name).endswith("_add"):
            found.callback = self._if_known(found.callback)
        return found

    def _if_known(self, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def page(request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponseBase:
            # Strangers do not make us ask Stripe.
            if self.admin_site.has_permission(request):
                try:
                    get_account()
                except ProviderError:
                    return redirect(
                        f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
                    )
            return view(request, *arguments, **values)

        return page
