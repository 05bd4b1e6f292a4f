"""The prefixes of object keys. After the prefix comes an id (`service.values.ids`)."""

from __future__ import annotations

UPLOAD = ""
"""Of uploads and of public copies."""
QUARANTINE = "quarantine/"
"""Of infected and blocked objects."""
PROBE = "probe-"
"""Of objects that the service makes to find out what storage enforces."""
PREFIXES = (UPLOAD, QUARANTINE, PROBE)
