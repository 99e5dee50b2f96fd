"""Serves everything. In production `settings.wsgi` may serve all but the streams."""

from django.conf import settings
from django.core.asgi import get_asgi_application

from .environment import choose_settings

choose_settings("settings.production")
_django = get_asgi_application()

from schema.http.asgi import StreamingApplication  # noqa: E402 (needs Django to be set up)

from .warming import warm_up  # noqa: E402 (as above)

# No uploads: a body may be as large as what Django keeps in memory.
application = StreamingApplication(_django, max_body=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
warm_up()
