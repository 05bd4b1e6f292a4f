"""What the collection's requests do with their answers: one takes what the next one needs (Postman's JavaScript)."""

from __future__ import annotations

STARTED = """\
const opened = pm.response.json().data;
pm.collectionVariables.set('upload_id', opened.upload_id);
pm.collectionVariables.set('file_id', opened.file_id);
"""
SIGNED = "pm.collectionVariables.set('url', pm.response.json().data.chunks[0].url);\n"
SENT = """\
// its quotes belong to it, and it is put into JSON text
pm.collectionVariables.set('etag', JSON.stringify(pm.response.headers.get('ETag')).slice(1, -1));
pm.collectionVariables.set('looks', 0);
"""
WAITS = """\
const stage = pm.response.json().data.stage;
const looks = Number(pm.collectionVariables.get('looks')) + 1;
pm.collectionVariables.set('looks', looks);
if (['completing', 'queued', 'scanning'].includes(stage) && looks < 120) {
  pm.execution.setNextRequest(pm.info.requestName);
  setTimeout(() => {}, 500);
} else {
  pm.test('the verdict is there: ready', () => pm.expect(stage).to.equal('ready'));
}
"""
LINKED = "pm.collectionVariables.set('download_url', pm.response.json().data.download_url);\n"
DOWNLOADED = """\
const size = Number(pm.variables.get('size'));
pm.test('it has all its bytes', () => pm.expect(pm.response.responseSize).to.equal(size));
"""
CREATED_USER = "pm.collectionVariables.set('user_id', pm.response.json().data.id);\n"
CREATED_APPOINTMENT = "pm.collectionVariables.set('appointment_id', pm.response.json().data.id);\n"
ALWAYS = "pm.test('it is taken', () => pm.expect(pm.response.code).to.be.within(200, 299));\n"
"""Of every request."""
SEND, DOWNLOAD = "Send the chunk to storage", "Download the file from storage"
FOLDERS: dict[str, dict[str, str]] = {
    "Upload a file": {
        "initUpload": STARTED,
        "signChunks": SIGNED,
        "retryUpload": "",
        SEND: SENT,
        "completeUpload": "",
        "getFileStatus": WAITS,
        "getFile": LINKED,
        DOWNLOAD: DOWNLOADED,
        "getFileContent": "",
        "getReceipt": "",
    },
    "Users and appointments": {
        "createUser": CREATED_USER,
        "createAppointment": CREATED_APPOINTMENT,
        "listUsers": "",
        "listAppointments": "",
        "listFiles": "",
        "listFilesOfAppointment": "",
        "getAccount": "",
        "deleteAppointment": "",
        "deleteUser": "",
    },
    "Delete it, and give up another": {"deleteFile": "", "initUpload": STARTED, "abortUpload": ""},
    "Health": {"isLive": "", "isReady": "", "getScannerHealth": ""},
}
"""The collection's folders, in the order in which they can be run: operations, and what is done with their answers."""
