from django.urls import path

from .auth_views import login, logout

app_name = "payments_auth"
urlpatterns = [
    path("login/", login, name="login"),
    path("login", login),  # a redirect would lose the body
    path("logout/", logout, name="logout"),
    path("logout", logout),
]
