"""Who simulates the people of a cohort: this process, several of this machine, or the workers of a Dask cluster.

Each takes a function and people and gives the results in the order of the people. What comes out depends on nothing but
the person, so it does not matter who simulates whom, and a person whose worker has died is simulated again. Only so
many people are under way as the workers can use: memory does not grow with the cohort.
"""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from itertools import islice
from multiprocessing import active_children, connection, get_context, parent_process
from threading import Thread
from typing import Any, TypeVar

from config.problems import ConfigError, Problem
from dorsiflex import compiled
from dorsiflex.version import version

AHEAD = 3
"""So many people are handed out for each worker, so that none waits while the first of them is still under way."""

MOST_DEATHS = 3
"""Workers that die so often, and no person simulated in between, do not die by chance."""

ANSWERS_WITHIN_S = 10
"""A scheduler that does not answer within this time, or has no worker, is told."""

Person = TypeVar("Person")
Result = TypeVar("Result")


def in_processes(work: Callable[[Person], Result], people: Iterable[Person], jobs: int) -> Iterator[Result]:
    """By `jobs` processes of this machine. Raises ConfigError when they die again and again."""
    waiting, handed_out, deaths = iter(people), deque[tuple[Person, Future[Result] | None]](), 0
    ours = set(active_children())
    executor = _new_executor(jobs)
    try:
        while True:
            handed_out.extend((person, None) for person in islice(waiting, AHEAD * jobs - len(handed_out)))
            if not handed_out:
                return
            try:
                for i, (person, future) in enumerate(handed_out):
                    if future is None:
                        handed_out[i] = person, executor.submit(work, person)
                result = _result_of(handed_out[0][1])
            except BrokenProcessPool:
                deaths += 1
                if deaths >= MOST_DEATHS:
                    text = f"{deaths} times a process was ended from outside, out of memory? try fewer than {jobs}"
                    raise _problem("--jobs", text) from None
                executor = _new_executor(jobs)
                handed_out = deque((person, future if _is_done(future) else None) for person, future in handed_out)
                continue
            deaths = 0
            handed_out.popleft()
            yield result
    finally:
        # Ctrl-C does not wait for anybody's five minutes.
        executor.shutdown(wait=False, cancel_futures=True)
        for child in set(active_children()) - ours:
            child.terminate()


def on_cluster(work: Callable[[Person], Result], people: Iterable[Person], address: str) -> Iterator[Result]:
    """By the workers of a Dask scheduler, as `tcp://192.168.0.2:8786`.

    Raises ConfigError: Dask is not installed, nobody answers there, a worker has another version, or none is left.
    """
    client = _connect(address)
    waiting, handed_out = iter(people), deque[Any]()
    try:
        while True:
            threads = sum(client.nthreads().values())
            more = islice(waiting, max(0, AHEAD * max(1, threads) - len(handed_out)))
            handed_out.extend(client.submit(work, person, pure=False) for person in more)
            if not handed_out:
                return
            yield _result(client, handed_out.popleft(), address)
    finally:
        client.close(timeout=2)


def _connect(address: str) -> Any:  # noqa: ANN401 - distributed is optional
    try:
        client_of = _distributed().Client
    except ImportError:
        cure = f"in the checkout, {sys.executable} -m pip install '.[cluster]', and so on the workers"
        raise _problem("--scheduler", f"needs Dask: {cure}") from None
    try:
        client = client_of(address, timeout=ANSWERS_WITHIN_S, set_as_default=False)
    except (OSError, ValueError) as error:
        text = f"no Dask scheduler answers at {address}: start one with `dask scheduler` ({type(error).__name__})"
        raise _problem("--scheduler", text) from None
    try:
        client.wait_for_workers(1, timeout=ANSWERS_WITHIN_S)
        versions = client.run(version)
        client.run(compiled.use)
    except TimeoutError:
        client.close(timeout=2)
        raise _no_workers(address) from None
    others = sorted({found for found in versions.values() if found != version()})
    if others:
        client.close(timeout=2)
        text = f"workers have Dorsiflex {', '.join(others)}, this is {version()}: other versions give other results"
        raise _problem("--scheduler", text)
    return client


def _result(client: Any, future: Any, address: str) -> Any:  # noqa: ANN401 - distributed is optional
    killed = _distributed().KilledWorker
    while True:
        try:
            return future.result(timeout=ANSWERS_WITHIN_S)
        except TimeoutError:
            if not client.nthreads():
                raise _no_workers(address) from None
        except killed:
            text = "one person ended several workers, out of memory? see the workers' own messages"
            raise _problem("--scheduler", text) from None


def _distributed() -> Any:  # noqa: ANN401 - distributed is optional
    return import_module("distributed")


def _no_workers(address: str) -> ConfigError:
    return _problem("--scheduler", f"{address} has no workers: start some with `dask worker {address} --nthreads 1`")


def _problem(option: str, text: str) -> ConfigError:
    return ConfigError((Problem(option, None, "", text),))


def _new_executor(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, get_context("spawn"), _begin_process)


def _begin_process() -> None:
    """Ctrl-C is the parent's; and when that one is gone, however it ended, this process ends too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    compiled.use()
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _result_of(future: Future[Any] | None) -> Any:  # noqa: ANN401 - whatever the work gives
    if future is None:
        raise BrokenProcessPool
    return future.result()


def _is_done(future: Future[Any] | None) -> bool:
    return future is not None and future.done() and not future.cancelled() and future.exception() is None
