from django.urls import path

from .behind_the_scenes import behind_the_scenes
from .holds import hold
from .views import page, tools

app_name = "payments_demo"
urlpatterns = [
    path("", page, name="page"),
    path("demo/", tools, name="tools"),
    path("demo/holds/", hold, name="hold"),
    path("demo/payments/<str:stripe_id>/", behind_the_scenes, name="behind_the_scenes"),
]
