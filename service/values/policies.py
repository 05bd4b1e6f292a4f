"""Upload policies: the rules for one kind of upload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

DEFAULT = "default"
"""The policy of an init without `policy`; its rules are the settings, unless the file of policies changes them."""
ANY, PUBLIC, PRIVATE = "any", "public", "private"
"""Values of `visibility`: whether a file may, must not or must have a credential."""
HOLD, RELEASE = "hold", "release"
"""Values of `unscannable`: whether files that the scanner cannot scan are in quarantine or served."""
ALLOW, BLOCK, RENAME = "allow", "block", "rename"
POLICY_NAME = r"[a-z0-9][a-z0-9_-]{0,63}"
"""The pattern of policies' names."""
"""Values of `type_mismatch`: what happens to a file whose bytes are of another type than those that are listed."""

AUTO, CLAMD, ICAP = "auto", "clamd", "icap"
"""Values of `scanners`: AUTO, or a list of the scanners that must all say that a file is clean."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The rules for one kind of upload. Sizes are bytes, times seconds; 0 and () mean no limit.

    extensions, content_types: of the name and the declared type. checksum: algorithms of which init must choose one.
    max_open, max_stored: of one subject under this policy; stored ones include the open ones. detail_schema: the JSON
    Schema of `detail`. retention: until a file is deleted, from its completion. unscannable: HOLD or RELEASE.
    scanners: which must all say that a file is clean; () for the first one that takes files of its size.
    detected_types: of the bytes; without them, content_types. type_mismatch: ALLOW, BLOCK or RENAME. cache_control: of
    objects with a link without a signature. storage_class, tags: of the object in storage. storage_prefix: of its key.
    indexed_detail: keys of `detail` by which files can be found; today's policy counts, not the kept rules. narrowed:
    by a grant, in max_size or content_types.
    """

    name: str
    min_size: int = 0
    max_size: int
    extensions: tuple[str, ...] = ()
    content_types: tuple[str, ...] = ()
    visibility: str = ANY
    checksum: tuple[str, ...] = ()
    chunk_size: int
    upload_ttl: int
    url_ttl: int
    max_open: int = 0
    max_stored: int = 0
    detail_schema: Mapping[str, Any] | None = None
    retention: int = 0
    unscannable: str
    scanners: tuple[str, ...] = ()
    detected_types: tuple[str, ...] = ()
    type_mismatch: str = ALLOW
    cache_control: str = ""
    storage_class: str = ""
    tags: Mapping[str, str] | None = None
    storage_prefix: str = ""
    indexed_detail: tuple[str, ...] = ()
    narrowed: bool = False

    @property
    def is_settings(self) -> bool:
        """Whether these are the settings' rules, whose refusals have errors of their own."""
        return self.name == DEFAULT and not self.narrowed

    def as_json(self) -> dict[str, Any]:
        """Return the rules as an upload keeps them; `from_json` reads them."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Policy:
        """Return the policy of an upload that was started with these rules; rules of other versions are ignored."""
        known = {each.name for each in fields(cls)} & kept.keys()
        rules: dict[str, Any] = {
            name: tuple(kept[name]) if isinstance(kept[name], list) else kept[name] for name in known
        }
        return cls(**rules)
