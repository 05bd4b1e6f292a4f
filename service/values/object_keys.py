"""The prefixes of object keys. After the prefix comes an id (`service.values.ids`)."""

from __future__ import annotations

UPLOAD = ""
"""The prefix of uploads and of public copies."""
QUARANTINE = "quarantine/"
"""The prefix of infected and blocked objects."""
PROBE = "probe-"
"""The prefix of objects by which the service tests what storage enforces."""
PREFIXES = (UPLOAD, QUARANTINE, PROBE)
