"""Everything in one entry. Production may serve by `settings.wsgi` all but the streams."""

from django.conf import settings
from django.core.asgi import get_asgi_application

from .environment import choose_settings

choose_settings("settings.production")
_django = get_asgi_application()

from schema.http.asgi import StreamingApplication  # noqa: E402 (needs Django to be set up)

# Nothing is uploaded here: no body is larger than what Django takes into memory.
application = StreamingApplication(_django, max_body=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
