"""Responses about the account, users and appointments."""

from __future__ import annotations

from marshmallow import fields

from service.routes.schemas import described
from service.routes.schemas.responses.common import AnswerSchema, PageSchema
from service.values.access.caller import Scope


class AccountSchema(AnswerSchema):
    """The account that the key or token stands for."""

    subject = described.text("The subject of the key or token; null if login is off.", "ann", null=True)
    scopes = described.many(
        described.text("A scope.", "read", words=Scope), "Scopes of the key or token.", ["upload", "read"]
    )
    used_bytes = described.size("Bytes in open uploads and files; null if login is off.", described.SIZE, null=True)
    allowed_bytes = described.size("The quota in bytes; null without a limit.", 1_073_741_824, null=True)
    storage_lets_through = described.many(
        described.text("An attack.", "a part sent by an unsigned stream"),
        "Attacks that storage did not reject in the last check; only for the scope `admin`, or with login off.",
        [],
    )


class UserSchema(AnswerSchema):
    """A user that files can belong to."""

    id = described.an_id("The user.", described.USER_ID)
    name = described.text("The user's name.", "Ann Arbor")
    created_at = described.time("When it was created.", described.STARTED_AT)


class AppointmentSchema(AnswerSchema):
    """An appointment of a user, to which files can belong."""

    id = described.an_id("The appointment.", described.APPOINTMENT_ID)
    user_id = described.an_id("The user that it belongs to.", described.USER_ID)
    title = described.text("The appointment's title.", "First visit")
    created_at = described.time("When it was created.", described.STARTED_AT)


class UserPageSchema(PageSchema):
    """A page of users."""

    items = described.many(fields.Nested(UserSchema), "Users, newest first.")


class AppointmentPageSchema(PageSchema):
    """A page of appointments."""

    items = described.many(fields.Nested(AppointmentSchema), "Appointments, newest first.")
