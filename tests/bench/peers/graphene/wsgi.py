import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.peers.graphene.settings"
application = get_wsgi_application()

from . import urls  # noqa: E402, F401 (now, as our site loads its schema)

# As our site does it.
gc.collect()
gc.freeze()
