"""`./dev chaos [--seed N]`: random clients, a random killer, and a judge that reports broken promises."""

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
from tools.chaos.rig import STORES, Rig, running_rig, why_not
from tools.chaos.settle import hurry_now_and_then, settle

PROGRESS_SECONDS = 3.0
HURRY_SECONDS = 1.0
PATIENCE = 90.0
"""Seconds: after the last strike clients stop after so long without progress, and then the service has so long."""


def run(rig: Rig, order: Order) -> Result:
    """Run on a rig whose parts run; at the end they run again."""
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
    """Wait until the time is up or all clients are done, and the killer has struck often enough; or until it fails.

    work: of the clients, and last of the killer, which ends by itself only if it fails.
    """
    *clients, killing = work
    printed = 0.0
    while True:
        waiting = wait(clients, timeout=HURRY_SECONDS).not_done
        hurry_now_and_then(rig)
        passed = time.monotonic() - began
        if passed - printed > PROGRESS_SECONDS:
            printed = passed
            say(_progress(passed, ledger, killer))
        enough = (passed > order.seconds or not waiting) and killer.dealt >= order.strikes
        if enough or killing.done():
            return
        if not waiting:
            time.sleep(HURRY_SECONDS)


def _progress(passed: float, ledger: Ledger, killer: Killer) -> str:
    down = f"  down: {', '.join(sorted(killer.down))}" if killer.down else ""
    return (
        f"{passed:5.0f} s  uploads {ledger.ended}/{len(ledger.entries)} ({ledger.begun} in progress)"
        f"  strikes {killer.dealt}, killed {killer.kills.total()}{down}"
    )


def _finish(rig: Rig, ledger: Ledger, limit: Limit, work: Sequence[Future[None]]) -> None:
    """All parts run again: wait until the clients finish, or make no progress for PATIENCE."""
    ended = -1
    while wait(work, timeout=PROGRESS_SECONDS).not_done:
        if ledger.ended > ended:
            ended, limit.at = ledger.ended, time.monotonic() + PATIENCE
        hurry_now_and_then(rig)
        say(f"         uploads {ledger.ended}/{len(ledger.entries)}, all parts run")
    for done in work:
        done.result()


def arguments(words: Sequence[str]) -> Order:
    parser = argparse.ArgumentParser(prog="./dev chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="of plans and strikes (default: a random one)")
    parser.add_argument("--uploads", type=int, default=Order.uploads, help="number of uploads (default: 1000)")
    parser.add_argument("--clients", type=int, default=Order.clients, help="in parallel (default: 4)")
    parser.add_argument("--seconds", type=float, default=Order.seconds, help="how long parts are killed (default: 900)")
    parser.add_argument("--gap", type=float, default=Order.gap, help="longest seconds between two strikes (default: 3)")
    parser.add_argument("--store", choices=STORES, default=Order.store, help="the S3 server (default: swift)")
    chosen = parser.parse_args(words)
    seed = SystemRandom().randrange(1_000_000) if chosen.seed is None else chosen.seed
    return Order(seed, chosen.uploads, chosen.clients, chosen.seconds, chosen.gap, store=chosen.store)


def main(words: Sequence[str]) -> int:
    """Return the exit code: 0 without findings, 1 with findings, 2 if this machine lacks a part."""
    order = arguments(words)
    # our own connections break too, which is expected
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    debian.install_missing()
    reason = why_not(order.store)
    if reason:
        say(f"./dev chaos: {reason}")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="longshore-chaos-"))
    say(f"seed {order.seed}; logs are in {folder} while it runs")
    keep = True
    try:
        with running_rig(folder, order.store) as rig:
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
