import gc

from django.core.wsgi import get_wsgi_application

from .environment import choose_settings

choose_settings("settings.production")
application = get_wsgi_application()

import schema.schema  # noqa: E402, F401 (now, instead of while the first request waits)

# What is there by now stays. Looked through with the rest, it would hold up a request for longer
# than most requests take.
gc.collect()
gc.freeze()
