"""Work off the tick in a real thread, and the IMU recovering in one."""

import time
from collections.abc import Iterator
from itertools import count
from threading import Event, Thread, current_thread

from config.schema import ImuSettings
from drivers.background import BackgroundThread
from drivers.i2c import SharedBus
from drivers.mpu6050 import Mpu6050
from simulator.wired.i2c import SimulatedBus
from simulator.wired.mpu6050 import Mpu6050Chip


class FastClock:
    """Real time, a hundred times as fast, so that waits are real and short."""

    def now(self) -> float:
        return time.monotonic() * 100.0

    def sleep_until(self, t_s: float) -> None:
        time.sleep(max(0.0, t_s / 100.0 - time.monotonic()))


def test_a_job_runs_in_another_thread_and_ends() -> None:
    seen: list[Thread] = []
    ended = Event()

    def job() -> Iterator[float]:
        seen.append(current_thread())
        yield clock.now() + 0.5
        ended.set()

    clock = FastClock()
    background = BackgroundThread(clock)
    background.open()
    background.start(job())
    assert ended.wait(5.0)
    background.close()
    background.close()
    assert not background.busy()
    assert seen[0] is not current_thread()
    assert not seen[0].is_alive()


def test_close_ends_a_job_at_its_next_wait() -> None:
    begun = Event()

    def forever() -> Iterator[float]:
        while True:
            begun.set()
            yield clock.now() + 0.1

    clock = FastClock()
    background = BackgroundThread(clock)
    background.open()
    background.start(forever())
    assert begun.wait(5.0)
    background.close()
    deadline_s = time.monotonic() + 5.0
    while background.busy() and time.monotonic() < deadline_s:
        time.sleep(0.001)
    assert not background.busy()


def test_an_imu_recovers_in_a_thread_while_it_is_polled() -> None:
    steps = count()
    clock = FastClock()
    chip = Mpu6050Chip(lambda: (0.0, 9.8, 0.0, 0.0, 0.0, next(steps) % 50, 30.0))
    imu = Mpu6050(ImuSettings(kind="imu", id="shank", side="left"), SharedBus(SimulatedBus({0x68: chip})), clock, 1e9)
    imu.open()
    chip.brown_out()
    reading, deadline_s = None, time.monotonic() + 10.0
    while reading is None and time.monotonic() < deadline_s:
        chip.sample()
        reading = imu.poll()
        time.sleep(0.0005)
    imu.close()
    assert reading is not None
    assert chip.resets == 2
