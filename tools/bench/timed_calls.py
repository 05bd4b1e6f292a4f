"""Measure this process's processor time of each call and scan; a child of `service_cpu`, which sets its environment.

`python -m tools.bench.timed_calls` prints the seconds of each round as JSON; with the name of a call, its profile.
"""

from __future__ import annotations

import cProfile
import gc
import io
import json
import pstats
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from flask import Flask
from urllib3 import PoolManager

from jobs.context import deps
from jobs.worker import Place, make_worker
from service.app import create_app
from service.db.cached.safety import FACT, SafetyMemory, StorageSafety
from service.db.models import Fact
from service.deps import Deps
from service.domain.records.objects.storage_safety import PUBLIC, tried_on
from service.observability import logs
from service.queue.jobs import SCAN_QUEUE
from service.values.states import Stage
from tools.api_calls import completion
from tools.bench.peers import bare_flask
from tools.bench.peers.canned_storage import SIZE

FILES = 50
"""Files of a round."""
ROUNDS = 5
API = "/api/v1/file"
PROFILED = 60
"""Lines of a profile."""
BY_ONE_PUT = ", by one PUT"


class Calls:
    """Calls of an application without a server."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._status = ""

    def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Return the body of a success. Raises AssertionError for any other response."""
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
        }
        answer = self._app(environ, self._start)
        content = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        if not self._status.startswith("200 "):
            raise AssertionError(content)
        return content

    def _start(self, status: str, _headers: Any, _error: Any = None) -> Any:
        self._status = status


class Session:
    """One process of the service, and the processor seconds of its calls. how: after the name of each call."""

    def __init__(self, deps: Deps, how: str = "") -> None:
        self._how = how
        self._service = Calls(create_app(deps))
        self._idle = Calls(bare_flask.app)
        self.profiles: dict[str, cProfile.Profile] = {}
        self.rounds: dict[str, list[float]] = {}
        self._http = PoolManager(retries=False)

    def _profile(self, name: str) -> cProfile.Profile:
        """Return the profile of a call: of processor time, not of waiting."""
        return self.profiles.setdefault(name, cProfile.Profile(time.thread_time))

    def round(self, *, counts: bool = True, profiled: str = "") -> None:
        """Make FILES files, scan them, and read each; counts: False to warm up."""

        @contextmanager
        def measured(call: str) -> Iterator[None]:
            name = call + self._how
            gc.collect()
            profile = self._profile(name) if name == profiled else nullcontext()
            start = time.process_time()
            with profile:
                yield
            if counts:
                self.rounds.setdefault(name, []).append((time.process_time() - start) / FILES)

        def timed(name: str, ask: Callable[[Any], bytes], of: Iterable[Any]) -> list[bytes]:
            with measured(name):
                return [ask(each) for each in of]

        ask = self._service.ask
        timed("idle view", lambda _: self._idle.ask("POST", "/", b"x" * 80), range(FILES))
        begin = json.dumps({"filename": "small.bin", "size": SIZE}).encode()
        opened = [
            json.loads(each)["data"]
            for each in timed("init", lambda _: ask("POST", f"{API}/upload/init/", begin), range(FILES))
        ]
        ids = [each["upload_id"] for each in opened]
        signs = [json.dumps({"upload_id": each, "chunk_index": 0}).encode() for each in ids]
        timed("chunk", lambda body: ask("POST", f"{API}/upload/chunk/", body), signs)
        timed("chunk again", lambda body: ask("POST", f"{API}/upload/chunk/", body), [signs[0]] * FILES)
        for each in opened:
            self._put(each["chunks"][0])
        completes = [json.dumps(completion(each, "small.bin", SIZE, 1)).encode() for each in ids]
        timed("complete", lambda body: ask("POST", f"{API}/upload/complete/", body), completes)
        worker = make_worker(Place("worker-bench", (SCAN_QUEUE,)))
        with measured("scan"):
            worker.work(burst=True, logging_level="WARNING")
        for name in ("status", "get"):
            paths = [f"{API}/{name}/{each['file_id']}" for each in opened]
            answers = timed(name, lambda path: ask("GET", path), paths)
            if name == "status" and {json.loads(each)["data"]["stage"] for each in answers} != {Stage.READY}:
                raise AssertionError("not all files were scanned")

    def _put(self, chunk: Mapping[str, Any]) -> None:
        reply = self._http.request("PUT", chunk["url"], body=bytes(SIZE), headers=chunk["headers"])
        if reply.status != 200:
            raise AssertionError(reply.data)


def trust_storage(deps: Deps, *, one_put: bool = False) -> None:
    """Record that storage rejected all attacks: links then need no request to it. one_put: and that it permits it."""
    met = {PUBLIC: ()} if one_put else {}
    safety = StorageSafety(deps.clock(), {PUBLIC: ()}, {}, met, tried_on=tried_on(deps.settings))
    with deps.db.write() as session:
        session.merge(Fact(name=FACT, value=safety.as_fact()))


def main(profiled: str) -> None:
    logs.set_up(deps().settings)
    rounds: dict[str, list[float]] = {}
    for how in ("", BY_ONE_PUT):
        trust_storage(deps(), one_put=how == BY_ONE_PUT)
        session = Session(replace(deps(), safety=SafetyMemory()), how)
        session.round(counts=False)
        for _ in range(ROUNDS):
            session.round(profiled=profiled)
        rounds |= session.rounds
        if profiled in session.profiles:
            print_profile(session.profiles[profiled])
    if not profiled:
        sys.stdout.write(json.dumps(rounds) + "\n")


def print_profile(profile: cProfile.Profile) -> None:
    stats = pstats.Stats(profile, stream=sys.stdout)
    stats.strip_dirs().sort_stats("tottime").print_stats(PROFILED)
    stats.sort_stats("cumulative").print_stats(PROFILED * 2)


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
