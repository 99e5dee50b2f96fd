from typing import Any

from django.test import Client
from django.utils.csp import CSP, build_policy

from payments_graphql.content_security import STRICT, get_stripe_js_url, with_stripe_js
from payments_graphql.stripe_client import API_VERSION
from schema.http.graphiql import POLICY


def test_the_policy_of_every_page_lets_nothing_of_others_in(settings: Any) -> None:
    assert settings.SECURE_CSP is STRICT
    assert build_policy(STRICT) == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; object-src 'none'"
    )


def test_a_script_inside_a_page_needs_the_nonce_of_that_answer() -> None:
    assert "script-src 'self' 'nonce-abc';" in build_policy(STRICT, "abc")


def test_stripes_hosts_are_added_where_stripe_js_runs_and_nothing_else() -> None:
    """As https://docs.stripe.com/security/guide#content-security-policy lists them."""
    added = {
        directive: sorted(set(values) - set(STRICT.get(directive, [])))
        for directive, values in with_stripe_js().items()
        if values != STRICT.get(directive)
    }
    assert added == {
        "script-src": ["https://*.js.stripe.com", "https://js.stripe.com"],
        "frame-src": [
            "https://*.js.stripe.com",
            "https://hooks.stripe.com",
            "https://js.stripe.com",
        ],
        "connect-src": ["https://api.stripe.com"],
    }


def test_with_a_sandbox_its_origin_stands_for_stripes() -> None:
    policy = build_policy(with_stripe_js("http://127.0.0.1:12111/"))
    assert "stripe.com" not in policy
    for directive in ("script-src 'self'", "connect-src 'self'", "frame-src"):
        assert f"{directive} http://127.0.0.1:12111" in policy


def test_stripe_js_is_that_of_the_api_version_or_the_sandboxs() -> None:
    release = API_VERSION.rpartition(".")[2]
    assert get_stripe_js_url() == f"https://js.stripe.com/{release}/stripe.js"
    sandbox = "http://127.0.0.1:12111"
    assert get_stripe_js_url(f"{sandbox}/") == f"{sandbox}/{release}/stripe.js"


def test_graphiql_may_write_styles_but_no_scripts(settings: Any) -> None:
    settings.DEBUG = settings.PAYMENTS_GRAPHIQL = True
    response = Client().get("/graphql/", headers={"Accept": "text/html"})
    policy = response.headers["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self';" in policy
    assert {name for name in POLICY if POLICY[name] != STRICT.get(name)} == {
        "style-src", "img-src", "font-src", "worker-src",
    }  # fmt: skip
    assert CSP.UNSAFE_EVAL not in policy


def test_answers_of_the_api_carry_the_policy_too(db: None) -> None:
    """An answer that a browser were made to show as a page could run nothing."""
    response = Client().post("/graphql/", {}, content_type="application/json")
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
