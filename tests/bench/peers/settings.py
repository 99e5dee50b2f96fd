"""The site in production, with the peers' views."""

from settings.production import *

ROOT_URLCONF = "tests.bench.peers.urls"
