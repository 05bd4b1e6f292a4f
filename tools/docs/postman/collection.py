"""`./dev postman`: writes the Postman collection anew, from the OpenAPI document.

openapi-to-postmanv2 turns the operations into requests; here they are put into an order in which they can be run, and
the examples' ids and sizes become variables that one answer sets for the next request. The file is kept in the
repository: whoever wants it needs no Node.js, and a test holds it to the document.
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
from tools.docs.postman.scripts import ALWAYS, DOWNLOAD, FOLDERS, SEND
from tools.programs import ROOT

FOLDER = Path(__file__).parent
TARGET = ROOT / "docs" / "longshore.postman_collection.json"
SAMPLE = ROOT / "LICENSE"
"""What is uploaded unless the variables name another file."""
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
    """The OpenAPI document; no part of the service has to run for it."""
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
    """openapi-to-postmanv2's collection."""
    environment = web.node_environment()
    web.install_packages(environment, FOLDER)
    command = ["node", str(FOLDER / "convert.mjs")]
    done = subprocess.run(command, input=text, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def collection() -> dict[str, Any]:
    """The whole collection."""
    described = document()
    # an operation that is in no folder is seen by the test: tests/live/test_postman.py
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
    """A request of the converter's: its examples' values become variables, what is optional is switched off."""
    request = deepcopy(item["request"])
    for optional in (
        *request["url"]["query"],
        *(one for one in request["header"] if one["key"] == "X-File-Credential"),
    ):
        optional |= {"disabled": True, "value": ""}
    for header in request["header"]:
        if header["key"] == "Idempotency-Key":
            header["value"] = "{{$guid}}"  # another one each time that it is sent
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
    # a Content-Type that was not signed is refused by some stores
    profile = {"disabledSystemHeaders": {"content-type": True}}
    return {"name": SEND, "request": request, "response": [], "protocolProfileBehavior": profile}


def downloading() -> dict[str, Any]:
    request = {"method": "GET", "url": "{{download_url}}", "header": [], "auth": {"type": "noauth"}}
    return {"name": DOWNLOAD, "request": request, "response": []}


def scripted(item: dict[str, Any], script: str) -> dict[str, Any]:
    return item | ({"event": [event(script)]} if script else {})


def event(script: str) -> dict[str, Any]:
    return {"listen": "test", "script": {"type": "text/javascript", "exec": script.splitlines()}}


def text() -> str:
    """The file."""
    return json.dumps(collection(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    try:
        TARGET.write_text(text())
    except (web.WebError, subprocess.CalledProcessError) as error:
        sys.exit(f"./dev postman: {error}")
