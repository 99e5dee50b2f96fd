"""Only the site's database."""

from settings.base import database, env

DATABASES = {"default": database(env.str("DATABASE_URL"))}
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.bench.bare.urls"
WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET")
USE_TZ = True
