"""Why a fault may go unnoticed: by kind where nothing can tell, else by what the person wears and does."""

ALONE = "the leg has one sensor and nobody contradicts it: what its own record shows of it, it need not show of each"
AT_REST = "the person does not walk: nothing moves, or no pulse is put out, that could show it"
UNMEASURED = "this device does not measure what flows, and muscle that is not reached may have other reasons"
BY_TURNS = (
    "a foot lands on its heel or its toes, in some people by turns: an IMU on it cannot tell that its heel is late"
)

NO_OTHER_ROW: frozenset[str] = frozenset()

UNNOTICED = {
    "heel.intermittent": "a contact that opens for a moment in swing, or whose wire holds for seconds, looks sound",
    "acc.slow": "the accelerometer only draws the pitch back over seconds, so a slow one does the same",
    "acc.delayed": "the accelerometer only draws the pitch back over seconds, so a late one does the same",
    "acc.wrong": "a zero or scale that is wrong by less than gravity turns the pitch as a slipped strap does: all that "
    "the pitch is used for is how it changes within a stride",
    "imu.slipped": "5 deg are what a strap gives in every step, and a turn about the axis of the leg changes no pitch",
    "clock.wrong": "all that is stamped comes from this one clock",
    "clock.slow": "all that is stamped comes from this one clock",
    "clock.stuck": "drawn from 20 ms on, as short as a late tick; clock.off is the one that lasts",
    "scheduler.stall": "drawn from 5 ms on, and what is shorter than a late tick is no fault; scheduler.off and "
    "scheduler.stuck are those that last",
    "link.slow": "an answer that is right and comes within the time that the device has is no failure",
    "electrode.stuck": "the device measures the current that it puts out, and all of it flows, through the sweat",
    "electrode.wrong": "two thirds of the skin are still reached, and all of the current flows",
    "electrode.slow": "dried gel takes voltage, of which the device has some to spare, and it measures current",
    "electrode.garbage": "by the thread on which it hangs the current may flow whenever it is measured",
    "electrode.intermittent": "it may lie on the skin whenever a burst runs",
    "settings.changed": "settings that were accepted are no fault",
    "process.death": "a program that is dead notices nothing: its device has to fall silent, and is judged by that",
    "process.brown_out": "a computer without power notices nothing, as a program that is dead",
}
"""Kinds that may go unnoticed whatever the person wears and does, and why."""
