"""A filter for Swift that refuses parts of completed and aborted uploads.

Swift itself accepts such a part. It replaces the completed file's part, and the file can no longer be read.
"""

from collections.abc import Callable, Mapping
from typing import Any

from swift.common.swob import HTTPPreconditionFailed, Request
from swift.common.utils import split_path
from swift.common.wsgi import make_pre_authed_env

WsgiApp = Callable[[dict[str, Any], Any], Any]
PARTS = "+segments"
"""The suffix of the container in which the S3 API keeps a bucket's parts, as KEY/UPLOAD_ID/NUMBER."""


def marker_of(method: str, path: str) -> str | None:
    """Return the path of the object that marks the upload as open, for a request that writes a part; else None."""
    try:
        _, _, container, part = split_path(path, 4, 4, rest_with_last=True)
    except ValueError:
        return None
    marker, _, number = path.rpartition("/")
    is_part = method == "PUT" and container.endswith(PARTS) and part.count("/") > 1 and number.isdecimal()
    return marker if is_part else None


def filter_factory(_global_conf: Mapping[str, str], **_local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Paste's entry point for the filter in the pipeline, after the S3 API and authentication."""

    def open_uploads_only(app: WsgiApp) -> WsgiApp:
        def call(environ: dict[str, Any], start_response: Any) -> Any:
            marker = marker_of(environ["REQUEST_METHOD"], environ["PATH_INFO"])
            if marker and is_gone(app, environ, marker):
                # the S3 API would take a plain 404 for a missing bucket
                return HTTPPreconditionFailed(request=Request(environ))(environ, start_response)
            return app(environ, start_response)

        return call

    return open_uploads_only


def is_gone(app: WsgiApp, environ: dict[str, Any], path: str) -> bool:
    """Whether there is no object at this path."""
    asked = Request(make_pre_authed_env(environ, "HEAD", path, agent="longshore", swift_source="LS"))
    return bool(asked.get_response(app).status_int == 404)
