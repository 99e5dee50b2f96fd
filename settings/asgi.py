"""Everything in one entry. Production may serve by `settings.wsgi` all but the streams."""

from django.core.asgi import get_asgi_application

from .environment import choose_settings

choose_settings("settings.production")
_django = get_asgi_application()

from schema.asgi import StreamingApplication  # noqa: E402 (needs Django to be set up)

application = StreamingApplication(_django)
