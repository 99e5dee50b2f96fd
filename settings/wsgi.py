import gc

from django.core.wsgi import get_wsgi_application

from .environment import choose_settings

choose_settings("settings.production")
application = get_wsgi_application()

import schema.schema  # noqa: E402, F401 (now, so that the first request need not wait)

# Objects that exist now stay. Scanning them again would delay a request for longer than most
# requests take.
gc.collect()
gc.freeze()
