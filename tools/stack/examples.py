"""The applications of examples/ as parts: how each is prepared and started, and on which port."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.checks.web import build_package, install_packages, node_environment
from tools.programs import ROOT, python_module
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part, PartError
from tools.stack.processes.ports import LOOPBACK, accepts

FOLDER = ROOT / "examples"


def origin_of(port: int) -> str:
    """Return the origin of a page on this port."""
    return f"http://{LOOPBACK}:{port}"


DOCS_OFFSET = 12
"""The manual's port with `./dev docs --serve`, from that of `./dev up`; the examples are before it."""


def refusal_of(origin: str, environment: Mapping[str, str]) -> str | None:
    """Return the command that lets pages of this origin upload to the running `./dev up`; None if they may."""
    allowed = environment["CORS_ORIGINS"]
    if {origin, "*"} & {each.strip().rstrip("/") for each in allowed.split(",")}:
        return None
    return f"CORS_ORIGINS={allowed},{origin} ./dev up"


class Example(Part):
    """An application of examples/; `offset` is its port's distance from that of `./dev up`.

    It gets in its environment LONGSHORE_URL and LONGSHORE_TOKEN (a key), PACKAGE (the folder of the built `package`),
    SESSION_SECRET and DATABASE (a file of its own).
    """

    name = "example"
    offset = 0
    package = "client"
    ready_seconds = 60.0

    def __init__(self, data: Path, port: int, settings: Mapping[str, str]) -> None:
        """data: a folder for its database and its log."""
        super().__init__(data)
        self.port = port
        self.url = origin_of(port)
        self.settings = {**settings, "PORT": str(port), "DATABASE": str(self.data / "database.sqlite3")}
        self.folder = FOLDER / self.name

    def prepare(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)

    def argv(self) -> Sequence[str]:
        """Return its command line."""
        raise NotImplementedError

    def commands(self) -> Sequence[Command]:
        return [Command(self.name, self.argv(), self.settings, self.folder)]

    def ports(self) -> dict[str, int]:
        return {f"the example {self.name}": self.port}

    def is_ready(self) -> bool:
        return accepts(self.port)

    def describe(self) -> str:
        return f"examples/{self.name}, {self.url}"


class Html(Example):
    """An HTML form with `<longshore-upload>`, and Flask."""

    name = "html"
    offset = 8
    package = "element"

    def argv(self) -> Sequence[str]:
        return python_module("flask", "--app", "app", "run", "--port", str(self.port))


class React(Example):
    """React, with Express."""

    name = "react"
    offset = 9

    def prepare(self) -> None:
        super().prepare()
        # links to the packages of this tree
        build_package("react")
        environment = node_environment()
        install_packages(self.folder)
        words = ["npm", "run", "--silent", "build", "--", "--outDir", str(self.data / "page"), "--emptyOutDir"]
        built = subprocess.run(words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        if built.returncode:
            raise PartError(f"the page of {self.describe()} could not be built:\n{built.stdout}{built.stderr}")

    def argv(self) -> Sequence[str]:
        return ["node", "--no-warnings", "server.js"]

    def commands(self) -> Sequence[Command]:
        path = {"PATH": node_environment()["PATH"], "PAGE": str(self.data / "page")}
        return [Command(self.name, self.argv(), {**self.settings, **path}, self.folder)]


class FastApi(Example):
    """FastAPI, whose page gets grants."""

    name = "fastapi"
    offset = 10

    def argv(self) -> Sequence[str]:
        return python_module("uvicorn", "--port", str(self.port), "app:app")


class Django(Example):
    """Django, with a model for the files."""

    name = "django"
    offset = 11

    def prepare(self) -> None:
        super().prepare()
        environment = {**os.environ, **self.settings}
        words = [sys.executable, "manage.py", "migrate", "--run-syncdb", "--verbosity=0"]
        done = subprocess.run(words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PartError(f"the database of {self.describe()} could not be prepared:\n{done.stdout}{done.stderr}")

    def argv(self) -> Sequence[str]:
        return [sys.executable, "manage.py", "runserver", "--noreload", str(self.port)]


EXAMPLES: dict[str, type[Example]] = {each.name: each for each in (Html, React, FastApi, Django)}
