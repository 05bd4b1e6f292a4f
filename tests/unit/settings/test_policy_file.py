"""The file of policies: its rules, and errors that name each mistake with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.policy_file import RULES, read_policies
from service.settings import Settings, SettingsError
from service.values.policies import Policy
from tests.support.service.environments import GOOD

WHOLE = """
[default]
max_size = 1_000_000

[avatars]
min_size = 1
max_size = 5_000_000
extensions = [".JPG", "png"]
content_types = ["image/*"]
detected_types = ["image/PNG", "image/jpeg"]
type_mismatch = "rename"
visibility = "public"
checksum = ["SHA256", "CRC32C"]
chunk_size = 5_242_880
upload_ttl = 3600
url_ttl = 60
max_open = 2
max_stored = 1
retention = 86_400
unscannable = "release"
scanners = ["icap", "clamd", "icap"]
cache_control = "public, max-age=31536000, immutable"
storage_class = "STANDARD_IA"
tags = { team = "web", "cost centre" = "4711" }
storage_prefix = "people/avatars/"
indexed_detail = ["album", "owner.id", "album"]
[avatars.detail_schema]
type = "object"
required = ["album"]
"""
AVATARS = {
    "min_size": 1,
    "max_size": 5_000_000,
    "extensions": ("jpg", "png"),
    "content_types": ("image/*",),
    "detected_types": ("image/png", "image/jpeg"),
    "type_mismatch": "rename",
    "visibility": "public",
    "checksum": ("SHA256", "CRC32C"),
    "chunk_size": 5_242_880,
    "upload_ttl": 3600,
    "url_ttl": 60,
    "max_open": 2,
    "max_stored": 1,
    "retention": 86_400,
    "unscannable": "release",
    "scanners": ("icap", "clamd"),
    "cache_control": "public, max-age=31536000, immutable",
    "storage_class": "STANDARD_IA",
    "tags": {"team": "web", "cost centre": "4711"},
    "storage_prefix": "people/avatars/",
    "indexed_detail": ("album", "owner.id"),
    "detail_schema": {"type": "object", "required": ["album"]},
}


def written(folder: Path, text: str) -> str:
    file = folder / "policies.toml"
    file.write_text(text)
    return str(file)


def test_every_rule_can_be_set(tmp_path: Path) -> None:
    assert read_policies(written(tmp_path, WHOLE)) == {"default": {"max_size": 1_000_000}, "avatars": AVATARS}
    assert set(AVATARS) == set(RULES)


def test_a_schema_may_be_a_file_next_to_it(tmp_path: Path) -> None:
    (tmp_path / "album.json").write_text('{"type": "object"}')
    found = read_policies(written(tmp_path, '[avatars]\ndetail_schema = "album.json"'))
    assert found == {"avatars": {"detail_schema": {"type": "object"}}}


@pytest.mark.parametrize(
    ("text", "line", "mistake"),
    [
        ("max_size = 5", 1, "max_size is outside of a policy; write a table such as [max_size] around rules"),
        ("\n[Avatars]", 2, "[Avatars] is no name of a policy: use a-z, 0-9, - and _, 64 characters at most"),
        ("[a]\n\nmax_sise = 5", 3, "max_sise is no rule; did you mean max_size?"),
        ("[a]\nmax_size = 0", 2, f"max_size is 0, not a whole number from 1 to {10_000 * 5 * 1024**3}"),
        ("[a]\nmax_open = true", 2, "max_open is True, not a whole number from 0 to 1000000000"),
        ("[a]\nurl_ttl = '5'", 2, "url_ttl is '5', not a whole number from 1 to 604800"),
        ("[a]\nvisibility = 'secret'", 2, "visibility is 'secret', not one of any, public, private"),
        ("[a]\nextensions = 'jpg'", 2, """extensions is 'jpg', not a list of texts such as ["a", "b"]"""),
        ("[a]\nextensions = ['j g']", 2, "extensions contains 'j g', which is not an extension such as jpg"),
        ("[a]\nchecksum = ['MD5']", 2, "checksum is 'MD5', not one of SHA256, CRC32, CRC32C, CRC64NVME"),
        ("[a]\nscanners = 'both'", 2, """scanners is 'both', not "auto" or a list of clamd and icap"""),
        ("[a]\nscanners = []", 2, """scanners is [], not "auto" or a list of clamd and icap"""),
        ("[a]\nscanners = ['clamav']", 2, """scanners is ['clamav'], not "auto" or a list of clamd and icap"""),
        ("[a]\nunscannable = 'keep'", 2, "unscannable is 'keep', not one of hold, release"),
        ("[a]\ntype_mismatch = 'hold'", 2, "type_mismatch is 'hold', not one of allow, block, rename"),
        ("[a]\ncache_control = 'a\u00e9'", 2, "cache_control is 'a\u00e9', not visible ASCII characters, 200 at most"),
        ("[a]\nstorage_class = 'cold'", 2, "storage_class is 'cold', not a storage class such as STANDARD_IA"),
        ("[a]\ntags = ['a']", 2, "tags is not a table with at most 10 tags"),
        ("[a.tags]\nteam = 'a&b'", 1, "tags contains team = 'a&b': letters, digits, spaces and +-=._:/@ are allowed"),
        (f"[a.tags]\nteam = '{'a' * 257}'", 1, "tags contains team, which is too long: 128 and 256 characters at most"),
        *(
            (f"[a]\nstorage_prefix = {json.dumps(wrong)}", 2, f"storage_prefix is {wrong!r}, not folders such as 'invo")
            for wrong in (
                "a",
                "/a/",
                "a//",
                "../",
                "a/../",
                "./",
                ".a/",
                "a b/",
                "a\n/",
                "\u00e4/",
                "a+/",
                "a" * 100 + "/",
                5,
            )
        ),
        *(
            (
                f"[a]\nstorage_prefix = '{wrong}'",
                2,
                f"storage_prefix is {wrong!r}, but keys of the service itself begin",
            )
            for wrong in ("quarantine/", "quarantine/a/", "probe-a/", "doctor-a/")
        ),
        *(
            (
                f"[a]\nindexed_detail = ['a', '{wrong}']",
                2,
                f"indexed_detail contains {wrong!r}: letters, digits, - and _",
            )
            for wrong in ("", "a:b", "a.", ".a", "a b", "\u00e4", "a" * 65)
        ),
        ("[a]\nindexed_detail = 'a'", 2, """indexed_detail is 'a', not a list of texts such as ["a", "b"]"""),
        (
            f"[a]\nindexed_detail = {[f'k{number}' for number in range(9)]}",
            2,
            "indexed_detail has 9 keys; a policy can index 8",
        ),
        ("[a]\nmax_size = 5\nmin_size = 6", 3, "min_size is more than max_size, 5"),
        (
            "[a]\ndetail_schema = 5",
            2,
            "detail_schema is neither a table with a JSON Schema nor the name of a JSON file",
        ),
        ("[a]\ndetail_schema = 'none.json'", 2, "detail_schema is 'none.json', which is not a readable JSON file: "),
        ("[a.detail_schema]\ntype = 'objct'", 1, "detail_schema is not a JSON Schema: "),
        ("[a.detail_schema]\npattern = '('", 1, "detail_schema is not a JSON Schema: "),
        ("[a.detail_schema]\nconst = 2026-01-01", 1, "detail_schema is not a JSON Schema: "),
        ("[a.detail_schema]\nconst = inf", 1, "detail_schema is not a JSON Schema: "),
        (
            f"[a.detail_schema]\nconst = '{'x' * 65536}'",
            1,
            "detail_schema has 65549 characters as JSON; each upload keeps",
        ),
        ('[a.detail_schema]\n"$ref" = "#/missing"', 1, "detail_schema is not a JSON Schema: "),
        ('[a.detail_schema]\n"$ref" = "https://example.com/a.json"', 1, "detail_schema is not a JSON Schema: "),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, mistake: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ValueError, match="which has mistakes") as refused:
        read_policies(path)
    first, second = str(refused.value).splitlines()
    assert (first, second[: len(f"  line {line}: {mistake}")]) == (
        f"is {path!r}, which has mistakes:",
        f"  line {line}: {mistake}",
    )


def test_the_service_does_not_start_and_names_all_mistakes_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "[a]\nmax_size = 0\n[b]\nmax = 5")
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({**GOOD, "POLICIES": path})
    lines = str(refused.value).splitlines()
    assert lines[0] == f"POLICIES is {path!r}, which has mistakes:"
    assert [line[:10] for line in lines[1:3]] == ["  line 2: ", "  line 4: "]


@pytest.mark.parametrize(("text", "reason"), [(None, "cannot be read: No such file"), ("[a", "is not TOML: ")])
def test_an_unreadable_file_of_policies_is_refused(tmp_path: Path, text: str | None, reason: str) -> None:
    path = str(tmp_path / "none") if text is None else written(tmp_path, text)
    with pytest.raises(ValueError, match=reason):
        read_policies(path)


def test_an_uploads_policy_is_stored_as_json_and_read_back() -> None:
    policy = Policy(name="avatars", **AVATARS)  # type: ignore[arg-type]
    kept = json.loads(json.dumps(policy.as_json()))
    assert Policy.from_json(kept | {"a_later_rule": 5}) == policy


BOTH = {"CLAMD_URL": "tcp://clamd:3310", "ICAP_URL": "icap://scanner/avscan"}


def test_settings_with_policies_are_hashable(tmp_path: Path) -> None:
    both = [Settings.from_env(GOOD | more) for more in ({}, {"POLICIES": written(tmp_path, WHOLE)} | BOTH)]
    assert len({*both}) == 2
