"""The pictures of an upload are those of the code as it is."""

from __future__ import annotations

from tests.support.flow_map import BEGIN, DOCUMENTS, END, observed, text
from tests.support.service_under_test import App
from tools.docs.generated_blocks import rewritten


def test_the_documents_show_what_happens(app: App) -> None:
    seen = observed(app)
    for document, whole in DOCUMENTS.items():
        shown = document.read_text()
        assert shown == rewritten(shown, BEGIN, END, text(seen, whole=whole)), "run: python -m tests.support.flow_map"
