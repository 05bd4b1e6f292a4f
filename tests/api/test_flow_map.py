"""The pictures of an upload are those of the code as it is."""

from __future__ import annotations

from devstack.marked import rewritten
from tests.flow_map import BEGIN, DOCUMENTS, END, observed, text
from tests.world import World


def test_the_documents_show_what_happens(world: World) -> None:
    seen = observed(world)
    for document, whole in DOCUMENTS.items():
        shown = document.read_text()
        assert shown == rewritten(shown, BEGIN, END, text(seen, whole=whole)), "run: python -m tests.flow_map"
