"""The table of docs/storage.md: kept results, a column per store."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.errors import ServiceError
from tools.docs.generated_blocks import rewritten
from tools.programs import ROOT
from tools.survey import attacks, checksums, uploads, urls
from tools.survey.surveyed import SurveyedStore

PAGE = ROOT / "docs" / "storage.md"
KEPT = ROOT / "docs" / "storage"
START, END = "<!-- observed: ./dev storage -->\n", "<!-- end of what was observed -->"
GROUPS: dict[str, dict[str, Callable[[SurveyedStore], str]]] = {
    "Changed URLs of a part": urls.CHECKS,
    "Attacks": attacks.CHECKS,
    "One conditional PUT": attacks.ONE_PUT_CHECKS,
    "Checksums of a part": checksums.CHECKS,
    "Completion and afterwards": uploads.CHECKS,
}


def observe(surveyed: SurveyedStore) -> dict[str, str]:
    """Return the result of every check. An error of storage is a result, too. Raises StorageUnavailableError."""
    return {title: _answer(check, surveyed) for checks in GROUPS.values() for title, check in checks.items()}


def _answer(check: Callable[[SurveyedStore], str], surveyed: SurveyedStore) -> str:
    try:
        return check(surveyed)
    except ServiceError as error:
        if "storage_code" not in error.extra:
            raise
        return f"error {error.extra['storage_code']}"
    except LookupError as error:
        return f"error: {error}"


def keep(name: str, title: str, date: str, observed: Mapping[str, str]) -> None:
    """Write a store's column to the folder KEPT."""
    KEPT.mkdir(exist_ok=True)
    column = {"store": title, "date": date, "observed": observed}
    (KEPT / f"{name}.json").write_text(json.dumps(column, indent=1, ensure_ascii=False) + "\n")


def kept(names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the kept columns, in this order."""
    files = [KEPT / f"{name}.json" for name in names]
    return [json.loads(file.read_text()) for file in files if file.exists()]


def lines(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the table in Markdown."""
    rows = [["", *(column["store"] for column in columns)], ["---"] * (len(columns) + 1)]
    for group, checks in GROUPS.items():
        rows.append([f"**{group}**", *[""] * len(columns)])
        rows += [[title, *(column["observed"].get(title, "") for column in columns)] for title in checks]
    rows.append(["observed on", *(column["date"] for column in columns)])
    return [f"| {' | '.join(row)} |" for row in rows]


def with_table(page: str, columns: Sequence[Mapping[str, Any]]) -> str:
    """Return the page's text with a new table."""
    return rewritten(page, START, END, "\n".join(lines(columns)) + "\n")
