"""The operators' page has a text, in each language, for each word of the API that it shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

import pytest

from service.values import SweepReport
from service.values.operators.audit import Action
from service.values.operators.views import ScanState
from service.values.states import UploadState
from tools.checks.web import WEB

COUNTS = [field.name for field in fields(SweepReport) if field.type == "int"]
LANGUAGES = 2


@pytest.mark.parametrize(
    ("view", "words"), [("audit", Action), ("overview", COUNTS), ("overview", UploadState), ("scans", ScanState)]
)
def test_each_word_of_the_api_has_a_text_in_each_language(view: str, words: Iterable[str]) -> None:
    texts = (WEB / "admin" / view / "texts.ts").read_text()
    assert [word for word in words if texts.count(f" {word}: ") < LANGUAGES] == []
