"""Scripts (JavaScript) of the collection: they keep values of responses, and use them in the next requests."""

from __future__ import annotations

STARTED = """\
const opened = pm.response.json().data;
pm.collectionVariables.set('upload_id', opened.upload_id);
pm.collectionVariables.set('file_id', opened.file_id);
"""
SIGNED = """\
const [chunk] = pm.response.json().data.chunks;
pm.collectionVariables.set('url', chunk.url);
pm.collectionVariables.set('headers', JSON.stringify(chunk.headers));
"""
WITH_HEADERS = """\
// the signed headers: a file of one part may have some
const headers = JSON.parse(pm.collectionVariables.get('headers'));
Object.entries(headers).forEach(([key, value]) => pm.request.headers.upsert({ key, value }));
"""
"""The script before SEND."""
SENT = """\
// an ETag includes its quotes; here it becomes JSON text
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
  pm.test('the stage is ready', () => pm.expect(stage).to.equal('ready'));
}
"""
LINKED = "pm.collectionVariables.set('download_url', pm.response.json().data.download_url);\n"
DOWNLOADED = """\
const size = Number(pm.variables.get('size'));
pm.test('the download has all bytes', () => pm.expect(pm.response.responseSize).to.equal(size));
"""
CREATED_USER = "pm.collectionVariables.set('user_id', pm.response.json().data.id);\n"
CREATED_APPOINTMENT = "pm.collectionVariables.set('appointment_id', pm.response.json().data.id);\n"
CREATED_LINK = """\
const link = pm.response.json().data;
pm.collectionVariables.set('link_id', link.link_id);
pm.collectionVariables.set('token', link.url.split('/').pop());
"""
CREATED_GRANT = "pm.collectionVariables.set('grant_id', pm.response.json().data.grant_id);\n"
CREATED_DECISION = "pm.collectionVariables.set('decision_id', pm.response.json().data.decision_id);\n"
CREATED_ADOPTION = """\
if (pm.response.code === 201) pm.collectionVariables.set('adoption_id', pm.response.json().data.adoption_id);
"""
CREATED_ENTRY = "pm.collectionVariables.set('entry_id', pm.response.json().data.entry_id);\n"
ALWAYS = """\
// nothing waits for a second person by default, and a decision about one file ends at once
const ended = /^(Approve a release|Cancel a decision)/.test(pm.info.requestName);
// no bucket may be adopted by default (ADOPT_BUCKETS)
// a second run finds the folder of the first one
const renames = /^Rename or move a folder/.test(pm.info.requestName);
const adopts = /^(Adopt the objects|Get an adoption|Cancel an adoption)/.test(pm.info.requestName);
if (adopts) {
  pm.test('it is done or refused', () => pm.expect(pm.response.code).to.be.oneOf([200, 201, 404, 409, 422, 502]));
} else if (renames) {
  pm.test('it is renamed, or it was by an earlier run', () => pm.expect(pm.response.code).to.be.oneOf([200, 409]));
} else if (ended) {
  pm.test('there is nothing left to do', () => pm.expect(pm.response.code).to.equal(409));
} else {
  pm.test('the request succeeds', () => pm.expect(pm.response.code).to.be.within(200, 299));
}
"""
"""The script of every request."""
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
        "changeFile": "",
        "listFolders": "",
        "renameFolder": "",
    },
    "Users and appointments": {
        "createUser": CREATED_USER,
        "createAppointment": CREATED_APPOINTMENT,
        "listUsers": "",
        "getUser": "",
        "listAppointments": "",
        "getAppointment": "",
        "listFiles": "",
        "listFilesOfAppointment": "",
        "getAccount": "",
        "deleteAppointment": "",
        "deleteUser": "",
    },
    "Links": {
        "createLink": CREATED_LINK,
        "listLinks": "",
        "getLinkedFile": "",
        "getLinkedFileByPassword": "",
        "revokeLink": "",
    },
    "Operators": {
        "listAdminFiles": "",
        "getAdminFile": "",
        "listOpenUploads": "",
        "listScans": "",
        "createDecision": CREATED_DECISION,
        "listDecisions": "",
        "getDecision": "",
        "approveDecision": "",
        "cancelDecision": "",
        "createAdoption": CREATED_ADOPTION,
        "listAdoptions": "",
        "getAdoption": "",
        "cancelAdoption": "",
        "takeStorageEvents": "",
        "createAllowlistEntry": CREATED_ENTRY,
        "listAllowlist": "",
        "approveAllowlistEntry": "",
        "deleteAllowlistEntry": "",
        "listAudit": "",
        "exportAudit": "",
        "verifyAudit": "",
        "listSubjects": "",
        "getUsage": "",
        "listWorkers": "",
        "getOverview": "",
    },
    "Delete a file, abort an upload": {"deleteFile": "", "initUpload": STARTED, "abortUpload": ""},
    "Grants": {"createGrant": CREATED_GRANT, "getGrant": "", "revokeGrant": ""},
    "Health": {"isLive": "", "isReady": "", "getScannerHealth": ""},
}
"""The collection's folders, in the order in which they can run: operations, each with the script for its response."""
