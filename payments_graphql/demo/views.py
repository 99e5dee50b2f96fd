"""Serves the page. Its code runs in the browser: see `static/payments_demo/`."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from payments_graphql.conf import conf
from payments_graphql.content_security import with_stripe_js

from .one_click import list_users

_PAGE = Path(__file__).parent / "static" / "payments_demo" / "index.html"


@csp_override(with_stripe_js(conf.STRIPE_API_BASE))
@never_cache
@ensure_csrf_cookie
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The static file, with the addresses that its two files have on this site. Another server can
    serve the file unchanged."""
    text = _PAGE.read_text(encoding="utf-8").replace('"./', f'"{static("payments_demo/")}')
    response = HttpResponse(text)
    # Stripe appends a client secret to the address of the page that it leads back to.
    response["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@require_safe
def tools(request: HttpRequest) -> JsonResponse:
    """What the page may offer to developers. Nothing outside development."""
    names = [user.get_username() for user in list_users()]
    return JsonResponse({"isDevelopment": settings.DEBUG, "users": names})
