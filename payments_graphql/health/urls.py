from importlib.util import find_spec

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, re_path

app_name = "payments_health"
urlpatterns: list[URLPattern] = []

if find_spec("health_check") is not None:
    from .views import LiveView, ReadyView, ServingView

    urlpatterns = [
        re_path(rf"^{name}/?$", login_not_required(view.as_view()), name=name)
        for name, view in (("live", LiveView), ("serving", ServingView), ("ready", ReadyView))
    ]
