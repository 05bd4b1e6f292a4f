"""The content type of a file by its name, the same on every machine: the systems' own lists differ."""

from __future__ import annotations

import mimetypes

OPAQUE = "application/octet-stream"
PACKED = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
    "compress": "application/x-compress",
    "br": OPAQUE,
}
"""Types of compressed files: `a.tar.gz` is not a tar, and `a.svgz` not an image, until it is unpacked."""
OFFICE, OPEN = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."
TYPES = {
    ".7z": "application/x-7z-compressed",
    ".docx": f"{OFFICE}wordprocessingml.document",
    ".epub": "application/epub+zip",
    ".flac": "audio/flac",
    ".ics": "text/calendar",
    ".js": "text/javascript",
    ".m4a": "audio/mp4",
    ".m4v": "video/mp4",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".mkv": "video/x-matroska",
    ".odp": f"{OPEN}presentation",
    ".ods": f"{OPEN}spreadsheet",
    ".odt": f"{OPEN}text",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".pptx": f"{OFFICE}presentationml.presentation",
    ".rar": "application/vnd.rar",
    ".rtf": "application/rtf",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".vcf": "text/vcard",
    ".wav": "audio/wav",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xlsx": f"{OFFICE}spreadsheetml.sheet",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zst": "application/zstd",
}
"""Types (https://www.iana.org/assignments/media-types) that Python's own list lacks or has under an old name."""
_KNOWN = mimetypes.MimeTypes(filenames=())
for _ending, _type in TYPES.items():
    _KNOWN.add_type(_type, _ending)


def type_of(filename: str) -> str:
    """Return the type of a name; opaque if it is unknown or ambiguous (`.ts`)."""
    # names such as `data:x.txt` and `a?b.txt` look like URLs
    stem, dot, ending = filename.rpartition(".")
    if not stem.strip("."):
        return OPAQUE
    inner = ".tar" if stem.lower().endswith(".tar") else ""
    kind, packed = _KNOWN.guess_type(f"x{inner}{dot}{ending if ending.isalnum() else ''}")
    return PACKED.get(packed, OPAQUE) if packed else kind or OPAQUE
