"""Change what is stored about a file: its name, detail, user and appointment. Its bytes never change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from service.db.models import File
from service.db.session import Session
from service.db.sort_names import name_key
from service.db.statements.uploads import rules_of_upload
from service.deps import Deps
from service.domain.accounts.assignable import what_is_gone
from service.domain.files.credentials import renew, require_credential
from service.domain.files.files import find_file, view_changed_file
from service.domain.records import audit
from service.domain.uploads.policies import policy_with, refuse_detail, refuse_names
from service.errors import InvalidBodyError, VersionChangedError
from service.observability.logs import get_logger
from service.values import FileView
from service.values.caller import Caller

log = get_logger(__name__)


def change_file(
    deps: Deps,
    caller: Caller,
    file_id: str,
    credential: Mapping[str, str] | None,
    changes: Mapping[str, Any],
    versions: Collection[int] | None,
) -> FileView:
    """Change the given fields of a file, and return it as it is then.

    changes: some of filename, detail, user_id and appointment_id; null removes any but the name. versions: the change
    is made only if the file has one of these; None: whatever its version.

    Raises StoredFileNotFoundError, WrongCredentialError, VersionChangedError, PolicyRefusedError, InvalidBodyError (a
    name that is not accepted, an unknown user or appointment), and the errors of the database.
    """
    file, changed = deps.db.transact(_change, deps, caller, file_id, credential, changes, versions)
    renew(deps, file, credential)
    if changed:
        log.info("file_changed", file_id=file.id, fields=",".join(changed), version=file.version)
    return view_changed_file(deps, file)


def _change(
    session: Session,
    deps: Deps,
    caller: Caller,
    file_id: str,
    credential: Mapping[str, str] | None,
    changes: Mapping[str, Any],
    versions: Collection[int] | None,
) -> tuple[File, list[str]]:
    """Return the changed row, and which of its fields are different now."""
    file = find_file(session, caller, file_id, lock=True)
    require_credential(deps, caller, file, credential)
    if versions is not None and file.version not in versions:
        raise VersionChangedError(file.version)
    different = {name: value for name, value in changes.items() if getattr(file, name) != value}
    if not different:
        return file, []
    _refuse(session, deps, caller, file, different)
    if "filename" in different:
        file.stored_name = file.stored_name or file.filename
        file.name_key = name_key(different["filename"])
    for name, value in different.items():
        setattr(file, name, value)
    file.version += 1
    audit.record(session, deps.clock(), audit.actor_of(caller), "changed", file.id, ", ".join(sorted(different)))
    session.flush()
    return file, sorted(different)


def _refuse(session: Session, deps: Deps, caller: Caller, file: File, different: Mapping[str, Any]) -> None:
    """Raises PolicyRefusedError or InvalidBodyError for a change that could not have been in `complete`."""
    policy = policy_with(deps.settings, rules_of_upload(session, file.upload_id))
    if "filename" in different:
        refuse_names(policy, different["filename"], None, file.file_extension)
    if "detail" in different:
        refuse_detail(policy, different["detail"])
    gone = what_is_gone(session, caller, different.get("user_id"), different.get("appointment_id"))
    if gone:
        raise InvalidBodyError(errors=[gone])
