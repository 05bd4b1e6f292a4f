"""The diagrams of an upload in the documents show what the code does."""

from __future__ import annotations

from tests.support.flow_map import BEGIN, DOCUMENTS, END, observed, text
from tests.support.service_under_test import App
from tools.docs.generated_blocks import rewritten


def test_the_diagrams_in_the_documents_are_up_to_date(app: App) -> None:
    seen = observed(app)
    for document, whole in DOCUMENTS.items():
        shown = document.read_text()
        assert shown == rewritten(shown, BEGIN, END, text(seen, whole=whole)), "run: python -m tests.support.flow_map"
