"""The indexed keys of a file's `detail`: those of its policy today, not those of its upload's rules.

Nothing of a private file is indexed: its detail requires its credential, and a list would answer guesses.
"""

from __future__ import annotations

from service.db.models import File
from service.db.session import Session
from service.db.statements.files.details import FileToIndex, add_details, replace_details
from service.deps import Deps
from service.settings import Settings
from service.values.indexed_details import indexed_values
from service.values.policies import DEFAULT


def indexed_keys(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the keys that each policy indexes; policies that index nothing are left out."""
    default = settings.policies.get(DEFAULT, {})
    tables = {DEFAULT: default} | {name: {**default, **table} for name, table in settings.policies.items()}
    return {name: table["indexed_detail"] for name, table in tables.items() if table.get("indexed_detail")}


def values_to_index(settings: Settings, file: File | FileToIndex) -> dict[str, str]:
    """Return the texts of the keys by which a file is found."""
    keys = indexed_keys(settings).get(file.policy or DEFAULT, ())
    return {} if file.credential_hash is not None else indexed_values(file.detail, keys)


def index_new_file(session: Session, deps: Deps, file: File) -> None:
    """Insert the rows of a file, in the transaction that creates it."""
    if deps.settings.policies:
        add_details(session, file, values_to_index(deps.settings, file))


def index_again(session: Session, deps: Deps, file: File | FileToIndex) -> None:
    """Replace the rows of a file, in the transaction that changes its detail or has locked it."""
    replace_details(session, file, values_to_index(deps.settings, file))
