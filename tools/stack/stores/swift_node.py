"""Run Swift servers in one process:  python -m tools.stack.stores.swift_node ETC_FOLDER SERVER…

SERVER is proxy, account, container or object. Swift's own commands start one process per server; two processes (the
proxy, and all storage servers) start faster and use half the memory.
"""

import logging
import sys
import warnings
from typing import Any

import eventlet
import eventlet.hubs
from eventlet import wsgi as eventlet_wsgi
from swift.common import constraints, utils, wsgi
from swift.common.http_protocol import SwiftHttpProtocol

MAX_CLIENTS = 1024
# a browser on a slow connection may pause this long (seconds) within a chunk
CLIENT_TIMEOUT = 120.0


def log_to_stderr(
    _conf: Any, _name: str, _console: bool, _route: str, _fmt: str, logger: logging.Logger, _adapted: Any
) -> None:
    """Swift's hook for log handlers (log_custom_handlers): write its warnings to the part's log."""
    if not any(type(handler) is logging.StreamHandler for handler in logger.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logger.addHandler(handler)


def serve(folder: str, servers: list[str]) -> None:
    """Serve until SIGTERM; all sockets listen before the first request is accepted."""
    # once per process: swift.common.wsgi.run_server does it per server, and earlier servers lose their hub
    eventlet.hubs.use_hub(utils.get_hub())
    utils.monkey_patch()
    warnings.filterwarnings("ignore", message="capitalize_response_headers is disabled")
    prepared = [_load(f"{folder}/{server}.conf", f"{server}-server") for server in servers]
    threads = [eventlet.spawn(_serve, listener, app) for listener, app in prepared]
    for thread in threads:
        thread.wait()


def _load(conf_file: str, section: str) -> tuple[Any, Any]:
    app, conf, _logger, _name = wsgi.init_request_processor(conf_file, section)
    return wsgi.get_socket(conf), app


def _serve(listener: Any, app: Any) -> None:
    eventlet_wsgi.server(
        listener,
        app,
        logging.getLogger("tools.stack.requests"),
        custom_pool=wsgi.RestrictedGreenPool(size=MAX_CLIENTS),
        protocol=SwiftHttpProtocol,
        socket_timeout=CLIENT_TIMEOUT,
        # S3 clients expect "ETag" in this case
        capitalize_response_headers=False,
        url_length_limit=constraints.MAX_REQUEST_LINE,
    )


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2:])
