"""Errors of operators' decisions, adoptions, and the allow-list."""

from __future__ import annotations

from service.errors.base import ServiceError


class DecisionNotFoundError(ServiceError):
    code = "decision_not_found"
    status = 404
    message = "There is no decision with this id. Check the id that was returned when it was created."


class DecisionEndedError(ServiceError):
    code = "decision_ended"
    status = 409
    message = "This decision does not wait or run any more. Get it to see its result; create a new one to continue."


class AdoptionNotFoundError(ServiceError):
    code = "adoption_not_found"
    status = 404
    message = "There is no adoption with this id. Check the id that was returned when it was created."


class AdoptionEndedError(ServiceError):
    code = "adoption_ended"
    status = 409
    message = "This adoption has ended already. Get it to see its result; create a new one to adopt later objects."


class AllowlistEntryNotFoundError(ServiceError):
    code = "allowlist_entry_not_found"
    status = 404
    message = "There is no entry of the allow-list with this id. List the allow-list to find it."


class AllowlistEntryEndedError(ServiceError):
    code = "allowlist_entry_ended"
    status = 409
    message = "This entry of the allow-list has ended or was removed. Add a new one."


class SecondPersonRequiredError(ServiceError):
    code = "second_person_required"
    status = 403
    message = (
        "A second person must approve this (RELEASE_APPROVAL): another subject with the scope `admin` than the one that"
        " created it."
    )
