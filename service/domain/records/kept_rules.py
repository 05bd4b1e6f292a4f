"""The rules that an upload keeps of its policy, for later steps of its file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from service.db.models import File
from service.db.statements.uploads import rules_of_upload
from service.deps import Deps


def rules_of_file(deps: Deps, file: File) -> Mapping[str, Any]:
    """Return the rules with which a file's upload was started; none without a file of policies."""
    if file.policy is None:
        return {}
    with deps.db.read() as session:
        return rules_of_upload(session, file.upload_id) or {}


def end_of_retention(rules: Mapping[str, Any] | None, created_at: datetime) -> datetime | None:
    """Return when a file that was completed at `created_at` is deleted at the latest; None: never."""
    seconds = (rules or {}).get("retention")
    return created_at + timedelta(seconds=seconds) if seconds else None


def storage_parameters(rules: Mapping[str, Any] | None) -> dict[str, str]:
    """Return what storage is asked to keep with an object, in boto3's names: its storage class and its tags."""
    rules = rules or {}
    wanted = {
        "StorageClass": rules.get("storage_class"),
        "Tagging": urlencode(rules.get("tags") or {}, quote_via=quote),
    }
    return {name: value for name, value in wanted.items() if value}
