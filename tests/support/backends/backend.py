"""The recipes of docs/grants.md as sites: each is served by its framework, as users serve it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.support.documents import block_of
from tools.checks.web import install_packages, node_environment
from tools.programs import ROOT, program
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part
from tools.stack.processes.ports import LOOPBACK, accepts, free_port

FOLDER = Path(__file__).parent
PYTHON = (sys.executable, "-m")


class Backend(Part):
    """A site with one recipe. A request's header X-User stands for the login.

    files: texts of the manual by the name of their file. site: the file here that serves them, if they do not serve
    themselves. argv: returns the command for a port.
    """

    def __init__(
        self, data: Path, files: Mapping[str, str], site: str, argv: Callable[[int], Sequence[str]], secret: str
    ) -> None:
        super().__init__(data)
        self.files, self.site, self.argv, self.secret = files, site, argv, secret
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        self.data.mkdir()
        for name, text in self.files.items():
            (self.data / name).write_text(text)
        if self.site:
            shutil.copy(FOLDER / self.site, self.data)

    def commands(self) -> Sequence[Command]:
        env = {"JWT_SECRET": self.secret, "PORT": str(self.port)}
        return [Command("backend", self.argv(self.port), env, self.data)]

    def is_ready(self) -> bool:
        return accepts(self.port)


class Express(Backend):
    """The recipe for Express, with our module from this tree."""

    def prepare(self) -> None:
        super().prepare()
        install_packages(FOLDER)
        (self.data / "node_modules").symlink_to(FOLDER / "node_modules")
        recipe = self.data / "recipe.mjs"
        name, here = "'@longshore/client/grants'", (ROOT / "web" / "client" / "grants.ts").as_uri()
        assert name in recipe.read_text()
        recipe.write_text(recipe.read_text().replace(name, f"'{here}'"))

    def commands(self) -> Sequence[Command]:
        [command] = super().commands()
        return [Command(command.label, command.argv, {**node_environment(), **command.env}, command.cwd)]


def flask(data: Path, secret: str) -> Backend:
    def argv(port: int) -> Sequence[str]:
        return [*PYTHON, "flask", "--app", "flask_site", "run", "--port", str(port)]

    return Backend(data, {"recipe.py": block_of("grants in Flask")}, "flask_site.py", argv, secret)


def django(data: Path, secret: str) -> Backend:
    def argv(port: int) -> Sequence[str]:
        place = ["--chdir", str(data), "--bind", f"{LOOPBACK}:{port}"]
        return [*PYTHON, "gunicorn", *place, "django_site:application"]

    return Backend(data, {"recipe.py": block_of("grants in Django")}, "django_site.py", argv, secret)


def fastapi(data: Path, secret: str) -> Backend:
    def argv(port: int) -> Sequence[str]:
        return [*PYTHON, "uvicorn", "--port", str(port), "recipe:app"]

    return Backend(data, {"recipe.py": block_of("grants in FastAPI")}, "", argv, secret)


def express(data: Path, secret: str) -> Backend:
    files = {"recipe.mjs": block_of("grants in Express")}
    return Express(data, files, "express.mjs", lambda _port: ["node", "--no-warnings", "express.mjs"], secret)


def rails(data: Path, secret: str) -> Backend:
    files = {
        "longshore_grant.rb": block_of("grants in Rails"),
        "uploads_controller.rb": block_of("a controller in Rails"),
    }
    return Backend(data, files, "rails.rb", lambda _port: [program("ruby"), "rails.rb"], secret)


def laravel(data: Path, secret: str) -> Backend:
    def argv(port: int) -> Sequence[str]:
        return [program("php"), "-S", f"{LOOPBACK}:{port}", "laravel.php"]

    files = {"longshore_grant.php": block_of("grants in Laravel"), "web.php": block_of("a route in Laravel")}
    return Backend(data, files, "laravel.php", argv, secret)
