"""The endpoints of subjects and usage."""

from __future__ import annotations

from typing import Any

from service.domain.operators import subjects as domain
from service.domain.operators import usage as of_usage
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.admin.usage import SubjectPageSchema, SubjectsQuery, UsageQuery, UsageSchema
from service.values import Page
from service.values.access.caller import Scope
from service.values.operators.usage import SubjectView, UsageView

subjects = ApiBlueprint(
    "admin subjects",
    __name__,
    url_prefix="/api/v1/admin/subjects",
    description="Subjects with their bytes and API keys, for operators",
)
usage = ApiBlueprint(
    "admin usage", __name__, url_prefix="/api/v1/admin/usage", description="What is stored, for operators"
)


@subjects.route("", methods=["GET"])
@subjects.doc(operationId="listSubjects")
@subjects.needs(Scope.ADMIN)
@subjects.arguments(SubjectsQuery, location="query")
@subjects.response(200, SubjectPageSchema)
def list_subjects(query: dict[str, Any]) -> Page[SubjectView]:
    """List the subjects that have bytes or API keys, by name

    A subject that only has tokens of an identity provider is listed from its first upload on.
    """
    return domain.list_subjects(deps(), query.get("search"), query["limit"], query.get("cursor"))


@usage.route("", methods=["GET"])
@usage.doc(operationId="getUsage")
@usage.needs(Scope.ADMIN)
@usage.arguments(UsageQuery, location="query")
@usage.response(200, UsageSchema)
def get_usage(query: dict[str, int]) -> UsageView:
    """Get the bytes, files and uploads in storage, and the history of the bytes

    The sweeper counts them every ten minutes. The history has the last count of each day, and is kept for 400 days.
    """
    return of_usage.usage(deps(), query["days"])
