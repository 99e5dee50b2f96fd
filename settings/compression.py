"""Compression for development, where no `collectstatic` has compressed the static files: GraphiQL
has 6 MB of them."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class StaticCompressionMiddleware(GZipMiddleware):
    """Compresses only static files, which contain no secrets. Place it before WhiteNoise's."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not request.path_info.startswith(settings.STATIC_URL):
            return response
        etag = response.headers.get("ETag")
        response = super().process_response(request, response)
        if etag:
            # Django makes the ETag weak, and WhiteNoise does not recognize a weak one when the
            # browser asks again.
            response.headers["ETag"] = etag
        return response
