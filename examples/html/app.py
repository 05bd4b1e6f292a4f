"""An application for a job: the browser uploads the CV straight to storage, and the form submits its id."""

import os
import sqlite3
from uuid import UUID

from flask import Flask, abort, redirect, render_template, request, session

from longshore import Client
from longshore.client.errors import ApiError

app = Flask(__name__, static_folder=os.environ["PACKAGE"], static_url_path="/longshore")
app.config.update(SECRET_KEY=os.environ["SESSION_SECRET"], SESSION_COOKIE_SAMESITE="Lax")
longshore = Client()  # the service in LONGSHORE_URL, with the key in LONGSHORE_TOKEN
database = sqlite3.connect(os.environ["DATABASE"], isolation_level=None, check_same_thread=False)
database.execute("CREATE TABLE IF NOT EXISTS applications (user, position, file_id UNIQUE, filename)")


@app.get("/")
def page():
    user = session.get("user")
    if not user:
        return render_template("page.html")
    limits = {"count": 5, "max_size": 20_000_000, "expires_in": 3600}
    grant = longshore.create_grant(subject="example-html", detail={"user": user}, **limits).token
    mine = database.execute("SELECT position, file_id, filename FROM applications WHERE user = ?", [user]).fetchall()
    return render_template("page.html", user=user, applications=mine, service=longshore.url, grant=grant)


@app.post("/login")
def log_in():
    session["user"] = request.form["user"]  # replace this by your login
    return redirect("/")


@app.post("/applications")
def apply():
    file = uploaded_file(request.form.get("file_id", type=UUID) or abort(422))
    row = [current_user(), request.form["position"], file.id, file.filename]
    database.execute("INSERT OR IGNORE INTO applications VALUES (?, ?, ?, ?)", row)
    return redirect("/")


@app.get("/files/<uuid:file_id>")
def download(file_id):
    mine = "SELECT 1 FROM applications WHERE user = ? AND file_id = ?"
    if not database.execute(mine, [current_user(), str(file_id)]).fetchone():
        abort(404)
    return redirect(uploaded_file(file_id).download_url or abort(409))


def current_user():
    return session.get("user") or abort(401)


def uploaded_file(file_id):
    """Return a file that this user has uploaded: a form may submit any id."""
    user, file = current_user(), longshore.get(str(file_id))
    return file if file.detail == {"user": user} else abort(403)


@app.errorhandler(ApiError)
def refused(error):
    return error.message, error.status  # for example 404: there is no such file
