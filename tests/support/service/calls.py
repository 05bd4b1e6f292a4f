"""The calls of the API by name, about an open upload and a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.test import TestResponse

from tests.support.service_under_test import FILE, App

Ask = Callable[[App, dict[str, Any], dict[str, Any]], TestResponse]
ASKS: dict[str, Ask] = {
    "init": lambda app, opened, file: app.post("/upload/init/", size=1),
    "chunk": lambda app, opened, file: app.post("/upload/chunk/", upload_id=opened["upload_id"], chunk_index=0),
    "complete": lambda app, opened, file: app.post("/upload/complete/", **app.completion(opened)),
    "get": lambda app, opened, file: app.get(file["id"]),
    "status of an upload": lambda app, opened, file: app.status(opened["file_id"]),
    "status of a file": lambda app, opened, file: app.status(file["id"]),
    "retry of an upload": lambda app, opened, file: app.post("/upload/retry", upload_id=opened["upload_id"]),
    "retry of a scan": lambda app, opened, file: app.post("/upload/retry", file_id=file["id"]),
    "abort": lambda app, opened, file: app.client.delete(f"{FILE}/upload/{opened['upload_id']}"),
    "delete": lambda app, opened, file: app.client.delete(f"{FILE}/{file['id']}"),
    "list": lambda app, opened, file: app.client.get(f"{FILE}/all"),
    "users": lambda app, opened, file: app.client.get("/api/v1/users/"),
    "new user": lambda app, opened, file: app.client.post("/api/v1/users/", json={"name": "Ada"}),
}
