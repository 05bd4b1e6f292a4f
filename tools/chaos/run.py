"""`./dev chaos [--seed N]`: random clients, a random killer, and a judge that finds nothing, or says what it found."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from random import SystemRandom

from tools import debian
from tools.api_calls import Caller
from tools.chaos.clients import Client
from tools.chaos.evidence import gather
from tools.chaos.judge import judge
from tools.chaos.killer import Killer
from tools.chaos.ledger import Entry, Ledger
from tools.chaos.patience import Limit
from tools.chaos.report import Order, Result, report, say
from tools.chaos.rig import Rig, running_rig, why_not
from tools.chaos.settle import hurry_now_and_then, settle

SAY_SECONDS = 3.0
HURRY_SECONDS = 1.0
PATIENCE = 90.0
"""Seconds without an upload's end that clients bear after the last strike, and that the service has to tidy up then."""


def run(rig: Rig, order: Order) -> Result:
    """The run itself, on a rig that is up; at its end the rig is up again."""
    began = time.monotonic()
    ledger = Ledger.of(order.seed, order.uploads)
    killer = Killer(rig, order.seed, order.gap)
    limit = Limit()
    with ThreadPoolExecutor(order.clients) as crew, ThreadPoolExecutor(1) as other:
        work = [crew.submit(_serve, rig, entry, limit) for entry in ledger.entries]
        killing = other.submit(killer.run)
        try:
            _watch(rig, order, ledger, killer, [*work, killing], began)
        except BaseException:
            crew.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            killer.stopped.set()
        killing.result()
        _finish(rig, ledger, limit, work)
    calm = settle(rig, killer.worker_began, PATIENCE)
    evidence = gather(rig, ledger)
    result = Result(order, ledger, killer, evidence, calm, time.monotonic() - began)
    result.findings = judge(ledger, evidence)
    result.noted = [*killer.crashes, *rig.bugs_in_logs()]
    return result


def _serve(rig: Rig, entry: Entry, limit: Limit) -> None:
    Client(Caller(rig.api.url), entry, limit).run()


def _watch(rig: Rig, order: Order, ledger: Ledger, killer: Killer, work: Sequence[Future[None]], began: float) -> None:
    """Returns when the killer has had its time or all clients are done, and it has dealt enough; or when it has failed.

    work: of the clients, and last of the killer, which ends by itself only when it fails.
    """
    *clients, killing = work
    said = 0.0
    while True:
        waiting = wait(clients, timeout=HURRY_SECONDS).not_done
        hurry_now_and_then(rig)
        passed = time.monotonic() - began
        if passed - said > SAY_SECONDS:
            said = passed
            say(_progress(passed, ledger, killer))
        enough = (passed > order.seconds or not waiting) and killer.dealt >= order.strikes
        if enough or killing.done():
            return
        if not waiting:
            time.sleep(HURRY_SECONDS)


def _progress(passed: float, ledger: Ledger, killer: Killer) -> str:
    down = f"  down: {', '.join(sorted(killer.down))}" if killer.down else ""
    return (
        f"{passed:5.0f} s  uploads {ledger.ended}/{len(ledger.entries)} ({ledger.begun} at work)"
        f"  strikes {killer.dealt}, killed {killer.kills.total()}{down}"
    )


def _finish(rig: Rig, ledger: Ledger, limit: Limit, work: Sequence[Future[None]]) -> None:
    """Everything runs again: the clients that are left come to their end, or have not got on for PATIENCE."""
    ended = -1
    while wait(work, timeout=SAY_SECONDS).not_done:
        if ledger.ended > ended:
            ended, limit.at = ledger.ended, time.monotonic() + PATIENCE
        hurry_now_and_then(rig)
        say(f"         uploads {ledger.ended}/{len(ledger.entries)}, all parts are up")
    for done in work:
        done.result()


def arguments(words: Sequence[str]) -> Order:
    parser = argparse.ArgumentParser(prog="./dev chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="of plans and strikes; a random one when left out")
    parser.add_argument("--uploads", type=int, default=Order.uploads, help="how many (1000)")
    parser.add_argument("--clients", type=int, default=Order.clients, help="at the same time (4)")
    parser.add_argument("--seconds", type=float, default=Order.seconds, help="for which parts are killed (900)")
    parser.add_argument("--gap", type=float, default=Order.gap, help="longest one between two strikes (3)")
    chosen = parser.parse_args(words)
    seed = SystemRandom().randrange(1_000_000) if chosen.seed is None else chosen.seed
    return Order(seed, chosen.uploads, chosen.clients, chosen.seconds, chosen.gap)


def main(words: Sequence[str]) -> int:
    """The exit code: 0 when nothing was found, 1 with findings, 2 where this machine lacks a part."""
    order = arguments(words)
    # our own connections break too, and that is no news
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    if debian.is_root_on_debian():
        debian.install_missing()
    reason = why_not()
    if reason:
        say(f"./dev chaos: {reason}")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="longshore-chaos-"))
    say(f"seed {order.seed}; logs are in {folder} while it runs")
    keep = True
    try:
        with running_rig(folder) as rig:
            result = run(rig, order)
            report(result, rig)
        keep = bool(result.findings or result.noted)
    finally:
        if keep:
            say(f"logs, ledger and data are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if result.findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
