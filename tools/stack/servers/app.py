"""The service itself: the API, the worker and the cron, and the one-shot `prepare` before them."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from tools.programs import ROOT, python_env, python_module
from tools.stack.processes.child import Child, Command
from tools.stack.processes.part import Part, PartError
from tools.stack.processes.ports import LOOPBACK, free_port, http_status

WORKERS = 2
THREADS = 8
PATIENT = "service.serving.patient_worker.PatientWorker"
ERROR_LINES = 20
MEMORY = {"MALLOC_ARENA_MAX": "1"}
"""For glibc: with an arena per thread, memory that large responses used would grow for hours."""


def run_prepare(settings: Mapping[str, str], logs: Path) -> None:
    """Run `jobs.prepare`: migrations, buckets, CORS. Repeatable. Its output is in prepare.log."""
    child = Child(Command("prepare", python_module("jobs.prepare"), {**python_env(), **settings}, cwd=ROOT), logs)
    try:
        code = child.process.wait()
    finally:
        child.kill()
    if code:
        raise PartError(f"preparing the database and the storage failed:\n{child.tail(ERROR_LINES)}")


class AppPart(Part):
    """A Python process of the service; `settings` is its environment."""

    def __init__(self, data: Path, settings: Mapping[str, str]) -> None:
        super().__init__(data)
        self.settings = dict(settings)

    def argv(self) -> list[str]:
        """Return its command line."""
        return python_module(f"jobs.{self.name}")

    def commands(self) -> Sequence[Command]:
        return [Command(self.name, self.argv(), {**MEMORY, **python_env(), **self.settings}, cwd=ROOT)]

    def is_ready(self) -> bool:
        # it has no port: it is ready when it runs
        return self.crashed() is None

    def describe(self) -> str:
        return f"python -m jobs.{self.name}"


class Worker(AppPart):
    """The worker: takes scans and other jobs from Redis."""

    name = "worker"


class Cron(AppPart):
    """The cron process: puts recurring jobs into Redis."""

    name = "cron"


class Api(AppPart):
    """gunicorn with the Flask application; it also serves the page."""

    name = "api"
    ready_seconds = 60.0
    workers = WORKERS
    threads = THREADS
    application = "service.app:create_app()"

    def __init__(self, data: Path, settings: Mapping[str, str], port: int | None = None) -> None:
        super().__init__(data, settings)
        self.port = port or free_port()

    def ports(self) -> dict[str, int]:
        return {"the page and the API": self.port}

    def argv(self) -> list[str]:
        processes = {"workers": self.workers, "threads": self.threads}
        options = {"config": "python:service.server", "bind": f"{LOOPBACK}:{self.port}", **processes}
        words = [f"--{name}={value}" for name, value in options.items()]
        return [*python_module("gunicorn"), *words, self.application]

    def is_ready(self) -> bool:
        return http_status(self.port, "/api/health/live") == 200

    def finds_all_ready(self) -> bool:
        """Whether it can use its database, with all migrations, and both buckets."""
        return http_status(self.port, "/api/health/ready") == 200

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{LOOPBACK}:{self.port}"

    def describe(self) -> str:
        return f"gunicorn, {self.workers} processes of {self.threads} threads, {LOOPBACK}:{self.port}"


class Dashboard(AppPart):
    """rq-dashboard, to inspect the queue: read-only, on loopback."""

    name = "dashboard"
    settings_it_needs = ("REDIS_URL", "RQ_DASHBOARD_USERNAME", "RQ_DASHBOARD_PASSWORD", "RQ_DASHBOARD_API_URL")

    def __init__(self, data: Path, settings: Mapping[str, str], port: int | None = None) -> None:
        """It gets only the settings that it needs, and no credentials of storage."""
        super().__init__(data, {name: settings[name] for name in self.settings_it_needs if name in settings})
        self.port = port or free_port()

    @classmethod
    def available(cls) -> str | None:
        return None if find_spec("rq_dashboard") else "rq-dashboard is not installed: ./dev installs it"

    def ports(self) -> dict[str, int]:
        return {"rq-dashboard": self.port}

    def argv(self) -> list[str]:
        words = [f"--bind={LOOPBACK}:{self.port}", f"--worker-class={PATIENT}", "--threads=4", "--no-control-socket"]
        return [*python_module("gunicorn"), *words, "service.admin.dashboard:create_app()"]

    def is_ready(self) -> bool:
        return http_status(self.port, "/favicon.ico") in {200, 401}

    @property
    def url(self) -> str:
        """The address of the dashboard."""
        return f"http://{LOOPBACK}:{self.port}"

    def describe(self) -> str:
        own = f"password: a key with the scope admin, or for user admin that in {self.data / 'dashboard_password'}"
        return f"rq-dashboard, read-only, {self.url} ({own if len(self.settings) > 1 else 'no login'})"
