from django.core.wsgi import get_wsgi_application

from .environment import choose_settings

choose_settings("settings.production")
application = get_wsgi_application()

from .warming import warm_up  # noqa: E402 (needs Django to be set up)

warm_up()
