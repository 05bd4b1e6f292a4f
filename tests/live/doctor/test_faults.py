from __future__ import annotations
import time
from longshore.doctor.examination import examine
from longshore.doctor.command import as_table
from tests.live.doctor.well import Well

def test_all_is_well(well: Well) -> None:
    examine(well.ground)
    start = time.time()
    found = examine(well.ground)
    print(as_table(found)); print(time.time()-start)
    assert {each.finding.status for each in found} == {"ok"}
