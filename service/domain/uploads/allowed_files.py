"""Rules for accepted files: by the name under which they would be saved, and by the client's content type.

Neither checks the bytes: an `.exe` that is named `.jpg` is accepted, scanned, and saved as a `.jpg`.
"""

from __future__ import annotations

from service.domain.files.disposition import download_name
from service.errors import InvalidBodyError
from service.settings import Settings
from service.values.media_types import essence


def refuse_unwanted(
    settings: Settings, filename: str | None, content_type: str | None, extension: str | None = None
) -> None:
    """Raises InvalidBodyError with each refused field; fields that are not known yet (None) are not checked.

    extension: appended to a name without it.
    """
    wrong = []
    endings, types = settings.allowed_extensions, settings.allowed_content_types
    if endings and filename is not None and not _ends(download_name(filename, extension), endings):
        field = "file_extension" if extension and _ends(download_name(filename), endings) else "filename"
        wrong.append(
            f"[{field}] only files with these extensions are accepted: {', '.join(f'.{ending}' for ending in endings)}"
        )
    if types and content_type is not None and not _is_of(essence(content_type), types):
        wrong.append(f"[content_type] only files of these types are accepted: {', '.join(types)}")
    if wrong:
        raise InvalidBodyError(errors=wrong)


def _ends(name: str, endings: tuple[str, ...]) -> bool:
    """Whether a name has something before one of the extensions; Windows removes dots and spaces at the end."""
    kept = name.rstrip(". ").lower()
    return any(kept.endswith(f".{ending}") and len(kept) > len(ending) + 1 for ending in endings)


def _is_of(content_type: str, allowed: tuple[str, ...]) -> bool:
    return content_type in allowed or f"{content_type.partition('/')[0]}/*" in allowed
