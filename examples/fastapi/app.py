"""A box of documents: the backend gives a grant for each file, and the browser uploads it straight to storage."""

import os
import sqlite3
from typing import Annotated
from uuid import UUID

from fastapi import Body, Depends, FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.sessions import SessionMiddleware

from longshore import Client
from longshore.client.errors import ApiError

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=os.environ["SESSION_SECRET"])
app.mount("/longshore", StaticFiles(directory=os.environ["PACKAGE"]))
longshore = Client()  # the service in LONGSHORE_URL, with the key in LONGSHORE_TOKEN
database = sqlite3.connect(os.environ["DATABASE"], isolation_level=None, check_same_thread=False)
database.execute("CREATE TABLE IF NOT EXISTS documents (grant_id PRIMARY KEY, user, file_id, filename)")


def current_user(request: Request) -> str:
    return request.session.get("user", "")


User = Annotated[str, Depends(current_user)]


@app.exception_handler(ApiError)
def refused(_request: Request, error: ApiError) -> JSONResponse:
    return JSONResponse({"detail": error.message}, error.status)  # for example 404: there is no such file


@app.get("/")
def page() -> FileResponse:
    return FileResponse("page.html")


@app.post("/login")
def log_in(user: Annotated[str, Body(embed=True)], request: Request) -> None:
    request.session["user"] = user  # replace this by your login


@app.post("/grants")
def create_grant(user: User) -> dict[str, str]:
    if not user:
        raise HTTPException(401)
    grant = longshore.create_grant(subject="example-fastapi", detail={"user": user}, max_size=10**8, expires_in=600)
    database.execute("INSERT INTO documents VALUES (?, ?, NULL, NULL)", [grant.grant_id, user])
    return {"grant_id": grant.grant_id, "token": grant.token, "service": longshore.url}


@app.post("/documents")
def add_document(grant_id: Annotated[UUID, Body()], file_id: Annotated[UUID, Body()], user: User) -> None:
    file = longshore.get(str(file_id))
    if file.grant_id != str(grant_id):  # a browser may send any id
        raise HTTPException(403)
    row = [file.id, file.filename, file.grant_id, user]
    database.execute("UPDATE documents SET file_id = ?, filename = ? WHERE grant_id = ? AND user = ?", row)


@app.get("/documents")
def list_documents(user: User) -> dict[str, object]:
    mine = "SELECT file_id, filename FROM documents WHERE user = ? AND file_id IS NOT NULL"
    return {"user": user, "documents": database.execute(mine, [user]).fetchall()}


@app.get("/documents/{file_id}")
def download(file_id: UUID, user: User) -> RedirectResponse:
    mine = database.execute("SELECT 1 FROM documents WHERE user = ? AND file_id = ?", [user, str(file_id)]).fetchone()
    if not mine or not (link := longshore.get(str(file_id)).download_url):
        raise HTTPException(404)
    return RedirectResponse(link)
