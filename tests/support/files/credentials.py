"""The credential of a private file, and the header that has it."""

from __future__ import annotations

CREDENTIAL = {"pin": "a pin that is no id", "name": "Ada"}
HEADER = {"X-File-Credential": '{"name": "Ada", "pin": "a pin that is no id"}'}
