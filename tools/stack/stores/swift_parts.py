"""Keeps completed files whole on Swift: refuses a part for an upload that is over.

Swift itself takes it. It then lies in the place of the completed file's part, and the file can no longer be read.
"""

from collections.abc import Callable, Mapping
from typing import Any

from swift.common.swob import HTTPPreconditionFailed, Request
from swift.common.utils import split_path
from swift.common.wsgi import make_pre_authed_env

WsgiApp = Callable[[dict[str, Any], Any], Any]
PARTS = "+segments"
"""How the name of the container ends in which the S3 API keeps a bucket's parts, as KEY/UPLOAD_ID/NUMBER."""


def marker_of(method: str, path: str) -> str | None:
    """Where Swift says that the upload is open, for the request that writes one of its parts; else None."""
    try:
        _, _, container, part = split_path(path, 4, 4, rest_with_last=True)
    except ValueError:
        return None
    marker, _, number = path.rpartition("/")
    is_part = method == "PUT" and container.endswith(PARTS) and part.count("/") > 1 and number.isdecimal()
    return marker if is_part else None


def filter_factory(_global_conf: Mapping[str, str], **_local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Paste's way to put this into the pipeline, behind the S3 API and behind whatever checks who asks."""

    def open_uploads_only(app: WsgiApp) -> WsgiApp:
        def call(environ: dict[str, Any], start_response: Any) -> Any:
            marker = marker_of(environ["REQUEST_METHOD"], environ["PATH_INFO"])
            if marker and _is_gone(app, environ, marker):
                # The S3 API would take a plain 404 for a bucket that is not there.
                return HTTPPreconditionFailed(request=Request(environ))(environ, start_response)
            return app(environ, start_response)

        return call

    return open_uploads_only


def _is_gone(app: WsgiApp, environ: dict[str, Any], path: str) -> bool:
    asked = Request(make_pre_authed_env(environ, "HEAD", path, agent="longshore", swift_source="LS"))
    return bool(asked.get_response(app).status_int == 404)
