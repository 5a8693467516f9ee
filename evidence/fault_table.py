"""`docs/faults.md`: every fault, from the table of the controller. `python -m evidence.fault_table` writes it."""

import sys

from config.load import default_settings
from controller.faults import FAULTS, Fault
from controller.punctuality import LATE_BY_S
from evidence.result import FOLDER

PAGE = FOLDER.parent / "faults.md"
HEAD = """# Faults

Made by `python -m evidence.fault_table` from `controller/faults.py`. A test provokes every row on the virtual bench: \
`tests/contract/test_the_whole_fault_table.py`. Times are at the default settings; where a time needs strides, at \
strides of 1.6 s while the person walks.

**withhold**: no new burst until it clears. **degrade**: walking goes on with what is left, and the person is told. \
**latch**: off until a person disarms and arms. A burst that runs comes down by a ramp at once (*fall*), holds what it \
has and ends within 0.4 s (*open loop*), is cut to zero (*cut*), or is left alone (*nothing*).

Which of seven ways a sensor may fail in is seen by what:

| | heel switch | gyroscope, accelerometer | bus | clock |
|---|---|---|---|---|
| off | `heel_lost` | `imu_lost` | `imu_lost`, FSR `heel_lost` | `clock` |
| stuck | `heel_doubted` | `imu_lost`: an axis that stands still while others move | `imu_lost` | `clock` |
| garbage | `heel_lost` | `imu_lost`: not finite, out of range | `imu_lost` | `clock` |
| wrong | `heel_doubted` | `imu_doubted`, `imu_reversed`, `imu_slipped` | `imu_lost` \
| `loop_stalled` |
| slow | `heel_lost` | `imu_lost` | both | `late_loop` |
| delayed | `heel_lost` by its stamps, else `heel_doubted` | `imu_lost`, `imu_doubted` | both | `late_loop` |
| intermittent | `heel_lost`, then `heel_doubted` until it agrees | `imu_lost` | both | `loop_often_late` |

A heel that bounces is `heel_lost`; an axis at its full scale for longer than 0.1 s stands still. A heel switch or an \
IMU on the shank that comes to follow late is told by its landings, when it has told five in time since a person \
disarmed: two or three in a row, later than usual and later than the other by {heel:g} s for a heel switch and \
{imu:g} s for an IMU. Who goes down stairs lands on the forefoot, so that a good heel switch counts as late there and \
the IMU leads. After disarming, what the two differ by then is taken for usual: check the sensor before you arm \
again. Beside an IMU on the foot, which may tell a landing of heel or toes, neither is noticed to be late by less \
than 0.3 s. A scale of the gyroscope that is doubled or halved, a shorter delay, one that grows by little from stride \
to stride and an IMU that has turned about its segment are not seen, and do little harm; nor, or only for a while, is \
a zero of the gyroscope that has moved by less than 55 deg/s, or within 10 s of its start. *slow* is a sensor that \
samples too seldom, or a gyroscope whose fine movement is gone; a heel contact that follows slowly is a delay without \
a stamp. Nor is a clock seen that runs a tenth too fast or too slow: *wrong* is one that jumps ahead, *slow* and \
*delayed* one whose ticks come late.

With one sensor alone nothing contradicts it. A heel switch that comes to follow late by up to 0.3 s shifts both \
edges alike: one spell is longer, once, by less than strides differ. Bursts then begin late and reach as far into \
stance as the delay is longer than the 0.05 s that a ramp hides. Nor is a gyroscope seen that is late as a whole: \
the blow of the floor in its accelerometer is not found at one time of the stride. Nor is a heel switch whose words \
are exchanged in mid-walk, which arming would find: to judge it by how long the heel is up and down withholds bursts \
from sound people whose steps change.

What clears a fault: **good strides**, {strides} in a row without its cause, for a seated person 2 s without it; **the \
sensor returns**, good for {returns:g} s, and a heel switch agrees with the IMU again; **agreement** of heel and IMU, \
contact by contact, and neither late; **shown otherwise**, by the strides, or disarm and arm; **disarm and arm**, by a \
person, when its cause is gone: a guard that is gone only comes back with a new start of the program.
"""


def page() -> str:
    """The page as Markdown, one section a fault."""
    settings = default_settings()
    head = HEAD.format(
        strides=settings.faults.good_strides,
        returns=settings.judgement.return_s,
        heel=LATE_BY_S["heel"],
        imu=LATE_BY_S["imu"],
    )
    return head + "".join(_section(fault) for fault in FAULTS.values())


def _section(fault: Fault) -> str:
    within_s = fault.noticed_within_s(default_settings())
    return (
        f"\n## {fault.name}\n\n{_sentence(fault.text)} {_sentence(fault.cure)}\n\n"
        f"- class: {fault.kind}; a burst that runs: {fault.ending}\n"
        f"- noticed within {within_s:.3g} s: {fault.seen.words}\n"
        f"- cleared by: {fault.clears}\n"
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith('?') else '.'}"


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
