"""An application with the recipe for Flask; the header X-User stands for its login."""

from __future__ import annotations

from flask import g, request
from recipe import app


@app.before_request
def log_in() -> None:
    g.user = request.headers["X-User"]
