"""Errors of operators' decisions, adoptions, and the allow-list."""

from __future__ import annotations

from longshore.client.errors.api import ApiError


class DecisionNotFoundError(ApiError):
    code = "decision_not_found"


class DecisionEndedError(ApiError):
    code = "decision_ended"


class AdoptionNotFoundError(ApiError):
    code = "adoption_not_found"


class AdoptionEndedError(ApiError):
    code = "adoption_ended"


class AllowlistEntryNotFoundError(ApiError):
    code = "allowlist_entry_not_found"


class AllowlistEntryEndedError(ApiError):
    code = "allowlist_entry_ended"


class SecondPersonRequiredError(ApiError):
    code = "second_person_required"
