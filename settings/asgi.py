"""Everything in one entry. Production may serve by `settings.wsgi` all but the streams."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.production")
_django = get_asgi_application()

from schema.asgi import StreamingApplication  # noqa: E402 (needs Django to be set up)

application = StreamingApplication(_django)
