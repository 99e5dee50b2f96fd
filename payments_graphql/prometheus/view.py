"""`/metrics`, for Prometheus. See docs/monitoring.md.

Note [Who may read the metrics]
They contain no personal data and no secret, but sales figures. So they are served to a request with
the token, or from one of the networks. Without either setting the view does not exist, except with
`DEBUG`. A network is compared with the address that the rate limits use. If the request passed
through a proxy and `PAYMENTS_TRUSTED_PROXIES` is 0, that address is the proxy's, so only the token
counts: otherwise a network with the proxy in it would admit everybody.
"""

import hmac
import ipaddress

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.csrf import csrf_exempt
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from ..client_address import get_client_address
from ..conf import conf
from .exposition import render


@login_not_required  # it has a token of its own
@csrf_exempt  # it changes nothing
@transaction.non_atomic_requests  # an error of the database must not hide the counts
def metrics(request: HttpRequest) -> HttpResponse:
    token, networks = conf.PAYMENTS_METRICS_TOKEN, conf.PAYMENTS_METRICS_NETWORKS
    if not (token or networks or settings.DEBUG):
        return HttpResponseNotFound()
    if request.method not in ("GET", "HEAD"):
        return _make_response(b"", 405, {"Allow": "GET, HEAD"})
    is_open = not token and not networks
    if is_open or _has_token(request, token) or _is_in(request, networks):
        return _make_response(render(), 200)
    if token:
        return _make_response(b"", 401, {"WWW-Authenticate": 'Bearer realm="metrics"'})
    return _make_response(b"", 403)


def _has_token(request: HttpRequest, token: str) -> bool:
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    # Compared in constant time, so that the time does not tell how much of a guess is right.
    is_same = hmac.compare_digest(
        sent.strip().encode("utf-8", "surrogateescape"), token.encode("utf-8")
    )
    return bool(token) and scheme.lower() == "bearer" and is_same


def _is_in(request: HttpRequest, networks: tuple[str, ...]) -> bool:
    if conf.PAYMENTS_TRUSTED_PROXIES == 0 and "X-Forwarded-For" in request.headers:
        return False
    address = get_client_address(request)
    if address is None:
        return False
    client = ipaddress.ip_network(address)  # an IPv6 address is given as its /64 network
    return any(_contains(ipaddress.ip_network(network), client) for network in networks)


def _contains(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
    client: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> bool:
    if isinstance(network, ipaddress.IPv4Network):
        return isinstance(client, ipaddress.IPv4Network) and client.subnet_of(network)
    return isinstance(client, ipaddress.IPv6Network) and client.subnet_of(network)


def _make_response(body: bytes, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(
        body,
        status=status,
        content_type=CONTENT_TYPE_PLAIN_0_0_4,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
