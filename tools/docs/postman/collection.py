"""`./dev postman`: generate the Postman collection from the OpenAPI document.

openapi-to-postmanv2 converts the operations to requests. This module puts them into an order in which they can run, and
replaces the examples' ids and sizes by variables that one response sets for the next request. The file is in the
repository, so that users need no Node.js; a test compares it with the document.
"""

from __future__ import annotations

import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from service.app import create_app
from service.deps import build_deps
from service.routes.schemas import described
from service.settings import Settings
from tools.checks import web
from tools.docs.postman.scripts import ALWAYS, DOWNLOAD, FOLDERS, SEND, WITH_HEADERS
from tools.programs import ROOT

FOLDER = Path(__file__).parent
TARGET = ROOT / "docs" / "longshore.postman_collection.json"
SAMPLE = ROOT / "LICENSE"
"""The file that is uploaded by default."""
VARIABLES = {
    "baseUrl": "http://127.0.0.1:8000",
    "bearerToken": "",
    "file": SAMPLE.name,
    "filename": SAMPLE.name,
    "size": str(SAMPLE.stat().st_size),
    "content_type": "text/plain",
}
IN_EXAMPLES = {
    described.UPLOAD_ID: "{{upload_id}}",
    described.FILE_ID: "{{file_id}}",
    described.USER_ID: "{{user_id}}",
    described.APPOINTMENT_ID: "{{appointment_id}}",
    json.dumps(described.ETAG)[1:-1]: "{{etag}}",
    f'"{described.FILENAME}"': '"{{filename}}"',
    f'"{described.CONTENT_TYPE}"': '"{{content_type}}"',
    f": {described.SIZE}": ": {{size}}",
}


def document() -> Any:
    """Return the OpenAPI document without starting the service."""
    with TemporaryDirectory() as folder:
        needed = {
            "REDIS_URL": "redis://127.0.0.1:9",
            "S3_ENDPOINT_URL": "http://127.0.0.1:9",
            "S3_ACCESS_KEY": "x",
            "S3_SECRET_KEY": "x",
        }
        needed |= {"DATABASE_URL": f"sqlite:///{folder}/x", "SECRET_KEY": "of no service at all", "CLAMD_URL": "off"}
        client = create_app(build_deps(Settings.from_env(needed))).test_client()
        return client.get("/api/openapi.json").json


def converted(text: str) -> Any:
    """Return the collection that openapi-to-postmanv2 makes."""
    environment = web.node_environment()
    web.install_packages(FOLDER)
    command = ["node", str(FOLDER / "convert.mjs")]
    done = subprocess.run(command, input=text, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def collection() -> dict[str, Any]:
    """Return the whole collection."""
    described = document()
    # a test finds an operation that is in no folder: tests/live/clients/test_postman.py
    requests = {item["name"]: item for folder in converted(json.dumps(described))["item"] for item in folder["item"]}
    items = {SEND: sending(), DOWNLOAD: downloading()}
    for methods in described["paths"].values():
        for operation in methods.values():
            if "operationId" in operation:
                items[operation["operationId"]] = with_variables(requests[operation["summary"]])
    return {
        "info": {
            "name": "Longshore",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
            "description": described["info"]["description"],
        },
        "variable": [{"key": key, "value": value} for key, value in VARIABLES.items()],
        "event": [event(ALWAYS)],
        "item": [
            {"name": folder, "item": [scripted(items[name], script) for name, script in names.items()]}
            for folder, names in FOLDERS.items()
        ],
    }


def with_variables(item: dict[str, Any]) -> dict[str, Any]:
    """Replace example values in a converted request by variables, and disable optional fields."""
    request = deepcopy(item["request"])
    for optional in (
        *request["url"]["query"],
        *(one for one in request["header"] if one["key"] == "X-File-Credential"),
    ):
        optional |= {"disabled": True, "value": ""}
    for header in request["header"]:
        if header["key"] == "Idempotency-Key":
            header["value"] = "{{$guid}}"  # a new one each time
    for variable in request["url"]["variable"]:
        variable["value"] = IN_EXAMPLES.get(variable["value"], "{{" + variable["key"] + "}}")
    if "raw" in request.get("body", {}):
        for example, name in IN_EXAMPLES.items():
            request["body"]["raw"] = request["body"]["raw"].replace(example, name)
    taken = [one for one in item["response"] if one["code"] < 300]
    return {"name": item["name"], "request": request, "response": [without_ids(one) for one in taken]}


def without_ids(response: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in response.items() if key not in {"id", "originalRequest"}}


def sending() -> dict[str, Any]:
    body = {"mode": "file", "file": {"src": "{{file}}"}}
    request = {"method": "PUT", "url": "{{url}}", "header": [], "body": body, "auth": {"type": "noauth"}}
    # some stores refuse a Content-Type that was not signed
    profile = {"disabledSystemHeaders": {"content-type": True}}
    before = event(WITH_HEADERS, "prerequest")
    return {"name": SEND, "request": request, "response": [], "protocolProfileBehavior": profile, "event": [before]}


def downloading() -> dict[str, Any]:
    request = {"method": "GET", "url": "{{download_url}}", "header": [], "auth": {"type": "noauth"}}
    return {"name": DOWNLOAD, "request": request, "response": []}


def scripted(item: dict[str, Any], script: str) -> dict[str, Any]:
    return item | ({"event": [*item.get("event", []), event(script)]} if script else {})


def event(script: str, listen: str = "test") -> dict[str, Any]:
    return {"listen": listen, "script": {"type": "text/javascript", "exec": script.splitlines()}}


def text() -> str:
    """Return the text of the file."""
    return json.dumps(collection(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    try:
        TARGET.write_text(text())
    except (web.WebError, subprocess.CalledProcessError) as error:
        sys.exit(f"./dev postman: {error}")
