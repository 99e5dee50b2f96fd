"""GraphiQL, the page for trying out the API. All its files are served from here."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.csp import CSP
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import ensure_csrf_cookie

from payments_graphql.content_security import STRICT, Policy

POLICY: Policy = {
    **STRICT,
    # Its editor, Monaco, adds style sheets without a nonce. Scripts stay strict.
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    # Used in its style sheet.
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF, "data:"],
    "worker-src": [CSP.SELF],
}


@csp_override(POLICY)
@never_cache
@ensure_csrf_cookie
def graphiql(request: HttpRequest) -> HttpResponse:
    """Open to everyone in development. In production, users must sign in first. The API checks
    every request itself, whatever page sends it."""
    user = getattr(request, "user", AnonymousUser())
    if not settings.DEBUG and not user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return render(request, "payments_graphql/graphiql.html", {"path": request.path})
