"""Build Swift's rings (which server holds what) for one node: `python -m tools.stack.stores.swift_rings ETC NAME=PORT…`

It is a separate process, as Swift's libraries change Python's logging. It builds all rings, as each call of Swift's own
command takes half a second.
"""

import logging
import sys
from pathlib import Path

from swift.common.ring import RingBuilder

from tools.stack.processes.ports import LOOPBACK

PART_POWER = 6
REPLICAS = 1
MIN_PART_HOURS = 1
DEVICE = "d1"


def build(folder: Path, ports: dict[str, int]) -> None:
    """Write NAME.ring.gz for each server; the only device is on this machine."""
    for name, port in ports.items():
        builder = RingBuilder(PART_POWER, REPLICAS, MIN_PART_HOURS)
        builder.add_dev(
            {
                "id": 0,
                "region": 1,
                "zone": 1,
                "ip": LOOPBACK,
                "port": port,
                "replication_ip": LOOPBACK,
                "replication_port": port,
                "device": DEVICE,
                "weight": 1.0,
                "meta": "",
            }
        )
        builder.rebalance()
        builder.get_ring().save(str(folder / f"{name}.ring.gz"))


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    build(Path(sys.argv[1]), {name: int(port) for name, port in (word.split("=") for word in sys.argv[2:])})
