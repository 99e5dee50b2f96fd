"""For a laptop: SQLite, the sandbox unless a Stripe key is set, GraphiQL, seeded users."""

from .base import *
from .base import BASE_DIR, INSTALLED_APPS, MIDDLEWARE, STRIPE_SECRET_KEY, env
from .logging import build_logging

DEBUG = True
# First, as its templates add buttons to the admin's login page and to GraphiQL.
INSTALLED_APPS = ["payments_graphql.demo", *INSTALLED_APPS]
MIDDLEWARE = ["settings.compression.StaticCompressionMiddleware", *MIDDLEWARE]
LOGGING = build_logging(as_json=False, level=env.str("LOG_LEVEL", "INFO"))
SECRET_KEY = (
    env.str("SECRET_KEY", "") or "development-only-secret-key-that-is-long-enough-to-sign-with"
)
# Always includes this machine's names, since `make run` checks the site at one of them.
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *env.list("ALLOWED_HOSTS", [])]

if not STRIPE_SECRET_KEY:
    # The sandbox accepts any test key, and gets the same webhook secret on its command line.
    STRIPE_SECRET_KEY = "sk_test_sandbox"  # noqa: S105 (not a secret)
    STRIPE_PUBLISHABLE_KEY = "pk_test_sandbox"
    STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "") or "whsec_sandbox"
    STRIPE_API_BASE = env.str("STRIPE_API_BASE", "") or (
        f"http://127.0.0.1:{env.int('SANDBOX_PORT', 12111)}"
    )

PAYMENTS_ALLOW_FREE_AMOUNT = env.bool("PAYMENTS_ALLOW_FREE_AMOUNT", True)
PAYMENTS_OWNERS_MAY_REFUND = env.bool("PAYMENTS_OWNERS_MAY_REFUND", True)
PAYMENTS_GRAPHIQL = env.bool("PAYMENTS_GRAPHIQL", True)
PAYMENTS_GRAPHQL_INTROSPECTION = env.bool("PAYMENTS_GRAPHQL_INTROSPECTION", True)
PAYMENTS_GRAPHQL_SUGGESTIONS = env.bool("PAYMENTS_GRAPHQL_SUGGESTIONS", True)

# Pages that a front-end developer serves: React and Next.js, Angular, Vite, Vue and webpack.
_PAGES = [
    f"http://{host}:{port}"
    for host in ("localhost", "127.0.0.1")
    for port in (3000, 4200, 5173, 8080)
]
CORS_ALLOWED_ORIGINS = [*_PAGES, *env.list("CORS_ALLOWED_ORIGINS", [])]
CSRF_TRUSTED_ORIGINS = [*_PAGES, *env.list("CSRF_TRUSTED_ORIGINS", [])]
_PORT = env.int("PORT", 8000)
PAYMENTS_RETURN_URLS = env.list(
    "PAYMENTS_RETURN_URLS", [f"http://127.0.0.1:{_PORT}", f"http://localhost:{_PORT}", *_PAGES]
)

# `seed` and `serve` only write to this database. See Note [Only a database of development].
DEVELOPMENT_DATABASE = env.str("DEVELOPMENT_DATABASE", "") or str(BASE_DIR / ".data" / "db.sqlite3")
(BASE_DIR / ".data").mkdir(exist_ok=True)  # for the database and the sandbox's state
