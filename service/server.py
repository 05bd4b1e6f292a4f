"""gunicorn's configuration (`gunicorn --config python:service.server …`): our log format, metrics of all processes.

The master process reads it once, before it loads the application.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from service.limits import MAX_ADDRESS_LENGTH
from service.observability import logs

limit_request_line = MAX_ADDRESS_LENGTH
worker_class = "service.serving.patient_worker.PatientWorker"
keepalive = 75
"""Seconds for which an idle connection stays open: longer than proxies keep theirs (60 s in nginx, load balancers and
in our Caddyfile), as a request fails on a connection that is just being closed."""
forwarder_headers = ""
"""Otherwise a client behind a proxy on this host could set the path (SCRIPT_NAME, PATH_INFO) and bypass its rules."""
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


def metrics_directory(env: Mapping[str, str]) -> str:
    """Create the empty folder of the processes' metrics; a temporary one if none is configured."""
    named = env.get(DIRECTORY)
    if not named:
        return tempfile.mkdtemp(prefix="longshore-metrics-")
    Path(named).mkdir(parents=True, exist_ok=True)
    for file in Path(named).glob("*.db"):
        file.unlink()
    return named


class Logs(Logger):  # type: ignore[misc]
    """gunicorn's loggers in our format. Its access log has no query strings, which contain credentials."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        logs.set_up(os.environ)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True

    def access(self, resp: Any, req: Any, environ: Mapping[str, Any], request_time: timedelta) -> None:
        """Write a line per request if the access log is on (`--access-logfile -`)."""
        if self.access_log_enabled:
            logs.get_logger(self.access_log.name).info(
                "request_served",
                method=environ.get("REQUEST_METHOD"),
                path=environ.get("PATH_INFO"),
                status=int(str(resp.status).split(maxsplit=1)[0]),
                bytes=getattr(resp, "sent", None) or 0,
                seconds=round(request_time.total_seconds(), 6),
                address=environ.get("REMOTE_ADDR"),
            )


# before any import of prometheus_client, which then decides where to count
_own = DIRECTORY not in os.environ
os.environ[DIRECTORY] = metrics_directory(os.environ)

logger_class = Logs
control_socket_disable = True
"""All instances would use the same one in the home folder."""


def on_starting(_server: Any) -> None:
    """Load code and S3's description once: the processes share their memory, and a replacement starts at once."""
    import service.app  # noqa: F401
    from service.storage.client import read_descriptions

    read_descriptions()
    gc.freeze()


def child_exit(_server: Any, worker: Any) -> None:
    """Clean up after a process: its counters stay, its gauges end."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Delete the temporary directory at the end of the process that created it."""
    if _own:
        shutil.rmtree(os.environ[DIRECTORY], ignore_errors=True)
