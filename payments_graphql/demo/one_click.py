"""Sign in as a seeded user, such as Alice or Sam, with one click, in development.

Note [One click]
The view signs in with the public password that `manage.py seed` sets, so it allows no more than the
sign-in form does. A user with another password cannot be signed in. The view works only while DEBUG
is on and Stripe's keys are test keys. Without DEBUG, `urls.py` leaves it out.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.backends import ModelBackend
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from payments_graphql.conf import conf

CUSTOMERS = ("alice", "bob")
STAFF = {"sam": None, "sue": "Support", "fay": "Finance", "erin": "Engineer"}
"""Their groups. Sam is a superuser."""
USERNAMES = (*CUSTOMERS, *STAFF)
PASSWORD = "travel"  # noqa: S105 (public: see Note [One click])


@never_cache
@csrf_protect
@require_POST
def sign_in_as(request: HttpRequest) -> HttpResponse:
    """Takes `username` and `next`, a local path. Signs the session in and redirects to `next`. If
    the client accepts JSON, returns a token instead and leaves the session unchanged."""
    username = request.POST.get("username", "")
    if not is_offered() or username not in USERNAMES:
        raise Http404("There is no such user to sign in as.")
    user = ModelBackend().authenticate(request, username=username, password=PASSWORD)
    if user is None:
        raise Http404(f"{username} is not the seeded user. Run manage.py seed.")
    if request.headers.get("Accept", "").startswith("application/json"):
        from knox.models import get_token_model  # not every site has it

        _, token = get_token_model().objects.create(user)
        return JsonResponse({"username": username, "token": token})
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    path = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        path = "/"
    return HttpResponseRedirect(path, status=303)


def is_offered() -> bool:
    return settings.DEBUG and not conf.livemode


def list_users() -> list[Any]:
    """The seeded users that exist, for buttons. Empty outside development."""
    if not is_offered():
        return []
    users = get_user_model()._default_manager.filter(username__in=USERNAMES)
    return list(users.order_by("username"))
