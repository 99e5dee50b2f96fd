import os
from collections.abc import Mapping
from typing import Any

import stripe
from django.core.wsgi import get_wsgi_application


class _OfOneAccount(stripe.RequestsClient):
    """dj-stripe names its own account in each call, which the sandbox refuses: it has only one."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, *arguments: Any
    ) -> Any:
        kept = {name: value for name, value in (headers or {}).items() if name != "Stripe-Account"}
        return super().request(method, url, kept, *arguments)


os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.peers.djstripe.settings"
application = get_wsgi_application()
stripe.default_http_client = _OfOneAccount()
