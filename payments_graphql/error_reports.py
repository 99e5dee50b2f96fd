"""Removes secrets from Django's error reports: a `DEFAULT_EXCEPTION_REPORTER_FILTER`.

Django hides settings by name, but shows a password inside a URL.
"""

import re
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.utils.regex_helper import _lazy_re_compile
from django.views.debug import SafeExceptionReporterFilter

from .log_redaction import redact_text


class ReportFilter(SafeExceptionReporterFilter):
    hidden_settings = _lazy_re_compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}"
        "|DATABASE_URL|PAYMENTS_LISTEN_URL|PAYMENTS_RATE_LIMIT_STORAGE",
        flags=re.IGNORECASE,
    )

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        cleansed = super().cleanse_setting(key, value)
        return redact_text(cleansed) if type(cleansed) is str else cleansed

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> Any:
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, _redact(value)) for name, value in variables]


def _redact(value: Any) -> Any:
    return redact_text(value) if type(value) is str else value
