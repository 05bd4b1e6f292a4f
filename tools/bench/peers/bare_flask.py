"""A Flask application that does nothing: the rate of gunicorn and Flask alone, which no endpoint can exceed."""

from __future__ import annotations

from flask import Flask, Response, request

app = Flask(__name__)


@app.post("/")
def nothing() -> Response:
    request.get_data()
    return Response(b"x" * 670)


@app.get("/api/health/live")
def live() -> str:
    return ""
