"""The links of each operation to the next calls (https://spec.openapis.org/oas/v3.0.3#link-object)."""

from __future__ import annotations

from typing import Any

DATA = "$response.body#/data"
UPLOAD, FILE = f"{DATA}/upload_id", f"{DATA}/file_id"


def _to(operation: str, what: str, body: dict[str, Any] | None = None, **parameters: str) -> dict[str, Any]:
    link: dict[str, Any] = {"operationId": operation, "description": what}
    return link | ({"requestBody": body} if body else {}) | ({"parameters": parameters} if parameters else {})


SIGN = _to("signChunks", "Sign a chunk that is not signed yet.", {"upload_id": UPLOAD, "chunk_index": 0})
STATUS = _to("getFileStatus", "Get its progress.", file_id=FILE)
ABORT = _to("abortUpload", "Abort it.", upload_id=UPLOAD)
RETRY = _to("retryUpload", "Get the chunks in storage and the missing ones.", {"upload_id": UPLOAD})
COMPLETE = _to(
    "completeUpload",
    "Complete the upload when its chunks are in storage.",
    {
        "upload_id": UPLOAD,
        "total_chunks": f"{DATA}/total_chunks",
        "total_size": "$request.body#/size",
        "filename": "$request.body#/filename",
        "content_type": "$request.body#/content_type",
    },
)
OF_FILE = {
    "getFile": _to("getFile", "Get the file and a new download link.", file_id=f"{DATA}/id"),
    "getFileStatus": _to("getFileStatus", "Get the progress of its scan.", file_id=f"{DATA}/id"),
    "retryFile": _to("retryUpload", "Repeat a failed scan.", {"file_id": f"{DATA}/id"}),
    "getReceipt": _to("getReceipt", "Get its signed receipt, once there is a verdict.", file_id=f"{DATA}/id"),
    "changeFile": _to("changeFile", "Change its name, detail, user or appointment.", file_id=f"{DATA}/id"),
    "deleteFile": _to("deleteFile", "Delete it.", file_id=f"{DATA}/id"),
}


def _pages(operation: str) -> dict[str, Any]:
    return {"nextPage": _to(operation, "Get the next page, unless next_cursor is null.", cursor=f"{DATA}/next_cursor")}


LINKS: dict[str, dict[str, Any]] = {
    "initUpload": {
        "signChunks": SIGN,
        "completeUpload": COMPLETE,
        "getFileStatus": STATUS,
        "retryUpload": RETRY,
        "abortUpload": ABORT,
    },
    "signChunks": {"retryUpload": RETRY, "abortUpload": ABORT},
    "completeUpload": OF_FILE,
    "retryUpload": {"signChunks": SIGN, "getFileStatus": STATUS, "abortUpload": ABORT},
    "getFile": {"getFileStatus": OF_FILE["getFileStatus"], "deleteFile": OF_FILE["deleteFile"]},
    "getFileStatus": {
        "getFile": _to("getFile", "Get the file and a new download link once stage is `ready`.", file_id=FILE),
        "retryUpload": RETRY,
    },
    "listFiles": _pages("listFiles"),
    "listFilesOfAppointment": {
        "nextPage": _to(
            "listFilesOfAppointment",
            "Get the next page, unless next_cursor is null.",
            appointment_id="$request.path.appointment_id",
            cursor=f"{DATA}/next_cursor",
        )
    },
    "listAdminFiles": _pages("listAdminFiles"),
    "listOpenUploads": _pages("listOpenUploads"),
    "listScans": _pages("listScans"),
    "listUsers": _pages("listUsers"),
    "listAppointments": _pages("listAppointments"),
    "createUser": {
        "createAppointment": _to(
            "createAppointment",
            "Create an appointment of this user.",
            {"user_id": f"{DATA}/id", "title": "First visit"},
        ),
        "listFiles": _to("listFiles", "List the files of this user.", user_id=f"{DATA}/id"),
        "listAppointments": _to("listAppointments", "List the appointments of this user.", user_id=f"{DATA}/id"),
        "deleteUser": _to("deleteUser", "Delete it with its appointments and files.", user_id=f"{DATA}/id"),
    },
    "createAppointment": {
        "listFilesOfAppointment": _to(
            "listFilesOfAppointment", "List the files of this appointment.", appointment_id=f"{DATA}/id"
        ),
        "deleteAppointment": _to("deleteAppointment", "Delete it with its files.", appointment_id=f"{DATA}/id"),
    },
}
