"""Upload policies: refusals by each rule at init and at completion, and the rules of an open upload."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.db.models import File, Upload
from service.domain.uploads.policies import MAX_REASONS
from service.policy_file import read_policies
from service.values import ScanVerdict
from service.values.access.caller import Scope
from tests.support.documents import block_of
from tests.support.login import login
from tests.support.matchers import failure
from tests.support.service.scrapes import grown, next_scrape, scraped
from tests.support.service_under_test import CHUNK, App

TYPES = "[content_type] only files of these types are accepted: image/*"
POLICIES: dict[str, Any] = {
    "avatars": {
        "min_size": 2,
        "max_size": 10,
        "extensions": ("jpg",),
        "content_types": ("image/*",),
        "visibility": "public",
        "upload_ttl": 120,
        "url_ttl": 60,
        "detail_schema": {"properties": {"album": {"type": "string"}}, "required": ["album"]},
    },
    "checked": {"checksum": ("CRC32C", "SHA256")},
    "private": {"visibility": "private"},
    "few": {"max_open": 2},
    "one": {"max_stored": 1},
}
AVATAR: dict[str, Any] = {"policy": "avatars", "filename": "me.jpg", "content_type": "image/jpeg"}
DONE: dict[str, Any] = {"filename": "me.jpg", "content_type": "image/jpeg", "detail": {"album": "harbour"}}


@pytest.fixture
def ruled(app: App) -> App:
    return app.with_settings(policies=POLICIES)


def refused(policy: str, rule: str, *reasons: str) -> tuple[int, Any]:
    return 422, failure("policy_refused", *reasons, policy=policy, rule=rule)


@pytest.mark.parametrize(
    ("changes", "rule", "reason"),
    [
        ({"size": 11}, "max_size", "[size] is 11 bytes; these files have at most 10"),
        ({"size": 1}, "min_size", "[size] is 1 bytes; these files have at least 2"),
        ({"filename": "me.exe"}, "extensions", "[filename] only files with these extensions are accepted: .jpg"),
        (
            {"content_type": "text/html"},
            "content_types",
            TYPES,
        ),
        ({"policy": "checked"}, "checksum", "[checksum_algorithm] must be one of CRC32C, SHA256"),
        (
            {"policy": "checked", "checksum_algorithm": "CRC32"},
            "checksum",
            "[checksum_algorithm] must be one of CRC32C, SHA256",
        ),
    ],
)
def test_init_refuses_fields_that_violate_the_policy(
    ruled: App, changes: dict[str, Any], rule: str, reason: str
) -> None:
    wish = AVATAR | changes
    answer = ruled.post("/upload/init/", **wish)
    assert (answer.status_code, answer.json) == refused(wish["policy"], rule, reason)
    assert ruled.count(Upload) == 0


@pytest.mark.parametrize(
    ("changes", "rule", "reason"),
    [
        ({"filename": "me.exe"}, "extensions", "[filename] only files with these extensions are accepted: .jpg"),
        (
            {"content_type": "text/html"},
            "content_types",
            TYPES,
        ),
        ({"credential": {"pin": "1"}}, "visibility", "[credential] is not allowed: these files are public"),
        ({"detail": {}}, "detail_schema", '[detail] "album" is a required property'),
        ({"detail": {"album": 5}}, "detail_schema", '[detail.album] 5 is not of type "string"'),
        ({"detail": None}, "detail_schema", '[detail] "album" is a required property'),
    ],
)
def test_a_completion_refused_by_the_policy_can_be_corrected(
    ruled: App, changes: dict[str, Any], rule: str, reason: str
) -> None:
    opened = ruled.send(**AVATAR)
    answer = ruled.post("/upload/complete/", **ruled.completion(opened, **DONE | changes))
    assert (answer.status_code, answer.json) == refused("avatars", rule, reason)
    assert ruled.count(File) == 0
    made = ruled.post("/upload/complete/", **ruled.completion(opened, **DONE))
    assert (made.status_code, made.json["data"]["policy"]) == (200, "avatars")


@pytest.mark.parametrize(("size", "rule"), [(1, "min_size"), (11, "max_size")])
def test_a_size_unknown_at_init_is_checked_at_completion(ruled: App, size: int, rule: str) -> None:
    opened = ruled.init(**AVATAR)
    answer = ruled.post("/upload/complete/", **ruled.completion(opened, b"x" * size, **DONE))
    assert (answer.status_code, answer.json["rule"]) == (422, rule)


def test_no_chunk_beyond_the_maximum_is_signed(ruled: App) -> None:
    opened = ruled.init(**AVATAR)
    answer = ruled.post("/upload/chunk/", upload_id=opened["upload_id"], chunk_index=0, chunk_size=11)
    reason = "[chunk_size] is 11 bytes; these files have at most 10"
    assert (answer.status_code, answer.json) == refused("avatars", "max_size", reason)


def test_uploads_and_refusals_are_counted_and_logged(ruled: App, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    before = scraped(ruled.client)
    ruled.post("/upload/init/", size=11, **AVATAR)
    ruled.send(**AVATAR)
    after = next_scrape(ruled)
    assert grown(before, after, "longshore_policy_refused_total") == {"avatars,max_size": 1}
    assert grown(before, after, "longshore_uploads_total") == {"initialized,avatars": 1}
    assert "policy_refused policy=avatars rule=max_size path=/api/v1/file/upload/init/" in caplog.text


def test_private_files_need_a_credential(ruled: App) -> None:
    opened = ruled.send(policy="private")
    answer = ruled.post("/upload/complete/", **ruled.completion(opened))
    reason = "[credential] is missing: these files are private"
    assert (answer.status_code, answer.json) == refused("private", "visibility", reason)
    made = ruled.post("/upload/complete/", **ruled.completion(opened, credential={"pin": "1"}))
    assert (made.status_code, made.json["data"]["is_private"]) == (200, True)


def test_a_schema_refusal_lists_a_limited_number_of_reasons(app: App) -> None:
    schema = {"additionalProperties": {"type": "string"}}
    ruled = app.with_settings(policies={"notes": {"detail_schema": schema}})
    opened = ruled.send(policy="notes")
    detail = {f"n{number}": number for number in range(2 * MAX_REASONS)}
    answer = ruled.post("/upload/complete/", **ruled.completion(opened, detail=detail))
    assert (answer.status_code, len(answer.json["errors"])) == (422, MAX_REASONS)


def test_a_long_reason_of_a_schema_refusal_is_shortened(app: App) -> None:
    ruled = app.with_settings(policies={"notes": {"detail_schema": {"additionalProperties": {"type": "integer"}}}})
    opened = ruled.send(policy="notes")
    detail = {"a" * 1000: "x", "b": "y" * 1000, "c": 10**300}
    reasons = ruled.post("/upload/complete/", **ruled.completion(opened, detail=detail)).json["errors"]
    assert [(reason[:10], len(reason)) for reason in reasons] == [("[detail.aa", 201), ("[detail.b]", 201)]


def test_a_refusal_by_a_schema_leaves_the_upload_open(app: App) -> None:
    ruled = app.with_settings(policies={"never": {"detail_schema": {"not": {}}}})
    opened = ruled.send(policy="never")
    answer = ruled.post("/upload/complete/", **ruled.completion(opened, detail={"a": 1}))
    assert (answer.status_code, answer.json["rule"]) == (422, "detail_schema")
    status = ruled.status(opened["file_id"]).json["data"]
    assert (status["stage"], status["policy"], status["uploaded_bytes"]) == ("uploading", "never", 5)


def test_init_with_an_unknown_policy_lists_the_existing_policies(ruled: App) -> None:
    answer = ruled.post("/upload/init/", policy="avatar")
    reason = "[policy] there is no policy 'avatar'; the policies are avatars, checked, default, few, one, private"
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


def test_without_a_policy_file_only_the_default_policy_exists(app: App) -> None:
    opened = app.send(policy="default")
    assert app.status(opened["file_id"]).json["data"]["policy"] == "default"
    made = app.post("/upload/complete/", **app.completion(opened))
    assert made.json["data"]["policy"] == app.get(opened["file_id"]).json["data"]["policy"] == "default"
    assert app.post("/upload/init/", policy="avatars").status_code == 422


def test_a_policy_inherits_unset_rules_from_the_default_policy(app: App) -> None:
    ruled = app.with_settings(
        max_upload_size=9, policies={"default": {"extensions": ("txt",)}, "large": {"max_size": 20}}
    )
    assert ruled.post("/upload/init/", size=10).json["code"] == "file_too_large"
    assert ruled.post("/upload/init/", filename="a.exe").json["code"] == "invalid_body"
    assert ruled.post("/upload/init/", policy="large", size=20).status_code == 200
    answer = ruled.post("/upload/init/", policy="large", filename="a.exe")
    assert (answer.json["code"], answer.json["rule"]) == ("policy_refused", "extensions")


def test_upload_ttl_url_ttl_and_chunk_size_come_from_the_policy(app: App) -> None:
    ruled = app.with_settings(policies=POLICIES | {"large": {"chunk_size": 2 * CHUNK}})
    opened = ruled.init(size=5, **AVATAR)
    times = [datetime.fromisoformat(opened["expires_at"]), datetime.fromisoformat(opened["chunks"][0]["expires_at"])]
    assert times == [ruled.clock() + timedelta(seconds=seconds) for seconds in (120, 60)]
    assert ruled.init(policy="large", size=3 * CHUNK)["chunk_size"] == 2 * CHUNK


@pytest.mark.parametrize("left", [{}, {"other": {}}, {"avatars": {"max_size": 3, "extensions": ("png",)}}])
def test_an_open_upload_keeps_its_rules_when_the_policy_file_changes(ruled: App, left: dict[str, Any]) -> None:
    opened = ruled.send(**AVATAR)
    later = ruled.with_settings(policies=left)
    answer = later.post("/upload/complete/", **later.completion(opened, **DONE | {"detail": {}}))
    assert (answer.status_code, answer.json["rule"]) == (422, "detail_schema")
    made = later.post("/upload/complete/", **later.completion(opened, **DONE))
    assert (made.status_code, made.json["data"]["policy"]) == (200, "avatars")


def test_an_upload_older_than_the_policy_file_has_the_default_policy(app: App) -> None:
    opened = app.send(filename="hello.txt")
    later = app.with_settings(policies=POLICIES)
    made = later.post("/upload/complete/", **later.completion(opened))
    assert (made.status_code, made.json["data"]["policy"]) == (200, "default")


def test_an_idempotency_key_with_another_policy_is_refused(ruled: App, app: App) -> None:
    key = {"Idempotency-Key": "one"}

    def init(on: App, **wish: Any) -> int:
        return on.client.post("/api/v1/file/upload/init/", json=wish, headers=key).status_code

    assert [init(app), init(ruled, policy="default"), init(ruled, policy="few")] == [200, 200, 422]


def test_max_open_limits_the_open_uploads_of_a_subject_per_policy(ruled: App) -> None:
    one, other = (login(ruled.with_settings(login="on"), name, Scope.UPLOAD, Scope.READ) for name in ("one", "other"))
    first, _ = one.init(policy="few"), one.init(policy="few")
    reason = "[policy] you have 2 open uploads under this policy, the highest number"
    answer = one.post("/upload/init/", policy="few")
    assert (answer.status_code, answer.json) == refused("few", "max_open", reason)
    assert [one.post("/upload/init/").status_code, other.post("/upload/init/", policy="few").status_code] == [200, 200]
    assert one.client.delete(f"/api/v1/file/upload/{first['upload_id']}").status_code == 200
    assert one.post("/upload/init/", policy="few").status_code == 200


def test_max_stored_counts_files_until_they_are_deleted(ruled: App) -> None:
    one = login(ruled.with_settings(login="on"), "one", Scope.UPLOAD, Scope.READ, Scope.DELETE)
    opened = one.send(policy="one")
    file = one.post("/upload/complete/", **one.completion(opened)).json["data"]
    reason = "[policy] you have 1 files and open uploads under this policy, the highest number"
    answer = one.post("/upload/init/", policy="one")
    assert (answer.status_code, answer.json) == refused("one", "max_stored", reason)
    assert one.client.delete(f"/api/v1/file/{file['id']}").status_code == 200
    assert one.post("/upload/init/", policy="one").status_code == 200


def test_copies_of_an_object_keep_its_storage_class_and_tags(app: App) -> None:
    rules = {
        "storage_class": "STANDARD_IA",
        "tags": {"team": "web", "cost centre": "4711"},
        "cache_control": "no-store",
    }
    ruled = app.published().with_settings(policies={"cold": rules})
    opened = ruled.send(policy="cold")

    def kept() -> tuple[str, dict[str, str]]:
        with ruled.deps.db.read() as session:
            file = session.get_one(File, opened["file_id"])
        place = {"Bucket": file.bucket, "Key": file.object_key}
        tags = ruled.s3.get_object_tagging(**place)["TagSet"]
        return ruled.s3.head_object(**place)["StorageClass"], {tag["Key"]: tag["Value"] for tag in tags}

    assert ruled.post("/upload/complete/", **ruled.completion(opened)).status_code == 200
    at_first = kept()
    ruled.scan(opened["file_id"])
    [public] = ruled.keys("longshore-public")
    assert at_first == kept() == ("STANDARD_IA", {"team": "web", "cost centre": "4711"})
    assert ruled.s3.head_object(Bucket="longshore-public", Key=public)["CacheControl"] == "no-store"


@pytest.mark.parametrize(
    ("rules", "headers"),
    [({"max_size": 10}, True), ({"tags": {"a": "b"}}, False), ({"storage_class": "GLACIER"}, False)],
)
def test_policies_with_tags_or_a_storage_class_do_not_use_one_put(
    app: App, rules: dict[str, Any], headers: bool
) -> None:
    ruled = app.with_settings(policies={"some": rules}).with_one_put()
    opened = ruled.init(policy="some", size=5)
    assert ("if-none-match" in opened["chunks"][0]["headers"]) is headers


@pytest.mark.parametrize(
    ("setting", "rule", "stage"), [("hold", "release", "ready"), ("release", "hold", "quarantined")]
)
def test_the_policy_decides_whether_an_unscannable_file_is_served(
    app: App, setting: str, rule: str, stage: str
) -> None:
    ruled = app.with_settings(unscannable_policy=setting, policies={"some": {"unscannable": rule}})
    ruled.scanner.says = ScanVerdict("unscannable", "Encrypted")
    stages = []
    for policy in ("some", "default"):
        opened = ruled.send(policy=policy)
        ruled.post("/upload/complete/", **ruled.completion(opened))
        ruled.scan(opened["file_id"])
        stages.append(ruled.status(opened["file_id"]).json["data"]["stage"])
    assert stages == [stage, "ready" if stage == "quarantined" else "quarantined"]


def test_the_documented_policy_file_gives_the_documented_refusal(app: App, tmp_path: Path) -> None:
    file = tmp_path / "policies.toml"
    file.write_text(block_of("policies"))
    (tmp_path / "contract.schema.json").write_text('{"type": "object"}')
    ruled = app.with_settings(policies=read_policies(str(file)))
    answer = ruled.post("/upload/init/", policy="avatars", size=6_000_000)
    assert (answer.status_code, answer.json) == (422, json.loads(block_of("a refusal by a policy")))
    assert ruled.post("/upload/init/", policy="contracts", checksum_algorithm="SHA256").status_code == 200
