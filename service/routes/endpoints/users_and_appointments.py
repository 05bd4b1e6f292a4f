"""Users and appointments: create, get, list, delete."""

from __future__ import annotations

from typing import Any

from service.domain.accounts import users_and_appointments
from service.domain.accounts.quota import account_of
from service.errors import AppointmentNotFoundError, FileOnHoldError, PrivateFilesError, UserNotFoundError
from service.routes.http.authentication import caller
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.described import APPOINTMENT_ID, USER_ID
from service.routes.schemas.requests.people import AppointmentBody, AppointmentsQuery, UserBody, UsersQuery
from service.routes.schemas.responses.files import DeletedSchema
from service.routes.schemas.responses.people import (
    AccountSchema,
    AppointmentPageSchema,
    AppointmentSchema,
    UserPageSchema,
    UserSchema,
)
from service.values import AccountView, AppointmentView, Page, PersonQuery, UserView
from service.values.access.caller import Scope

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
@users.arguments(UsersQuery, location="query")
@users.response(200, UserPageSchema)
def list_users(query: PersonQuery) -> Page[UserView]:
    """List users, newest first, optionally by words of their names

    A page of a search may have fewer items than `limit`; there are more as long as `next_cursor` is not null.
    """
    return users_and_appointments.list_users(deps(), caller(), query)


@users.route("/me")
@users.doc(operationId="getAccount")
@users.needs(*Scope)
@users.response(200, AccountSchema)
def me() -> AccountView:
    """Get the account of the key or token: subject, scopes and quota"""
    return account_of(deps(), caller())


@users.named("/<user_id>", "The user.", USER_ID, methods=["GET"])
@users.doc(operationId="getUser")
@users.needs(Scope.READ)
@users.response(200, UserSchema)
@users.refuses(UserNotFoundError)
def get_user(user_id: str) -> UserView:
    """Get a user"""
    return users_and_appointments.get_user(deps(), caller(), user_id)


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
@appointments.arguments(AppointmentsQuery, location="query")
@appointments.response(200, AppointmentPageSchema)
def list_appointments(query: PersonQuery) -> Page[AppointmentView]:
    """List appointments, newest first, optionally of one user or by words of their titles

    A page of a search may have fewer items than `limit`; there are more as long as `next_cursor` is not null.
    """
    return users_and_appointments.list_appointments(deps(), caller(), query)


@appointments.named("/<appointment_id>", "The appointment.", APPOINTMENT_ID, methods=["GET"])
@appointments.doc(operationId="getAppointment")
@appointments.needs(Scope.READ)
@appointments.response(200, AppointmentSchema)
@appointments.refuses(AppointmentNotFoundError)
def get_appointment(appointment_id: str) -> AppointmentView:
    """Get an appointment"""
    return users_and_appointments.get_appointment(deps(), caller(), appointment_id)


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
