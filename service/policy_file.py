"""The file of upload policies (POLICIES): a TOML table for each policy, with the rules that differ from `default`."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.limits import (
    KIB,
    MAX_INDEXED_KEY,
    MAX_INDEXED_KEYS,
    MAX_OBJECT_SIZE,
    MAX_PART_SIZE,
    MAX_URL_TTL,
    MIN_PART_SIZE,
)
from service.setting_parsers import EXTENSION, MEDIA_TYPE, Word, matching
from service.values import ALGORITHMS
from service.values.indexed_details import is_indexable
from service.values.object_keys import MAX_PREFIX, RESERVED, is_prefix
from service.values.policies import (
    ALLOW,
    ANY,
    AUTO,
    BLOCK,
    CLAMD,
    HOLD,
    ICAP,
    POLICY_NAME,
    PRIVATE,
    PUBLIC,
    RELEASE,
    RENAME,
)

if TYPE_CHECKING:
    from jsonschema_rs import Validator

YEAR = 365 * 24 * 3600
MAX_SCHEMA = 64 * KIB
TAG = r"[\w +=.:/@-]*"
MAX_TAGS, MAX_TAG_NAME, MAX_TAG_TEXT = 10, 128, 256

Rules = Mapping[str, Any]
"""The rules that the file sets for one policy, by the field of `Policy`."""


def read_policies(path: str) -> dict[str, Rules]:
    """Return the rules of each policy in a file. Raises ValueError with the line of each mistake."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ValueError(f"is {path!r}, which cannot be read: {reason}") from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"is {path!r}, which is not TOML: {error}") from error
    lines = _lines(text)
    policies: dict[str, Rules] = {}
    wrong: list[tuple[int, str]] = []
    for name, table in tables.items():
        policies[name], mistakes = _read_policy(name, table, Path(path).parent)
        wrong += [(lines.get((name, rule)) or lines.get((name, ""), 1), mistake) for rule, mistake in mistakes]
    if wrong:
        raise ValueError(
            "\n".join([f"is {path!r}, which has mistakes:", *(f"  line {at}: {it}" for at, it in sorted(wrong))])
        )
    return policies


def storage_prefixes(policies: Mapping[str, Rules]) -> frozenset[str]:
    """Return the prefixes of object keys of all policies; one of them is empty, as files may be older than the rule."""
    return frozenset({"", *(rules.get("storage_prefix", "") for rules in policies.values())})


def _read_policy(name: str, table: Any, folder: Path) -> tuple[Rules, list[tuple[str, str]]]:
    """Return the rules of a table, and the mistakes, each with its rule ("" for the table itself)."""
    if not isinstance(table, dict):
        return {}, [("", f"{name} is outside of a policy; write a table such as [{name}] around rules")]
    wrong = []
    if not re.fullmatch(POLICY_NAME, name):
        wrong.append(("", f"[{name}] is no name of a policy: use a-z, 0-9, - and _, 64 characters at most"))
    rules = {}
    for rule, value in table.items():
        try:
            rules[rule] = _parse(rule, value, folder)
        except ValueError as error:
            wrong.append((rule, f"{rule} {error}"))
    if rules.get("max_size") is not None and rules.get("min_size", 0) > rules["max_size"]:
        wrong.append(("min_size", f"min_size is more than max_size, {rules['max_size']}"))
    return rules, wrong


def _parse(rule: str, value: Any, folder: Path) -> Any:
    if rule == SCHEMA:
        return _schema(value, folder)
    if rule in PARSERS:
        return PARSERS[rule](value)
    found = difflib.get_close_matches(rule, RULES, 1)
    raise ValueError(
        f"is no rule; did you mean {found[0]}?" if found else f"is no rule; the rules are {', '.join(RULES)}"
    )


def _lines(text: str) -> dict[tuple[str, str], int]:
    """Return the line of each rule, by policy and rule, and of each table; tomllib does not tell them."""
    found: dict[tuple[str, str], int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*[\"']?([^\]\"'.]+)[\"']?\s*(?:\.\s*[\"']?([^\]\"'.]+))?", line):
            table = header[1].strip()
            found.setdefault((table, (header[2] or "").strip()), number)
        elif key := re.match(r"\s*[\"']?([\w-]+)[\"']?\s*[=.]", line):
            found.setdefault((table, key[1]) if table else (key[1], ""), number)
    return found


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:  # a bool is an int
            raise ValueError(f"is {value!r}, not a whole number from {low} to {high}")
        return value

    return parse


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"is {value!r}, not one of {', '.join(allowed)}")
        return str(value)

    return parse


def _list_of(kind: Word) -> Callable[[Any], tuple[str, ...]]:
    return lambda value: matching(_texts(value), kind)


def _algorithms(value: Any) -> tuple[str, ...]:
    return tuple(map(_one_of(*ALGORITHMS), _texts(value)))


def _scanners(value: Any) -> tuple[str, ...]:
    if value == AUTO:
        return ()
    if not isinstance(value, list) or not value or not set(map(str, value)) <= {CLAMD, ICAP}:
        raise ValueError(f'is {value!r}, not "{AUTO}" or a list of {CLAMD} and {ICAP}, such as ["{CLAMD}", "{ICAP}"]')
    return tuple(dict.fromkeys(map(str, value)))


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f'is {value!r}, not a list of texts such as ["a", "b"]')
    return value


def _text(pattern: str, what: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(f"is {value!r}, not {what}")
        return value

    return parse


def _prefix(value: Any) -> str:
    """Parse the prefix of object keys."""
    if isinstance(value, str) and value.startswith(RESERVED):
        raise ValueError(f"is {value!r}, but keys of the service itself begin with {', '.join(RESERVED)}")
    if not isinstance(value, str) or not is_prefix(value):
        raise ValueError(
            f"is {value!r}, not folders such as 'invoices/2026/': letters, digits, - and _, single dots between them, "
            f"a slash after each folder, {MAX_PREFIX} characters at most"
        )
    return value


def _indexed(value: Any) -> tuple[str, ...]:
    """Parse the keys of `detail` to index."""
    wrong = [key for key in _texts(value) if not is_indexable(key)]
    if wrong:
        raise ValueError(
            f"contains {wrong[0]!r}: letters, digits, - and _ are allowed in a key, dots between those of nested "
            f"objects, {MAX_INDEXED_KEY} characters at most"
        )
    keys = tuple(dict.fromkeys(value))
    if len(keys) > MAX_INDEXED_KEYS:
        raise ValueError(f"has {len(keys)} keys; a policy can index {MAX_INDEXED_KEYS}")
    return keys


def _tags(value: Any) -> Mapping[str, str]:
    """Parse an object's tags (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html)."""
    if not isinstance(value, dict) or len(value) > MAX_TAGS:
        raise ValueError(f"is not a table with at most {MAX_TAGS} tags")
    for name, text in value.items():
        if not isinstance(text, str) or not re.fullmatch(TAG, text) or not re.fullmatch(TAG, name):
            raise ValueError(f"contains {name} = {text!r}: letters, digits, spaces and +-=._:/@ are allowed in both")
        if len(name) > MAX_TAG_NAME or len(text) > MAX_TAG_TEXT:
            raise ValueError(
                f"contains {name}, which is too long: {MAX_TAG_NAME} and {MAX_TAG_TEXT} characters at most"
            )
    return value


def _schema(value: Any, folder: Path) -> Mapping[str, Any]:
    """Parse a JSON Schema: a table, or the name of a JSON file next to the file of policies."""
    if isinstance(value, str):
        try:
            value = json.loads((folder / value).read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            raise ValueError(f"is {value!r}, which is not a readable JSON file: {error}") from error
    if not isinstance(value, dict):
        raise ValueError("is neither a table with a JSON Schema nor the name of a JSON file with one")
    try:
        text = json.dumps(value, allow_nan=False)
        validator_of(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"is not a JSON Schema: {getattr(error, 'message', error)}") from error
    if len(text) > MAX_SCHEMA:
        raise ValueError(f"has {len(text)} characters as JSON; each upload keeps it, so {MAX_SCHEMA} are allowed")
    return value


def validator_of(schema: Mapping[str, Any]) -> Validator:
    """Return the validator of a schema. References to other documents are mistakes, and patterns take linear time.

    Raises jsonschema_rs.ValidationError, a ValueError.
    """
    import jsonschema_rs  # noqa: PLC0415 - several MiB in each process, which only schemas need

    return jsonschema_rs.validator_for(
        dict(schema), retriever=_fetch_nothing, pattern_options=jsonschema_rs.RegexOptions()
    )


def _fetch_nothing(uri: str) -> Any:
    raise ValueError(f"{uri} is another document, which is not read")


PARSERS: dict[str, Callable[[Any], Any]] = {
    "min_size": _whole(0, MAX_OBJECT_SIZE),
    "max_size": _whole(1, MAX_OBJECT_SIZE),
    "extensions": _list_of(EXTENSION),
    "content_types": _list_of(MEDIA_TYPE),
    "detected_types": _list_of(MEDIA_TYPE),
    "type_mismatch": _one_of(ALLOW, BLOCK, RENAME),
    "visibility": _one_of(ANY, PUBLIC, PRIVATE),
    "checksum": _algorithms,
    "chunk_size": _whole(MIN_PART_SIZE, MAX_PART_SIZE),
    "upload_ttl": _whole(60, YEAR),
    "url_ttl": _whole(1, MAX_URL_TTL),
    "max_open": _whole(0, 10**9),
    "max_stored": _whole(0, 10**9),
    "retention": _whole(0, 100 * YEAR),
    "unscannable": _one_of(HOLD, RELEASE),
    "scanners": _scanners,
    "cache_control": _text(r"[ -~]{1,200}", "visible ASCII characters, 200 at most"),
    "storage_class": _text(r"[A-Z0-9_]{1,64}", "a storage class such as STANDARD_IA"),
    "tags": _tags,
    "storage_prefix": _prefix,
    "indexed_detail": _indexed,
}
"""The rules that a file can set, besides SCHEMA."""
SCHEMA = "detail_schema"
RULES = (*PARSERS, SCHEMA)
