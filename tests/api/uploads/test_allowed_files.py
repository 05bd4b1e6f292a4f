"""Allowed names and types of files: checked at init if they are known then, and always at completion."""

from __future__ import annotations

from typing import Any

import pytest

from service.db.models import File, Upload
from service.settings import Settings
from tests.support.matchers import failure
from tests.support.service_under_test import App
from tests.unit.settings.test_settings import GOOD

NAMES = "[filename] only files with these extensions are accepted: .jpg, .tar.gz"
ENDING = NAMES.replace("[filename]", "[file_extension]")
TYPES = "[content_type] only files of these types are accepted: image/*, application/pdf"


@pytest.fixture
def strict(app: App) -> App:
    settings = Settings.from_env(
        GOOD | {"ALLOWED_EXTENSIONS": ".JPG, tar.gz,", "ALLOWED_CONTENT_TYPES": "Image/*,application/pdf"}
    )
    return app.with_settings(
        allowed_extensions=settings.allowed_extensions, allowed_content_types=settings.allowed_content_types
    )


NAMED = {
    "a.jpg": True,
    "A.JPG": True,
    "a.b.tar.gz": True,
    "船.jpg": True,
    "a.exe.jpg": True,
    "a.jpg. .": True,
    "a.jpg\u200b": True,
    "a.exe": False,
    "a.gz": False,
    "jpg": False,
    ".jpg": False,
    "ajpg": False,
    "a.jpg.exe": False,
    "a.jpg\u202e.exe": False,
    "a.exe.": False,
    "a.jpg/b": False,
    "a": False,
}


@pytest.mark.parametrize("name", NAMED)
def test_init_accepts_only_allowed_extensions(strict: App, name: str) -> None:
    answer = strict.post("/upload/init/", filename=name)
    if NAMED[name]:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json) == (422, failure("invalid_body", NAMES))


@pytest.mark.parametrize(
    ("content_type", "taken"),
    [
        ("image/png", True),
        ("IMAGE/PNG", True),
        ("image/svg+xml; charset=utf-8", True),
        ("application/pdf", True),
        ("application/pdfx", False),
        ("imagex/png", False),
        ("text/html", False),
    ],
)
def test_init_accepts_only_allowed_content_types(strict: App, content_type: str, taken: bool) -> None:
    answer = strict.post("/upload/init/", content_type=content_type)
    if taken:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json) == (422, failure("invalid_body", TYPES))


def test_init_reports_a_wrong_name_and_a_wrong_type_together(strict: App) -> None:
    answer = strict.post("/upload/init/", filename="a.exe", content_type="application/x-msdownload")
    assert (answer.json, strict.count(Upload)) == (failure("invalid_body", NAMES, TYPES), 0)


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"filename": "a.exe"}, [NAMES]),
        ({"file_extension": "exe"}, [ENDING]),
        ({"file_extension": ".Exe"}, [ENDING]),
        ({"content_type": "text/html"}, [TYPES]),
        ({"filename": "a.exe", "content_type": "text/html"}, [NAMES, TYPES]),
    ],
)
def test_completion_refuses_a_disallowed_name_or_type(strict: App, changes: Any, reasons: list[str]) -> None:
    opened = strict.send(filename="a.jpg", content_type="image/jpeg")
    good = {"filename": "a.jpg", "content_type": "image/jpeg"}
    answer = strict.post("/upload/complete/", **strict.completion(opened, **good | changes))
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", *reasons))
    assert strict.count(File) == 0
    made = strict.post("/upload/complete/", **strict.completion(opened, **good))
    assert made.status_code == 200, "what was refused can be put right"


def test_completion_accepts_the_extension_in_file_extension(strict: App) -> None:
    opened = strict.send()
    wish = strict.completion(opened, filename="photo", file_extension="jpg", content_type="image/jpeg")
    assert strict.post("/upload/complete/", **wish).status_code == 200
