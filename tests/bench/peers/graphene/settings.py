"""Our database and its pool, and the middleware of a new Django project."""

import os
from datetime import timedelta

from tests.bench.peers.pooled_database import pooled_database

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.bench.peers.graphene.urls"
USE_TZ = True
REST_KNOX = {"TOKEN_TTL": timedelta(hours=10)}
PAYMENTS_ACCOUNT = os.environ["PAYMENTS_ACCOUNT"]

DATABASES = {"default": pooled_database(os.environ["DATABASE_URL"])}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "rest_framework",
    "knox",
    "graphene_django",
    "tests.bench.peers.graphene",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
