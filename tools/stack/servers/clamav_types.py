"""ClamAV's list of file types, from its installed library: a daily.ftm for a clamd without freshclam's signatures."""

import re
from pathlib import Path

FOLDERS = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/lib", "/opt/local/lib")
_LINE = re.compile(
    rb"[014]:[^:\0]*:[0-9a-fA-F?*{}()|,-]+:[^:\0]+:CL_TYPE_[A-Z0-9_]+:CL_TYPE_[A-Z0-9_]+(?::\d*){0,2}(?=\0)"
)
"""A text in the library; https://docs.clamav.net/manual/Signatures/FileTypeMagic.html."""


def built_in_types() -> list[str]:
    """The lines of clamd's list, which a .ftm file replaces; none if there is no libclamav."""
    libraries = [each for folder in FOLDERS for each in sorted(Path(folder).glob("**/libclamav.[sd][oy]*"))]
    return [line.decode() for line in _LINE.findall(libraries[-1].read_bytes())] if libraries else []
