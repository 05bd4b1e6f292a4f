"""All commands in sections: help and completion import none of their modules, which takes a second with the service."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """place: `module:name`; summary: the first sentence of the command's help; where: `here`, or with the service."""

    place: str
    summary: str
    where: str = "here"


WITH_SERVICE = "with the service"
"""The wheel has the client alone."""


def _operator(name: str, summary: str) -> Entry:
    return Entry(f"service.admin.{name}", summary, WITH_SERVICE)


_SUMMARY_OF_RESUME = "Resume interrupted uploads: the given ones, else all in this machine's journal for this service."
_SUMMARY_OF_VERIFY = "Verify RECEIPT (a receipt or the API's answer; - for standard input), and compare FILE with it."
_SUMMARY_OF_RECOVER = "Recover files from objects without a row, after the database was lost or restored from a backup."
SECTIONS: dict[str, dict[str, Entry]] = {
    "Files": {
        "upload": Entry("longshore.cli.transfers.upload:upload", "Upload each FILE; `-` is standard input."),
        "resume": Entry("longshore.cli.transfers.upload:resume", _SUMMARY_OF_RESUME),
        "abort": Entry("longshore.cli.transfers.upload:abort", "Abort open uploads and delete their parts."),
        "download": Entry(
            "longshore.cli.transfers.download:download",
            "Download the file FILE_ID, or with -r a folder, in parallel ranges and verify its checksum.",
        ),
        "list": Entry("longshore.cli.files:list_files", "List the files that you can access."),
        "status": Entry("longshore.cli.files:status", "Show the progress of the file FILE_ID."),
        "delete": Entry("longshore.cli.files:delete", "Delete files, also in storage."),
        "retry": Entry(
            "longshore.cli.files:retry",
            "Repeat the failed scan of FILE_ID, or show what its open upload is missing.",
        ),
        "receipt": Entry("longshore.cli.files:receipt", "Download the signed receipt of FILE_ID."),
        "verify": Entry("longshore.cli.verify:verify", _SUMMARY_OF_VERIFY),
    },
    "Links and people": {
        "links": Entry("longshore.cli.links:links", "Manage links to files, for people without a login."),
        "users": Entry("longshore.cli.people:users", "Manage users that files can belong to."),
        "appointments": Entry("longshore.cli.people:appointments", "Manage appointments that files can belong to."),
    },
    "Set-up": {
        "config": Entry("longshore.cli.config.command:config", "Configure the service's URL and the API key."),
        "whoami": Entry("longshore.cli.people:whoami", "Show the account: subject, scopes and used quota."),
        "completion": Entry(
            "longshore.cli.completion:completion", "Print the completion script of SHELL, which is bash, zsh or fish."
        ),
    },
    "Operators": {"admin": Entry("longshore.cli.admin:admin", "See and administer everything.")},
    "Operators, where the service runs": {
        "keys": _operator("keys:keys", "Manage API keys."),
        "doctor": _operator(
            "doctor.command:doctor", "Check this deployment from inside and outside, and recommend changes."
        ),
        "check": _operator("check:check", "Check that every file's object is in storage."),
        "owners": _operator("owners:owners", "Manage ownership."),
        "recover": _operator("recover:recover", _SUMMARY_OF_RECOVER),
        "relocate": _operator(
            "recover:relocate", "Replace bucket OLD with bucket NEW in all rows, after the objects were copied there."
        ),
        "receipt-key": _operator("receipt_key:receipt_key", "Manage the key that signs receipts (RECEIPT_KEY)."),
        "webhooks": _operator("webhooks:webhooks", "Manage webhook deliveries."),
    },
}
ALL: dict[str, Entry] = {name: entry for commands in SECTIONS.values() for name, entry in commands.items()}
MEANT = {
    "cp": "upload",
    "get": "download",
    "help": "--help",
    "login": "config",
    "ls": "list",
    "put": "upload",
    "remove": "delete",
    "rm": "delete",
    "send": "upload",
    "share": "links",
    "version": "--version",
}
"""Names that people know from other programs."""
