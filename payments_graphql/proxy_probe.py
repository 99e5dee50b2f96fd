"""Tells `manage.py payments_doctor` how its request arrived through the proxies.

Note [The probe is for the doctor alone]
The answer contains the address that the site saw, and a slow body occupies a thread. So the view
answers only requests whose header was signed with `SECRET_KEY` within the last minute. All others
get 404, and their body is not read.
"""

from time import monotonic

from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from .client_address import get_client_address

HEADER = "X-Payments-Probe"
LIFETIME = 60
"""Seconds a signature is valid. Also the allowed clock difference between site and doctor."""

MAXIMUM_BODY = 4096

_SIGNED = "probe"


def sign_probe() -> str:
    """Returns a value for `HEADER`."""
    return _get_signer().sign(_SIGNED)


@login_not_required
@csrf_exempt  # no cookie is used; the signature authenticates the request
@transaction.non_atomic_requests  # no transaction stays open while a slow body arrives
def probe(request: HttpRequest) -> HttpResponse:
    """`seconds` is how long reading the body took, `received` its length in bytes, `forwarded_for`
    the header as received, `address` the client address derived from it."""
    if request.method != "POST" or not _is_signed(request.headers.get(HEADER, "")):
        return HttpResponseNotFound()
    started = monotonic()
    try:
        received = _read_body(request)
    except UnreadablePostError:  # the doctor closed the connection
        return HttpResponse(status=400)
    return JsonResponse(
        {
            "seconds": round(monotonic() - started, 3),
            "received": received,
            "address": get_client_address(request),
            "forwarded_for": request.headers.get("X-Forwarded-For", ""),
        }
    )


def _read_body(request: HttpRequest) -> int:
    received = 0
    while received < MAXIMUM_BODY and (data := request.read(MAXIMUM_BODY - received)):
        received += len(data)
    return received


def _is_signed(value: str) -> bool:
    try:
        return _get_signer().unsign(value, max_age=LIFETIME) == _SIGNED
    except BadSignature:
        return False


def _get_signer() -> TimestampSigner:
    return TimestampSigner(salt="payments_graphql.proxy_probe")
