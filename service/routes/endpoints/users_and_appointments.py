"""Users and appointments: create, list, delete."""

from __future__ import annotations

from typing import Any

from service.domain.accounts import users_and_appointments
from service.domain.accounts.quota import account_of
from service.errors import AppointmentNotFoundError, FileOnHoldError, PrivateFilesError, UserNotFoundError
from service.routes.http.authentication import caller
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.described import APPOINTMENT_ID, USER_ID
from service.routes.schemas.requests import AppointmentBody, PageQuery, UserBody, UserPageQuery
from service.routes.schemas.responses import (
    AccountSchema,
    AppointmentPageSchema,
    AppointmentSchema,
    DeletedSchema,
    UserPageSchema,
    UserSchema,
)
from service.values import AccountView, AppointmentView, Page, UserView
from service.values.caller import Scope

users = ApiBlueprint("users", __name__, url_prefix="/api/v1/users", description="Users that files can belong to")
appointments = ApiBlueprint(
    "appointments", __name__, url_prefix="/api/v1/appointments", description="Appointments that files can belong to"
)


@users.route("/", methods=["POST"])
@users.doc(operationId="createUser")
@users.needs(Scope.UPLOAD)
@users.arguments(UserBody)
@users.response(201, UserSchema)
def create_user(body: dict[str, Any]) -> UserView:
    """Create a user"""
    return users_and_appointments.create_user(deps(), caller(), body["name"])


@users.route("/", methods=["GET"])
@users.doc(operationId="listUsers")
@users.needs(Scope.READ)
@users.arguments(PageQuery, location="query")
@users.response(200, UserPageSchema)
def list_users(query: dict[str, Any]) -> Page[UserView]:
    """List users, newest first"""
    return users_and_appointments.list_users(deps(), caller(), query["limit"], query.get("cursor"))


@users.route("/me")
@users.doc(operationId="getAccount")
@users.needs(*Scope)
@users.response(200, AccountSchema)
def me() -> AccountView:
    """Get the account of the key or token: subject, scopes and quota"""
    return account_of(deps(), caller())


@users.named("/<user_id>", "The user.", USER_ID, methods=["DELETE"])
@users.doc(operationId="deleteUser")
@users.needs(Scope.DELETE)
@users.response(200, DeletedSchema, changes={"id": USER_ID})
@users.refuses(UserNotFoundError, PrivateFilesError, FileOnHoldError)
def delete_user(user_id: str) -> dict[str, str]:
    """Delete a user with its appointments and all their files

    Refused while any of the files is private: delete those one by one, each with its credential.
    """
    users_and_appointments.delete_user(deps(), caller(), user_id)
    return {"id": user_id}


@appointments.route("/", methods=["POST"])
@appointments.doc(operationId="createAppointment")
@appointments.needs(Scope.UPLOAD)
@appointments.arguments(AppointmentBody)
@appointments.response(201, AppointmentSchema)
def create_appointment(body: dict[str, Any]) -> AppointmentView:
    """Create an appointment of a user"""
    return users_and_appointments.create_appointment(deps(), caller(), body["user_id"], body["title"])


@appointments.route("/", methods=["GET"])
@appointments.doc(operationId="listAppointments")
@appointments.needs(Scope.READ)
@appointments.arguments(UserPageQuery, location="query")
@appointments.response(200, AppointmentPageSchema)
def list_appointments(query: dict[str, Any]) -> Page[AppointmentView]:
    """List appointments, newest first, optionally of one user"""
    return users_and_appointments.list_appointments(
        deps(), caller(), query["limit"], query.get("cursor"), query.get("user_id")
    )


@appointments.named("/<appointment_id>", "The appointment.", APPOINTMENT_ID, methods=["DELETE"])
@appointments.doc(operationId="deleteAppointment")
@appointments.needs(Scope.DELETE)
@appointments.response(200, DeletedSchema, changes={"id": APPOINTMENT_ID})
@appointments.refuses(AppointmentNotFoundError, PrivateFilesError, FileOnHoldError)
def delete_appointment(appointment_id: str) -> dict[str, str]:
    """Delete an appointment and its files

    Refused while any of the files is private: delete those one by one, each with its credential.
    """
    users_and_appointments.delete_appointment(deps(), caller(), appointment_id)
    return {"id": appointment_id}
