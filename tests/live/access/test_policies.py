"""Upload policies on the real stack: read at the start, exact for many at once, and kept by open uploads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import longshore
from longshore.client.errors import PolicyRefusedError
from tests.support.live.client import DONE, Caller, Client
from tests.support.live.eventually import eventually
from tests.support.live.keys import caller
from tests.support.live.races import at_once
from tests.support.live.stack import Stack
from tests.support.programs.commands import run_module
from tools.detection.make_samples import SAMPLES

MANY = 12
RULES = """
[avatars]
max_size = 1_000_000
content_types = ["image/*"]
max_stored = 1
storage_prefix = "people/avatars/"
[avatars.detail_schema]
required = ["album"]
"""
AVATAR = {"policy": "avatars", "content_type": "image/png", "size": 5}
PICTURE = (SAMPLES / "picture.png.sample").read_bytes()


@pytest.fixture(scope="module")
def file_of_policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("policies") / "policies.toml"
    file.write_text(RULES)
    return file


@pytest.fixture(scope="module")
def ruled(one_stack: Stack, file_of_policies: Path) -> Iterator[Client]:
    """An API with login and the policies, on the parts that the stack runs on."""
    with one_stack.second_api(LOGIN="on", POLICIES=str(file_of_policies)) as client:
        yield client


@pytest.fixture
def ann(one_stack: Stack, ruled: Client) -> Caller:
    """A new subject."""
    return caller(one_stack, ruled)


def test_concurrent_inits_succeed_up_to_max_stored(ann: Caller) -> None:
    answers = at_once(*[lambda: ann.post("/upload/init/", AVATAR)] * MANY)
    assert Counter((answer.status_code, answer.json().get("rule")) for answer in answers) == {
        (200, None): 1,
        (422, "max_stored"): MANY - 1,
    }


def test_the_python_client_uploads_under_a_policy(ruled: Client, ann: Caller, tmp_path: Path) -> None:
    payload = tmp_path / "me.png"
    payload.write_bytes(b"hello")
    with longshore.Client(ruled.url, ann.key) as client:
        with pytest.raises(PolicyRefusedError, match=r"avatars .* detail_schema"):
            client.upload(payload, policy="avatars")
        another = ann.post("/upload/init/", AVATAR)
        assert (another.status_code, another.json()["rule"]) == (422, "max_stored"), "the refused one is still open"
        with pytest.raises(PolicyRefusedError, match=r"avatars .* content_types"):
            client.upload(payload, policy="avatars", content_type="text/plain")
        file = client.upload(payload, detail={"album": "harbour"})
    assert (file.policy, file.virus_scan_status) == ("default", "clean")


def test_an_open_upload_keeps_its_rules_after_the_policies_change(
    one_stack: Stack, ruled: Client, ann: Caller, tmp_path: Path
) -> None:
    body = PICTURE
    opened = ann.send(body, policy="avatars", content_type="image/png")
    wish = ann.completion(opened, body, content_type="image/png")
    other = tmp_path / "policies.toml"
    other.write_text("[documents]")
    with one_stack.second_api(LOGIN="on", POLICIES=str(other)) as later:
        again = Caller(later.url, ann.key)
        refused = again.post("/upload/complete/", wish)
        assert (refused.status_code, refused.json()["rule"]) == (422, "detail_schema")
        made = again.complete(**wish, detail={"album": "harbour"})
        assert (made["policy"], again.wait_ready(made["id"])["policy"]) == ("avatars", "avatars")


def avatar(ann: Caller, name: str) -> str:
    """Upload a sample as a JPEG under the policy; return the file's id."""
    body = (SAMPLES / f"{name}.sample").read_bytes()
    opened = ann.send(body, policy="avatars", filename=name, content_type="image/jpeg")
    wish = ann.completion(opened, body, filename=name, content_type="image/jpeg", detail={"album": "harbour"})
    return str(ann.complete(**wish)["id"])


def test_a_program_named_like_a_picture_is_blocked(ann: Caller) -> None:
    """Its name and declared type are correct, but its bytes are not."""
    file_id = avatar(ann, "program.jpg")
    status = ann.wait_stage(file_id, *DONE)
    kind = "application/vnd.microsoft.portable-executable"
    assert (status["status"], status["stage"], status["virus_scan_status"]) == ("FAILURE", "quarantined", "blocked")
    blocked = eventually(lambda: ann.get(file_id), lambda now: "/quarantine/people/avatars/" in now["path"])
    assert (blocked["detected_content_type"], blocked["download_url"]) == (kind, None)
    assert blocked["quarantine_reason"] == f"type_mismatch: the bytes are {kind}; accepted are image/*"


def test_a_picture_of_an_accepted_type_is_served(ann: Caller) -> None:
    picture = ann.wait_ready(avatar(ann, "photo.jpg"))
    assert "/people/avatars/" in picture["download_url"]
    assert (picture["virus_scan_status"], picture["detected_content_type"]) == ("clean", "image/jpeg")
    assert ann.download(picture).content == (SAMPLES / "photo.jpg.sample").read_bytes()


def test_a_process_does_not_start_with_an_invalid_policy_file(one_stack: Stack, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[avatars]\nmax_sise = 5")
    done = run_module("jobs.prepare", env=one_stack.env | {"POLICIES": str(wrong)})
    assert done.returncode != 0
    assert "line 2: max_sise is no rule; did you mean max_size?" in done.stderr
