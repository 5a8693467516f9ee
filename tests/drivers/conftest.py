"""What every driver test needs: virtual time and a set of virtual pins."""

from collections.abc import Iterator

import pytest
from gpiozero.pins.mock import MockFactory

from simulator.clock import VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(100.0)


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    made = MockFactory(revision="c03111")
    yield made
    made.close()
