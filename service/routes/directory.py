"""Users and appointments: create, list, delete."""

from __future__ import annotations

from typing import Any

from service.caller import Scope
from service.domain import directory
from service.domain.quota import account_of
from service.routes.answers import (
    AccountSchema,
    AppointmentPageSchema,
    AppointmentSchema,
    DeletedSchema,
    UserPageSchema,
    UserSchema,
)
from service.routes.api import ApiBlueprint, deps
from service.routes.login import caller
from service.routes.requests import AppointmentBody, PageQuery, UserBody, UserPageQuery
from service.values import AccountView, AppointmentView, Page, UserView

users = ApiBlueprint("users", __name__, url_prefix="/api/v1/users", description="Whose files these are")
appointments = ApiBlueprint(
    "appointments", __name__, url_prefix="/api/v1/appointments", description="What files can belong to"
)


@users.route("/", methods=["POST"])
@users.needs(Scope.UPLOAD)
@users.arguments(UserBody)
@users.response(201, UserSchema)
@users.refuses(413, 503)
def create_user(body: dict[str, Any]) -> UserView:
    """Create a user"""
    return directory.create_user(deps(), caller(), body["name"])


@users.route("/", methods=["GET"])
@users.needs(Scope.READ)
@users.arguments(PageQuery, location="query")
@users.response(200, UserPageSchema)
@users.refuses(503)
def list_users(query: dict[str, Any]) -> Page[UserView]:
    """Users, newest first"""
    return directory.list_users(deps(), caller(), query["limit"], query["cursor"])


@users.route("/me")
@users.needs(*Scope)
@users.response(200, AccountSchema)
@users.refuses(503)
def me() -> AccountView:
    """Who calls: the subject, its scopes, and how much of its quota is taken"""
    return account_of(deps(), caller())


@users.route("/<user_id>", methods=["DELETE"])
@users.needs(Scope.UPLOAD)
@users.response(200, DeletedSchema)
@users.refuses(404, 503)
def delete_user(user_id: str) -> dict[str, str]:
    """Delete a user with its appointments and all their files"""
    directory.delete_user(deps(), caller(), user_id)
    return {"id": user_id}


@appointments.route("/", methods=["POST"])
@appointments.needs(Scope.UPLOAD)
@appointments.arguments(AppointmentBody)
@appointments.response(201, AppointmentSchema)
@appointments.refuses(413, 503)
def create_appointment(body: dict[str, Any]) -> AppointmentView:
    """Create an appointment of a user"""
    return directory.create_appointment(deps(), caller(), body["user_id"], body["title"])


@appointments.route("/", methods=["GET"])
@appointments.needs(Scope.READ)
@appointments.arguments(UserPageQuery, location="query")
@appointments.response(200, AppointmentPageSchema)
@appointments.refuses(503)
def list_appointments(query: dict[str, Any]) -> Page[AppointmentView]:
    """Appointments, newest first, of one user where user_id is given"""
    return directory.list_appointments(deps(), caller(), query["limit"], query["cursor"], query["user_id"])


@appointments.route("/<appointment_id>", methods=["DELETE"])
@appointments.needs(Scope.UPLOAD)
@appointments.response(200, DeletedSchema)
@appointments.refuses(404, 503)
def delete_appointment(appointment_id: str) -> dict[str, str]:
    """Delete an appointment and its files"""
    directory.delete_appointment(deps(), caller(), appointment_id)
    return {"id": appointment_id}
