"""gunicorn's configuration (`gunicorn --config python:service.server …`): logs like ours, metrics of all its processes.

Read once, by the process that starts the others, before it loads the application.
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
forwarder_headers = ""
"""Else a client behind a proxy on this host names the path itself (SCRIPT_NAME, PATH_INFO), past the proxy's rules."""
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


def metrics_directory(env: Mapping[str, str]) -> str:
    """Where the processes count; empty, as what others counted is over. A temporary one where none is named."""
    named = env.get(DIRECTORY)
    if not named:
        return tempfile.mkdtemp(prefix="longshore-metrics-")
    Path(named).mkdir(parents=True, exist_ok=True)
    for file in Path(named).glob("*.db"):
        file.unlink()
    return named


class Logs(Logger):  # type: ignore[misc]
    """gunicorn's loggers, written as ours are. Its access log has no query strings: they hold credentials."""

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


# before anything imports prometheus_client: that is when it decides where to count
_own = DIRECTORY not in os.environ
os.environ[DIRECTORY] = metrics_directory(os.environ)

logger_class = Logs
control_socket_disable = True
"""It would be the same one, in the home folder, for every instance."""


def on_starting(_server: Any) -> None:
    """The code is read once: the processes share its memory, and one that replaces another is at work at once."""
    import service.app  # noqa: F401

    gc.freeze()


def child_exit(_server: Any, worker: Any) -> None:
    """A process is gone: what it counted stays, what it was doing is over."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """The temporary directory goes with the process that made it."""
    if _own:
        shutil.rmtree(os.environ[DIRECTORY], ignore_errors=True)
