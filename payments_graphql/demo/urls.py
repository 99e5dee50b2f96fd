from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.urls import path

from .behind_the_scenes import behind_the_scenes
from .holds import hold
from .one_click import sign_in_as
from .views import page, tools

app_name = "payments_demo"
urlpatterns = [
    path("", page, name="page"),
    path("demo/", tools, name="tools"),
    path("demo/sign-out/", LogoutView.as_view(next_page="payments_demo:tools"), name="sign_out"),
]
if settings.DEBUG:
    urlpatterns += [
        path("demo/sign-in/", sign_in_as, name="sign_in_as"),
        path("demo/holds/", hold, name="hold"),
        path("demo/payments/<str:stripe_id>/", behind_the_scenes, name="behind_the_scenes"),
    ]
