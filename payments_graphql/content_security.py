"""Content Security Policies for Django's `SECURE_CSP` and `csp_override`.

https://docs.djangoproject.com/en/6.1/howto/csp/
"""

from urllib.parse import urlsplit

from django.utils.csp import CSP

type Policy = dict[str, list[str]]

STRIPE_JS_RELEASE = "endive"
"""That of the API version in `stripe_client`. https://docs.stripe.com/sdks/stripejs-versioning"""

STRICT: Policy = {
    "default-src": [CSP.NONE],
    # Files of this site. An inline script needs the nonce of its own response.
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}
"""The default for every page, including Django's admin."""


def get_stripe_js_url(stripe_api_base: str = "") -> str:
    """Where a page loads Stripe.js from: Stripe, or the sandbox."""
    origin = _get_origin(stripe_api_base) if stripe_api_base else "https://js.stripe.com"
    return f"{origin}/{STRIPE_JS_RELEASE}/stripe.js"


def with_stripe_js(stripe_api_base: str = "") -> Policy:
    """The strict policy plus what Stripe.js needs. Use it only for pages with Stripe.js:
    `csp_override(with_stripe_js(conf.STRIPE_API_BASE))`.

    With a sandbox, the sandbox's origin replaces those of Stripe. Stripe's Address Element also
    needs https://maps.googleapis.com. https://docs.stripe.com/security/guide#content-security-policy
    """
    scripts = ["https://js.stripe.com", "https://*.js.stripe.com"]
    frames = [*scripts, "https://hooks.stripe.com"]
    calls = ["https://api.stripe.com"]
    if stripe_api_base:
        scripts = frames = calls = [_get_origin(stripe_api_base)]
    return {
        **STRICT,
        "script-src": [*STRICT["script-src"], *scripts],
        "connect-src": [*STRICT["connect-src"], *calls],
        "frame-src": frames,
    }


def _get_origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
