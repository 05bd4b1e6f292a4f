"""Results of the last attacks on storage, as the sweeper records them."""

from __future__ import annotations

from service.db.cached.safety import FACT, StorageSafety
from service.db.models import Fact
from service.domain.records.objects.storage_safety import DIRECT, PUBLIC, tried_on
from tests.support.service_under_test import App

LEAK = "a part sent by an unsigned stream"
ALL_REFUSED: dict[str, tuple[str, ...]] = {PUBLIC: (), DIRECT: ()}
LEAKS_OUTSIDE = ALL_REFUSED | {PUBLIC: (LEAK,)}


def note(
    app: App,
    let_through: dict[str, tuple[str, ...]],
    untried: dict[str, str] | None = None,
    one_put: dict[str, tuple[str, ...]] | None = None,
) -> None:
    on = tried_on(app.deps.settings)
    safety = StorageSafety(app.clock(), let_through, untried or {}, one_put or {}, tried_on=on)
    with app.deps.db.write() as session:
        session.merge(Fact(name=FACT, value=safety.as_fact()))
