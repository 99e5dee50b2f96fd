from django.conf import settings
from django.urls import path

from .one_click import sign_in_as

app_name = "payments_demo"
urlpatterns = []
if settings.DEBUG:
    urlpatterns += [path("demo/sign-in/", sign_in_as, name="sign_in_as")]
