import importlib
from typing import Any

import pytest

from payments_graphql.demo import urls


@pytest.fixture
def development(settings: Any) -> Any:
    settings.DEBUG = True
    settings.INSTALLED_APPS = ["payments_graphql.demo", *settings.INSTALLED_APPS]
    importlib.reload(urls)  # they were imported under the test settings, without DEBUG
    settings.ROOT_URLCONF = "tests.demo.development_urls"
    return settings
