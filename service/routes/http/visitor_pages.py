"""The page that a browser gets for a link that needs a password or does not work: plain HTML, in English or German.

It needs no script, and its form sends the password by POST to the link's own address.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Response, request

from service.errors import LinkEndedError, ServiceError, WrongPasswordError
from service.limits import MAX_LINK_PASSWORD
from service.settings import Settings

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.125rem/1.5 system-ui,sans-serif;margin:12vh auto;max-width:32rem;padding:0 1rem}"
    "label{display:block;margin:1.5rem 0 .25rem}"
    "input,button{box-sizing:border-box;font:inherit;min-height:2.75rem;padding:0 .75rem;width:100%}"
    "button{margin-top:1rem}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
LANGUAGES = ("en", "de")


class Words(NamedTuple):
    """A page's heading and its sentence, in one language."""

    title: str
    text: str


class Form(NamedTuple):
    """The form's words, in one language."""

    label: str
    button: str


_PASSWORD = {
    "en": Words("This file needs a password", "Ask the person who sent you this link."),
    "de": Words("Für diese Datei brauchen Sie ein Passwort", "Fragen Sie, wer Ihnen diesen Link geschickt hat."),
}
_WRONG = {
    "en": Words("Wrong password", "Check it, and try again."),
    "de": Words("Falsches Passwort", "Bitte prüfen Sie es und versuchen Sie es noch einmal."),
}
_FORM = {"en": Form("Password", "Download"), "de": Form("Passwort", "Herunterladen")}
_ENDED = {
    "expired": {
        "en": Words("This link has expired", "Ask for a new link."),
        "de": Words("Dieser Link ist abgelaufen", "Bitten Sie um einen neuen Link."),
    },
    "used_up": {
        "en": Words("This link was already used", "Ask for a new link."),
        "de": Words("Dieser Link wurde schon benutzt", "Bitten Sie um einen neuen Link."),
    },
    "revoked": {
        "en": Words("This link was withdrawn", "Ask for a new link."),
        "de": Words("Dieser Link wurde zurückgezogen", "Bitten Sie um einen neuen Link."),
    },
}
_OTHERS = {
    "file_gone": {
        "en": Words("This file is no longer available", "It was deleted, has expired, or is not safe."),
        "de": Words("Diese Datei gibt es nicht mehr", "Sie wurde gelöscht, ist abgelaufen oder ist nicht sicher."),
    },
    "file_not_ready": {
        "en": Words("This file is not ready yet", "It is still being checked. Try again in a few minutes."),
        "de": Words(
            "Diese Datei ist noch nicht bereit", "Sie wird noch geprüft. Versuchen Sie es in ein paar Minuten."
        ),
    },
    "link_not_found": {
        "en": Words("This link does not exist", "Check that its address is complete."),
        "de": Words("Diesen Link gibt es nicht", "Prüfen Sie, ob die Adresse vollständig ist."),
    },
    "link_invalid": {
        "en": Words("This link is not valid", "Ask for a new link."),
        "de": Words("Dieser Link ist nicht gültig", "Bitten Sie um einen neuen Link."),
    },
    "file_not_found": {
        "en": Words("This file does not exist", "Ask for a new link."),
        "de": Words("Diese Datei gibt es nicht", "Bitten Sie um einen neuen Link."),
    },
    "too_many_requests": {
        "en": Words("Too many attempts", "Wait a minute, and try again."),
        "de": Words("Zu viele Versuche", "Warten Sie eine Minute und versuchen Sie es noch einmal."),
    },
    "invalid_body": {
        "en": Words("This password is not valid", "Check it, and try again."),
        "de": Words("Dieses Passwort ist nicht gültig", "Bitte prüfen Sie es und versuchen Sie es noch einmal."),
    },
}
_OTHERWISE = {
    "en": Words("This does not work at the moment", "Nothing is lost. Try again shortly."),
    "de": Words("Das geht gerade nicht", "Es ist nichts verloren. Versuchen Sie es gleich noch einmal."),
}


def as_page(settings: Settings, error: ServiceError, answer: Response) -> Response:
    """Turn an error's answer into its page, with the same status and headers."""
    language = request.accept_languages.best_match(LANGUAGES) or "en"
    has_form = isinstance(error, WrongPasswordError) or error.code == "invalid_body"
    answer.set_data(_html(language, _words_of(error)[language], _FORM[language] if has_form else None))
    answer.content_type = "text/html; charset=utf-8"
    answer.content_language.add(language)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # a browser checks form-action also for the redirect to storage
    targets = " ".join(["'self'", *_storage(settings)])
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{_STYLE_HASH}'; form-action {targets}; base-uri 'none';"
        " frame-ancestors 'none'"
    )
    return answer


def _words_of(error: ServiceError) -> dict[str, Words]:
    if isinstance(error, WrongPasswordError):
        return _WRONG if error.is_guess else _PASSWORD
    if isinstance(error, LinkEndedError):
        return _ENDED[error.reason]
    return _OTHERS.get(error.code, _OTHERWISE)


def _html(language: str, words: Words, form: Form | None) -> str:
    fields = "" if form is None else _form(form)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(words.title)}</title><style>{STYLE}</style></head>"
        f'<body><main><h1>{escape(words.title)}</h1><p id="note">{escape(words.text)}</p>{fields}</main></body></html>'
    )


def _form(form: Form) -> str:
    """Return the form; without an action it goes to the address of the page."""
    return (
        f'<form method="post"><label for="password">{escape(form.label)}</label>'
        '<input id="password" name="password" type="password" required autofocus autocomplete="off"'
        f' maxlength="{MAX_LINK_PASSWORD}" aria-describedby="note">'
        f'<button type="submit">{escape(form.button)}</button></form>'
    )


def _storage(settings: Settings) -> list[str]:
    """Return the origins of signed URLs: with virtual addressing, the bucket is part of the host name."""
    parts = urlsplit(settings.s3_public_endpoint_url)
    hosts = [parts.netloc] if settings.s3_addressing_style == "path" else [parts.netloc, f"*.{parts.netloc}"]
    return [f"{parts.scheme}://{host}" for host in hosts]
