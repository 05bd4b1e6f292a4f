"""What docs/storage.md says of the stores that run here is what they do."""

from __future__ import annotations

from tests.support.live.stack import Stack
from tools.survey.ground import BUCKET, Ground
from tools.survey.table import kept, observe


def test_the_page_says_what_the_store_does(stack: Stack) -> None:
    ground = Ground.of(stack.env)
    observed = observe(ground)
    said = [column["observed"] for column in kept([stack.store])]
    assert said == ([] if stack.store == "given" else [observed])
    assert ground.storage.open_uploads(BUCKET) == []
    assert stack.keys(BUCKET, "") == []
