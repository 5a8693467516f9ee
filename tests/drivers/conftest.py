"""What every driver test needs: virtual time, a set of virtual pins, and sessions with serial stimulators."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from gpiozero.pins.mock import MockFactory

from simulator.clock import VirtualClock

if TYPE_CHECKING:
    from tests.drivers.p24_session import Bench
    from tests.drivers.rehastim2_session import MODES, Session
else:
    sys.path.append(str(Path(__file__).parent))
    from p24_session import Bench
    from rehastim2_session import MODES, Session


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(100.0)


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    made = MockFactory(revision="c03111")
    yield made
    made.close()


@pytest.fixture(params=["low", "mid"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """A P24 that is open, in each mode."""
    one = Bench(request.param)
    one.driver.open()
    return one


@pytest.fixture(params=MODES)
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """A RehaStim2 that is not open yet, in each mode."""
    made = Session(request.param)
    yield made
    made.driver.close()
