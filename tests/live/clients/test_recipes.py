"""The recipes of docs/recipes/curl.md, python.md and mobile.md work on a real stack."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import urllib3

import longshore
from service.domain.accounts.keys import create_key
from service.scanner.samples import encrypted_zip
from service.values.access.caller import Scope
from tests.support.documents import block_of, blocks_of
from tests.support.live.client import CHUNK, FILE, Client, cut, put, random_bytes
from tests.support.live.stack import Stack
from tests.support.storage.faulty_proxy import FaultyProxy, Forward, LostError, ProxiedRequest, Reply, harmful, refusing
from tools.stack.pytest_parts import need
from tools.stack.servers.clamd import eicar

EXPIRED = refusing(403, "AccessDenied")
"""Storage's response to an expired URL."""


class Line:
    """The proxy before storage: counts the sent parts by number and status."""

    def __init__(self) -> None:
        self.sent: Counter[tuple[str, int]] = Counter()
        self.broken = True

    def __call__(self, request: ProxiedRequest, forward: Forward) -> Reply:
        if request.method != "PUT":
            return forward(request)
        part = request.query.get("partNumber", "1")
        first_try = not any(number == part for number, _ in self.sent)
        reply = EXPIRED if part != "1" and (self.broken or first_try) else forward(request)
        self.sent[part, reply.status] += 1
        return reply


@pytest.fixture
def storage(one_stack: Stack) -> Iterator[FaultyProxy]:
    with harmful(one_stack.settings.s3_endpoint_url.removeprefix("http://")) as proxy:
        yield proxy


@pytest.fixture
def locked(one_stack: Stack, storage: FaultyProxy) -> Iterator[dict[str, str]]:
    """A shell's environment for a service with login on, whose storage is behind the proxy."""
    scopes = [Scope.UPLOAD, Scope.READ, Scope.DELETE]
    key = create_key(one_stack.deps, "curl", "Änn of the recipes", scopes)[0]
    with one_stack.second_api(LOGIN="on", S3_PUBLIC_ENDPOINT_URL=storage.url) as api:
        yield {**os.environ, "LONGSHORE_URL": api.url, "LONGSHORE_TOKEN": key}


def test_the_curl_recipe_resumes_an_interrupted_upload(
    locked: dict[str, str], storage: FaultyProxy, tmp_path: Path
) -> None:
    """The whole page: interrupted after the first part, then repeated."""
    for name in ("curl", "jq", "openssl"):
        need(name)
    sample = random_bytes(2 * CHUNK + 1000)
    (tmp_path / "sample.bin").write_bytes(sample)
    (tmp_path / "photo.jpg").write_bytes(random_bytes(1000))
    script = "".join(blocks_of("the curl recipe"))

    def run() -> subprocess.CompletedProcess[str]:
        words = ["sh", "-c", script]
        return subprocess.run(words, cwd=tmp_path, env=locked, capture_output=True, text=True, check=False)

    line = Line()
    with storage.doing(line):
        assert run().returncode == 1
        assert line.sent == {("1", 200): 1, ("2", 403): 3}
        line.sent.clear()
        line.broken = False
        done = run()
    assert done.returncode == 0, done.stderr
    # the private file adds one part
    assert line.sent == {("1", 200): 1, ("2", 403): 1, ("2", 200): 1, ("3", 403): 1, ("3", 200): 1}
    assert (tmp_path / "again.bin").read_bytes() == sample
    shown = json.loads(block_of("a wrong credential"))
    assert json.loads((tmp_path / "refusal.json").read_text()) == shown
    assert f"wrong_credential: {shown['message']}" in done.stderr


Names = dict[str, Any]
"""The leftovers of a recipe."""
Check = Callable[[Names, Client, str], None]
"""The check of a recipe's result; the last argument is its output."""
RECIPES: dict[str, Check] = {}
"""The check of each, by the recipe's text."""


def of(recipe: str) -> Callable[[Check], None]:
    """Checks the result of a recipe."""
    return lambda check: RECIPES.update({recipe: check})


@pytest.fixture
def here(one_stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The current folder has the files of the recipes, and the environment names the service."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LONGSHORE_URL", one_stack.client.url)
    monkeypatch.delenv("LONGSHORE_TOKEN", raising=False)
    (tmp_path / "photos" / "more").mkdir(parents=True)
    for name, size in {
        "sample.bin": CHUNK + 1000,
        "photo.jpg": 1000,
        "photos/1.jpg": 10,
        "photos/more/2.jpg": 20,
    }.items():
        (tmp_path / name).write_bytes(random_bytes(size))
    (tmp_path / "letter.zip").write_bytes(encrypted_zip())
    (tmp_path / "eicar.txt").write_bytes(eicar())
    return one_stack.client


def arrived(client: Client, file_id: str, path: str = "sample.bin") -> None:
    """The file is clean and has the same bytes as the local one."""
    assert client.download(client.wait_ready(file_id)).content == Path(path).read_bytes()


@of(block_of("a view in Python"))
def a_view(names: Names, client: Client, _out: str) -> None:
    # more than a form keeps in memory
    photo = {"photo": ("photo.jpg", Path("photo.jpg").read_bytes(), "image/jpeg")}
    body, content_type = urllib3.encode_multipart_formdata(photo)
    answer = names["app"].test_client().post("/photos", data=body, content_type=content_type)
    names["client"].close()
    assert answer.status_code == 202
    arrived(client, answer.json["id"], "photo.jpg")


@of(block_of("a command's output in Python"))
def a_pipe(names: Names, client: Client, _out: str) -> None:
    tar = client.download(client.wait_ready(names["file"].id)).content
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        assert {"photos/1.jpg", "photos/more/2.jpg"} < set(archive.getnames())
    words = ["sh", "-c", "echo half; exit 3"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as fails, longshore.Client() as sender:
        with pytest.raises(subprocess.CalledProcessError):
            sender.upload(names["Output"](fails), filename="half of it")
    assert client.data("GET", f"{FILE}/all", params={"search": "half of it"})["items"] == []


@of(block_of("many files in Python"))
def many(names: Names, client: Client, out: str) -> None:
    assert set(out.split("\n")) == {"", "photos/1.jpg: clean", "photos/more/2.jpg: clean"}
    for done, path in names["sending"].items():
        arrived(client, done.result().id, path)


def break_off(client: Client) -> None:
    """An upload of the file here of which one part has arrived."""
    sample = Path("sample.bin").read_bytes()
    opened = client.init(size=len(sample))
    assert put(opened["chunks"][0], cut(sample, CHUNK, 0)).status_code == 200
    Path("sample.bin.upload").write_text(opened["upload_id"])


@of(block_of("after a crash in Python"))
def a_crash(names: Names, client: Client, out: str) -> None:
    file_id = out.strip()
    arrived(client, file_id)
    with longshore.Client() as sender:
        # it had been completed when the crash came
        Path("sample.bin.upload").write_text(sender.get(file_id).upload_id)
        assert names["send"](sender, Path("sample.bin")).id == file_id
        # the upload does not exist any more
        Path("sample.bin.upload").write_text(str(uuid4()))
        assert names["send"](sender, Path("sample.bin")).id != file_id
    assert not Path("sample.bin.upload").exists()


@of(block_of("a checked download in Python"))
def a_download(_names: Names, _client: Client, _out: str) -> None:
    assert Path("again.bin").read_bytes() == Path("sample.bin").read_bytes()


@of(block_of("verdicts in Python"))
def verdicts(_names: Names, _client: Client, out: str) -> None:
    photo, letter, letter_held, virus, virus_held, _ = out.split("\n")
    assert photo == "photo.jpg Ready to download."
    assert letter.startswith("letter.zip Blocked, could not be scanned: encrypted")
    assert virus.startswith("eicar.txt Blocked, infected: ")
    assert (letter_held, virus_held) == ("letter.zip quarantined unscannable", "eicar.txt quarantined infected")
    assert Path("again-photo.jpg").read_bytes() == Path("photo.jpg").read_bytes()
    assert [*Path().glob("again-*")] == [Path("again-photo.jpg")]


@of(block_of("the bare protocol in Python"))
def bare(names: Names, client: Client, out: str) -> None:
    assert out == "clean\n"
    names["http"].clear()
    newest = client.data("GET", f"{FILE}/all", params={"limit": 1})["items"][0]
    arrived(client, newest["id"])


def plan(folder: Path, env: dict[str, str], *words: str) -> Any:
    """Run the program of the recipe, and put its plan where the phone looks for it."""
    (folder / "plan.py").write_text(block_of("a plan for a phone"))
    text = subprocess.run(
        [sys.executable, "plan.py", *words], cwd=folder, env=env, check=True, capture_output=True
    ).stdout
    (folder / "plan.json").write_bytes(text)
    return json.loads(text)


def names_of(text: str) -> set[str]:
    """Return the keys of a plan or a part that the text of a program uses."""
    return set(re.findall(r"\b(?:plan|part)\.(\w+)", text))


def test_the_recipes_in_other_languages_use_the_plans_fields() -> None:
    shown = json.loads(block_of("the plan that it prints"))
    used = [names_of(block) for block in blocks_of("the names in a plan")]
    assert len(used) == 2
    assert all(names <= {*shown, *shown["parts"][0]} for names in used)
    assert all({"offset", "length", "url", "method", "headers"} <= names for names in used)


def unanswered(request: ProxiedRequest, forward: Forward) -> Reply:
    """A request arrives, and its answer does not."""
    forward(request)
    raise LostError


def shape(value: Any) -> Any:
    """Return the value with types instead of values; lists by their first item."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items() if key != "headers"}
    return [shape(value[0])] if isinstance(value, list) else type(value)


@pytest.mark.parametrize("size", [2 * CHUNK + 1000, 1000, 0], ids=["parts", "one part", "nothing"])
def test_the_phone_recipe_resumes_an_interrupted_upload(
    locked: dict[str, str], storage: FaultyProxy, one_stack: Stack, tmp_path: Path, size: int
) -> None:
    """A part arrives, but its answer is lost: the next plan has only the missing parts."""
    for name in ("curl", "jq"):
        need(name)
    sample = random_bytes(size)
    (tmp_path / "film.mp4").write_bytes(sample)
    backend = create_key(one_stack.deps, "phones", "Änn's backend", [Scope.GRANT])[0]
    with longshore.Client(locked["LONGSHORE_URL"], backend) as client:
        grant = client.create_grant(subject="ann", content_types=["video/mp4"], expires_in=600)
    env = locked | {"LONGSHORE_TOKEN": grant.token, "FILE": "film.mp4"}

    def phone() -> int:
        return subprocess.run(["sh", "-c", block_of("a phone")], cwd=tmp_path, env=env, check=False).returncode

    words = ("film.mp4", str(size), "video/mp4")
    first = plan(tmp_path, env, *words)
    assert shape(first) == shape(json.loads(block_of("the plan that it prints")))
    with storage.doing(unanswered):
        assert phone() == 1
    again = plan(tmp_path, env, *words, first["upload_id"])
    assert [part["offset"] for part in again["parts"]] == [part["offset"] for part in first["parts"]][1:]
    assert phone() == 0
    file = json.loads((tmp_path / "file.json").read_text())["data"]
    assert (file["id"], file["size"]) == (first["file_id"], size)


@pytest.mark.parametrize(("recipe", "check"), RECIPES.items(), ids=[check.__name__ for check in RECIPES.values()])
def test_a_python_recipe_works(here: Client, capsys: pytest.CaptureFixture[str], recipe: str, check: Check) -> None:
    if check.__name__ == "a_crash":
        break_off(here)
    names: Names = {"__name__": "__main__"}
    exec(compile(recipe, check.__name__, "exec"), names)
    check(names, here, capsys.readouterr().out)
