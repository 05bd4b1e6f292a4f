"""Read once, in the warm process, what each of the service's processes reads first: botocore's description of S3.

It is a megabyte of JSON, a fifth of a second. Only the warm process imports this, as its last module.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

S3 = "s3/2006-03-01"
NAMES = (
    *("endpoints", "partitions", "sdk-default-configuration"),
    *(f"{S3}/endpoint-rule-set-1", f"{S3}/service-2", f"{S3}/service-2.sdk-extras"),
)
"""The files of a client for S3, in botocore's folder."""

_load = JSONFileLoader.load_file
_read: dict[str, Mapping[str, Any]] = {}


def _load_file(loader: JSONFileLoader, file_path: str) -> Mapping[str, Any] | None:
    """Return a file's data; only the first caller in a process gets what is read already, as it may change it."""
    return _read.pop(file_path, None) or _load(loader, file_path)


for each in NAMES:
    path = os.path.join(Loader.BUILTIN_DATA_PATH, each)
    _read[path] = _load(JSONFileLoader(), path)
JSONFileLoader.load_file = _load_file  # type: ignore[method-assign, assignment]
gc.freeze()  # a fork need not look through all that exists here, which would also copy it
