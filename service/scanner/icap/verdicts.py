"""The verdict of an ICAP server's final response.

RFC 3507 has no word for "infected". Servers name what they found in headers: X-Infection-Found and X-Violations-Found
(draft-stecher-icap-subid), X-Virus-ID and X-Virus-Name. A response with a modified body and without a name may be an
error page as well as a block page, so it is no verdict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from service.scanner.clamd.replies import ScanFailedError, verdict_on
from service.scanner.icap.messages import Response
from service.values import ScanVerdict

SKIPPED = ScanVerdict("unscannable", "skipped: the ICAP server passes this file without reading all of it")
UNNAMED = "unnamed"
MAX_NAME = 200
_CONTAINER_VIOLATION = "2"
"""Type of X-Infection-Found: an archive that the server cannot unpack within its limits."""
_FIELD = re.compile(r"\b(type|threat)\s*=\s*([^;]*)", re.IGNORECASE)
_NOTHING = frozenset({"", "-", "0", "none", "no", "clean", "no threats", "no virus"})
"""Values of X-Virus-ID and X-Virus-Name that name nothing."""


def verdict_of(response: Response, *, whole: bool, previewed: bool) -> ScanVerdict:
    """Return the verdict. Raises ScanFailedError for anything but "no modification" or something that is named.

    whole: every byte was sent before. previewed: the response is to the preview, which never contains every byte.
    """
    found = named_threat(response.headers)
    if response.status == 200 and found is not None:
        return found
    if response.status != 204:
        what = " without naming a threat" if response.status == 200 else ""
        raise ScanFailedError(f"the ICAP server answered {response.status}{what}")
    if found is not None:
        raise ScanFailedError("the ICAP server answered 204 and named a threat")
    if previewed:
        return SKIPPED
    if not whole:
        raise ScanFailedError("the ICAP server answered 204 before it received every byte")
    return ScanVerdict("clean")


def named_threat(headers: Mapping[str, str]) -> ScanVerdict | None:
    """Return the verdict for what the headers name; None if they name nothing."""
    infection = headers.get("x-infection-found")
    if infection is not None:
        fields = {name.lower(): value.strip() for name, value in _FIELD.findall(infection)}
        name = _name(fields.get("threat", infection if not fields else ""))
        if fields.get("type") == _CONTAINER_VIOLATION:
            return ScanVerdict("unscannable", f"limits_exceeded: {name}")
        return verdict_on(name)
    violations = headers.get("x-violations-found", "0").split("\n")
    if violations[0] != "0":
        # the number, then four lines for each: file, name, id, resolution
        return verdict_on(_name(violations[2] if len(violations) > 2 else ""))
    for header in ("x-virus-id", "x-virus-name"):
        value = headers.get(header, "")
        if value.lower() not in _NOTHING:
            return verdict_on(_name(value))
    return None


def _name(text: str) -> str:
    shown = "".join(character if character.isprintable() else " " for character in text)
    return shown.strip()[:MAX_NAME] or UNNAMED
