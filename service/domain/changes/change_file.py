"""Change what is stored about a file: name, folder, detail, user, appointment, expiry and hold; its bytes never."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.db.models import File
from service.db.session import Session
from service.db.statements.files.folders import delete_empty, folder_for, path_of
from service.db.statements.uploads import rules_of_upload
from service.deps import Deps
from service.domain.accounts.assignable import what_is_gone
from service.domain.files.credentials import renew, require_credential
from service.domain.files.files import find_file, view_changed_file
from service.domain.records import audit
from service.domain.records.indexed_details import index_again
from service.domain.records.kept_rules import end_of_retention
from service.domain.records.renaming import give_name
from service.domain.uploads.policies import policy_with, refuse_detail, refuse_names
from service.errors import InvalidBodyError, PolicyRefusedError, ScopeMissingError, VersionChangedError
from service.observability.logs import get_logger
from service.values import FileChange, FileView
from service.values.access.caller import Caller, Scope
from service.values.operators.audit import Action, Changes

log = get_logger(__name__)

FOLDER, HOLD = "path_name", "legal_hold"


def change_file(
    deps: Deps, caller: Caller, file_id: str, credential: Mapping[str, str] | None, wanted: FileChange
) -> FileView:
    """Change the given fields of a file, and return it as it is then.

    wanted.fields: some of filename, path_name, detail, user_id, appointment_id, expires_at and legal_hold; null removes
    a detail, a user, an appointment or an expiry, and moves the file out of its folder.

    Raises StoredFileNotFoundError, WrongCredentialError, VersionChangedError, PolicyRefusedError, ScopeMissingError (a
    hold without the scope `admin`), InvalidBodyError (a name that is not accepted, an unknown user or appointment, a
    past expiry, a hold without a reason), and the errors of the database.
    """
    file, changed = deps.db.transact(_change, deps, caller, file_id, credential, wanted)
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
    wanted: FileChange,
) -> tuple[File, list[str]]:
    """Return the changed row, and which of its fields are different now."""
    file = find_file(session, caller, file_id, lock=True)
    require_credential(deps, caller, file, credential)
    if wanted.versions is not None and file.version not in wanted.versions:
        raise VersionChangedError(file.version)
    if HOLD in wanted.fields:
        _refuse_hold(caller, wanted.reason)
    before = {name: path_of(session, file) if name == FOLDER else getattr(file, name) for name in wanted.fields}
    different = {name: value for name, value in wanted.fields.items() if before[name] != value}
    if not different:
        return file, []
    _refuse(session, deps, caller, file, different)
    left = file.folder_id
    if "filename" in different:
        give_name(file, different["filename"])
    if FOLDER in different:
        path_name = different[FOLDER]
        file.folder_id = None if path_name is None else folder_for(session, file.owner, path_name, deps.clock())
    for name in different.keys() - {FOLDER}:
        setattr(file, name, different[name])
    if "detail" in different:
        index_again(session, deps, file)
    file.version += 1
    _record(session, deps, caller, file, before, different, wanted.reason)
    session.flush()
    if FOLDER in different:
        delete_empty(session, [left])
    return file, sorted(different)


def _refuse_hold(caller: Caller, reason: str | None) -> None:
    """Raises unless this caller may set and lift a hold, and gives a reason."""
    if not caller.may(Scope.ADMIN):
        raise ScopeMissingError(Scope.ADMIN)
    if not reason:
        raise InvalidBodyError(errors=["[reason] is missing: a legal hold is set and lifted for a reason"])


def _refuse(session: Session, deps: Deps, caller: Caller, file: File, different: Mapping[str, Any]) -> None:
    """Raises PolicyRefusedError or InvalidBodyError for a change that could not have been in `complete`."""
    rules = rules_of_upload(session, file.upload_id)
    policy = policy_with(deps.settings, rules)
    if "filename" in different:
        refuse_names(policy, different["filename"], None, file.file_extension)
    if "detail" in different:
        refuse_detail(policy, different["detail"])
    if "expires_at" in different:
        _refuse_expiry(different["expires_at"], deps.clock())
        latest = end_of_retention(rules, file.created_at)
        if latest is not None and not caller.may(Scope.ADMIN):
            _refuse_longer_retention(policy.name, different["expires_at"], latest)
    gone = what_is_gone(session, caller, different.get("user_id"), different.get("appointment_id"))
    if gone:
        raise InvalidBodyError(errors=[gone])


def _refuse_expiry(wanted: datetime | None, now: datetime) -> None:
    if wanted is not None and wanted <= now:
        raise InvalidBodyError(errors=["[expires_at] is in the past; delete the file instead"])


def _refuse_longer_retention(policy: str, wanted: datetime | None, latest: datetime) -> None:
    if wanted is None or wanted > latest:
        reason = f"[expires_at] can be {latest.isoformat()} at the latest without the scope `admin`"
        raise PolicyRefusedError(policy, "retention", reason)


def _record(
    session: Session,
    deps: Deps,
    caller: Caller,
    file: File,
    before: Mapping[str, Any],
    different: Mapping[str, Any],
    reason: str | None,
) -> None:
    """Write the audit entries: of a hold its own, of all other fields one."""
    at, actor = deps.clock(), audit.actor_of(caller)
    if HOLD in different:
        action = Action.HOLD_SET if file.legal_hold else Action.HOLD_LIFTED
        audit.record(session, at, actor, action, file.id, reason)
    changed = sorted(different.keys() - {HOLD})
    if changed:
        # the detail of a private file is shown only to those who know its credential
        told = [name for name in changed if name != "detail" or file.credential_hash is None]
        values = Changes({name: before[name] for name in told}, {name: different[name] for name in told})
        text = ", ".join(changed)
        audit.record(
            session, at, actor, Action.CHANGED, file.id, f"{text}: {reason}" if reason else text, changes=values
        )
