from django.urls import path

from .auth_views import login, logout

urlpatterns = [
    path("login/", login, name="auth-login"),
    path("logout/", logout, name="auth-logout"),
]
