"""The stores that run here behave as in docs/storage.md."""

from __future__ import annotations

from tests.support.live.stack import Stack
from tools.survey.surveyed import BUCKET, SurveyedStore
from tools.survey.table import kept, observe


def test_the_manuals_table_matches_the_stores_behavior(stack: Stack) -> None:
    surveyed = SurveyedStore.of(stack.env)
    observed = observe(surveyed)
    documented = [column["observed"] for column in kept([stack.store])]
    assert documented == ([] if stack.store == "given" else [observed])
    assert surveyed.storage.open_uploads(BUCKET) == []
    assert stack.keys(BUCKET, "") == []
