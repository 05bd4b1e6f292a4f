"""Bodies and queries about users and appointments."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from service.limits import MAX_NAME_LENGTH
from service.routes.schemas.described import USER_ID, said
from service.routes.schemas.fields import an_id, name, wanted_id
from service.routes.schemas.requests.common import PageQuery
from service.values import PersonQuery


class UserBody(Schema):
    """A user to create."""

    name = name(required=True, metadata=said("The user's name.", "Ann Arbor"))


class AppointmentBody(Schema):
    """An appointment to create."""

    user_id = an_id(said("The user that the appointment belongs to.", USER_ID), required=True)
    title = name(required=True, metadata=said("The appointment's title.", "First visit"))


class UsersQuery(PageQuery):
    search = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said("Words that must all occur in the name or title; case and accents are ignored."),
    )

    @post_load
    def to_query(self, data: dict[str, Any], **_kwargs: Any) -> PersonQuery:
        return PersonQuery(**data)


class AppointmentsQuery(UsersQuery):
    user_id = wanted_id(said("Only items of this user."))
