"""The policy of an upload: its rules, and what they refuse.

An upload keeps the rules with which it was started, so that a changed file of policies is for new uploads only.
The names of files and the types that clients declare are checked here; the bytes are compared with `detected_types`
after the scan (`service.domain.scanning.types`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.db.models import Upload
from service.domain.files.disposition import download_name
from service.errors import FileTooLargeError, InvalidBodyError, PolicyRefusedError
from service.policy_file import validator_of
from service.settings import Settings
from service.values import CompletionWish, UploadToSign, UploadWish
from service.values.formats.media_types import is_of_type
from service.values.policies import ALLOW, BLOCK, DEFAULT, PRIVATE, PUBLIC, Policy

MAX_REASONS, MAX_REASON = 10, 200
"""Of one answer about `detail`, and characters of each: it contains a value that the client sent."""


def policy_named(settings: Settings, name: str | None) -> Policy:
    """Return a policy; None is the default one. A rule that its table does not set is the default policy's.

    Raises InvalidBodyError for an unknown name.
    """
    tables = settings.policies
    default: dict[str, Any] = {
        "max_size": settings.max_upload_size,
        "extensions": settings.allowed_extensions,
        "content_types": settings.allowed_content_types,
        "chunk_size": settings.chunk_size,
        "upload_ttl": settings.upload_ttl,
        "url_ttl": settings.url_ttl,
        "unscannable": settings.unscannable_policy,
        **tables.get(DEFAULT, {}),
    }
    if name is None or name == DEFAULT:
        return _policy(DEFAULT, default)
    if name not in tables:
        known = ", ".join(sorted({DEFAULT, *tables}))
        raise InvalidBodyError(errors=[f"[policy] there is no policy {name!r}; the policies are {known}"])
    return _policy(name, {**default, **tables[name]})


def _policy(name: str, rules: dict[str, Any]) -> Policy:
    """Return the policy with these rules. Where types are listed, the bytes must be of one of them."""
    listed = rules.get("detected_types") or rules.get("content_types")
    return Policy(name=name, **{"type_mismatch": BLOCK if listed else ALLOW, **rules})


def policy_of(settings: Settings, upload: Upload | UploadToSign) -> Policy:
    """Return the policy with which an upload was started; without a file of policies, the default one of today."""
    return policy_with(settings, upload.rules)


def policy_with(settings: Settings, rules: Mapping[str, Any] | None) -> Policy:
    """Return the policy with the rules that an upload keeps; None: the default one of today."""
    return policy_named(settings, None) if rules is None else Policy.from_json(rules)


def rules_to_keep(settings: Settings, policy: Policy) -> dict[str, object] | None:
    """Return what an upload keeps of its policy: nothing without a file of policies and without a narrower grant."""
    return policy.as_json() if settings.policies or policy.narrowed else None


def refuse_init(policy: Policy, wish: UploadWish) -> None:
    """Raises FileTooLargeError, InvalidBodyError or PolicyRefusedError for the file as init describes it."""
    refuse_names(policy, wish.filename, wish.content_type)
    if wish.size is not None:
        refuse_size(policy, wish.size)
    if policy.checksum and wish.checksum_algorithm not in policy.checksum:
        raise PolicyRefusedError(
            policy.name, "checksum", f"[checksum_algorithm] must be one of {', '.join(policy.checksum)}"
        )


def refuse_completion(policy: Policy, wish: CompletionWish) -> None:
    """Raises FileTooLargeError, InvalidBodyError or PolicyRefusedError for the file as complete describes it."""
    refuse_names(policy, wish.filename, wish.content_type, wish.file_extension)
    refuse_size(policy, wish.total_size, "total_size")
    if policy.visibility == PRIVATE and wish.credential is None:
        raise PolicyRefusedError(policy.name, "visibility", "[credential] is missing: these files are private")
    if policy.visibility == PUBLIC and wish.credential is not None:
        raise PolicyRefusedError(policy.name, "visibility", "[credential] is not allowed: these files are public")
    refuse_detail(policy, wish.detail)


def refuse_names(policy: Policy, filename: str | None, content_type: str | None, extension: str | None = None) -> None:
    """Raises for each refused field; fields that are not known yet (None) are not checked.

    extension: appended to a name without it.
    """
    endings, types = policy.extensions, policy.content_types
    wrong = {}
    if endings and filename is not None and not _ends(download_name(filename, extension), endings):
        field = "file_extension" if extension and _ends(download_name(filename), endings) else "filename"
        listed = ", ".join(f".{ending}" for ending in endings)
        wrong["extensions"] = f"[{field}] only files with these extensions are accepted: {listed}"
    if types and content_type is not None and not is_of_type(content_type, types):
        wrong["content_types"] = f"[content_type] only files of these types are accepted: {', '.join(types)}"
    if not wrong:
        return
    if policy.is_settings:
        raise InvalidBodyError(errors=list(wrong.values()))
    raise PolicyRefusedError(policy.name, next(iter(wrong)), *wrong.values())


def refuse_size(policy: Policy, size: int, field: str = "size") -> None:
    """Raises FileTooLargeError or PolicyRefusedError for a file of `size` bytes; field: that contained it."""
    refuse_large(policy, size, field)
    if size < policy.min_size:
        reason = f"[{field}] is {size} bytes; these files have at least {policy.min_size}"
        raise PolicyRefusedError(policy.name, "min_size", reason)


def refuse_large(policy: Policy, size: int, field: str) -> None:
    """Raises FileTooLargeError or PolicyRefusedError for more than the maximum."""
    if size <= policy.max_size:
        return
    if policy.is_settings:
        raise FileTooLargeError(size, policy.max_size)
    reason = f"[{field}] is {size} bytes; these files have at most {policy.max_size}"
    raise PolicyRefusedError(policy.name, "max_size", reason)


def refuse_detail(policy: Policy, detail: Mapping[str, Any] | None) -> None:
    """Raises PolicyRefusedError for a `detail` that does not match the policy's schema."""
    if policy.detail_schema is None:
        return
    reasons = []
    # a missing detail is an empty one: `required` does not apply to null
    for error in validator_of(policy.detail_schema).iter_errors(detail or {}):
        place = "".join(f".{step}" for step in error.instance_path)
        reason = f"[detail{place}] {error.message}"
        reasons.append(reason if len(reason) <= MAX_REASON else f"{reason[:MAX_REASON]}…")
        if len(reasons) == MAX_REASONS:
            break
    if reasons:
        raise PolicyRefusedError(policy.name, "detail_schema", *reasons)


def _ends(name: str, endings: tuple[str, ...]) -> bool:
    """Whether a name has something before one of the extensions; Windows removes dots and spaces at the end."""
    kept = name.rstrip(". ").lower()
    return any(kept.endswith(f".{ending}") and len(kept) > len(ending) + 1 for ending in endings)
