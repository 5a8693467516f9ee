"""Every fault that can be injected: its channel, its type, and on which benches it can be."""

from typing import Literal, NamedTuple

from simulator.devices.faults import FaultKind
from simulator.faults.values import IMU_TYPES, POSE_TYPES

Channel = Literal[
    "heel", "acc", "gyr", "imu", "bus", "clock", "scheduler", "link", "electrode", "settings", "recorder", "operator",
    "process",
]  # fmt: skip
Needs = Literal["", "heel", "plain", "wired heel", "imu", "wired imu", "direct imu", "serial", "no serial"]


class Kind(NamedTuple):
    """A fault by its `name` "channel.type". `needs`: what must be on the bench. `lasts`: it may be over by itself."""

    channel: Channel
    type: str
    meaning: str
    needs: Needs = ""
    lasts: bool = True

    @property
    def name(self) -> str:
        """How it is called on the command line and in results."""
        return f"{self.channel}.{self.type}"


_WORDS = {
    "off": "says nothing, or zero",
    "stuck": "repeats one value",
    "garbage": "says anything",
    "wrong": "has a wrong scale or zero",
    "slow": "follows slowly",
    "delayed": "is late",
    "intermittent": "is lost again and again",
    "nan": "is no number",
    "saturated": "stays at full scale",
}
_LINK = {
    "silence": "the device answers no more",
    "late": "answers come 0.3 s late",
    "garbage": "bytes that are no packet come before each answer",
    "bad_crc": "answers have a wrong checksum",
    "wrong_number": "answers belong to another packet",
    "refused": "answers say that the command failed",
    "slow": "answers come byte by byte, 20 ms apart",
    "gone": "the plug is pulled",
    "reset": "the device starts anew",
    "device_error": "the device reports its own emergency stop",
    "low_current": "the device says that less current flows",
    "intermittent": "now and then an answer is lost",
}
_ELECTRODE = {
    "off": "an electrode falls off",
    "stuck": "sweat bridges the electrodes",
    "garbage": "an electrode hangs by a thread",
    "wrong": "a third of an electrode touches the skin",
    "slow": "the gel has dried",
    "delayed": "an electrode falls off a second later",
    "intermittent": "an electrode lifts again and again",
}
RECORDER = {
    "off": "the disk is gone",
    "stuck": "the recorder does not answer",
    "garbage": "the disk says anything",
    "wrong": "the folder may not be written any more",
    "slow": "the disk is so slow that ticks are lost now and then",
    "delayed": "the disk is full half a second later",
    "intermittent": "the disk fails now and then",
}
"""What becomes of the recording; by its type the sentence in which the recorder says so."""
LINK_FAULTS = {
    "silence": FaultKind.ACK_DROPPED,
    "late": FaultKind.ACK_LATE,
    "garbage": FaultKind.JUNK,
    "bad_crc": FaultKind.BAD_CRC,
    "wrong_number": FaultKind.ACK_WRONG_NUMBER,
    "refused": FaultKind.ACK_REFUSED,
    "slow": FaultKind.ONE_BYTE_AT_A_TIME,
    "gone": FaultKind.PORT_GONE,
    "reset": FaultKind.RESET,
    "device_error": FaultKind.EMERGENCY_STOP,
    "low_current": FaultKind.LOW_CURRENT,
    "intermittent": FaultKind.ACK_DROPPED,
}

_ALL = (
    Kind("heel", "off", "its wire is broken", "heel"),
    Kind("heel", "short", "its wire touches another", "wired heel"),
    Kind("heel", "stuck_open", "the contact stays open", "heel"),
    Kind("heel", "stuck_closed", "the contact stays closed", "heel"),
    Kind("heel", "garbage", "the contact says anything", "heel"),
    Kind("heel", "wrong", "loaded and unloaded are exchanged", "heel"),
    Kind("heel", "slow", "the contact follows 50 to 200 ms after", "heel"),
    Kind("heel", "delayed", "the contact is 100 to 300 ms late", "heel"),
    Kind("heel", "intermittent", "its wire is loose", "heel"),
    Kind("heel", "bouncing", "the contact chatters", "heel"),
    *(Kind("acc", kind, _WORDS[kind], "direct imu" if kind == "nan" else "imu") for kind in IMU_TYPES),
    *(Kind("gyr", kind, _WORDS[kind], "direct imu" if kind == "nan" else "imu") for kind in IMU_TYPES),
    *(Kind("imu", kind, _WORDS[kind], "imu") for kind in IMU_TYPES if kind != "nan"),
    *(Kind("imu", kind, f"the sensor has {kind}", "imu", lasts=False) for kind in POSE_TYPES),
    Kind("imu", "brown_out", "its supply dips: it sleeps", "wired imu", lasts=False),
    Kind("bus", "off", "the chip does not answer", "wired imu"),
    Kind("bus", "stuck", "the bus hangs", "wired imu"),
    Kind("bus", "wrong", "a disturbance has changed the full scale of the gyroscope", "wired imu", lasts=False),
    Kind("bus", "slow", "a new sample every 50 ms only", "wired imu"),
    Kind("bus", "garbage", "what the chip answers is disturbed", "wired imu"),
    Kind("bus", "delayed", "the chip answers what it answered before", "wired imu"),
    Kind("bus", "intermittent", "now and then the chip does not answer", "wired imu"),
    Kind("clock", "ahead", "time jumps ahead by 0.03 to 3 s", lasts=False),
    Kind("clock", "back", "time jumps back by 5 ms to 1 s", lasts=False),
    Kind("clock", "stuck", "time stands still for 0.02 to 1 s", lasts=False),
    Kind("clock", "off", "time stands still for good", lasts=False),
    Kind("clock", "garbage", "time jumps to and fro for a second", lasts=False),
    Kind("clock", "wrong", "time runs 10 % too fast"),
    Kind("clock", "slow", "time runs 10 % too slow"),
    Kind("clock", "delayed", "time jumps back by 0.2 s", lasts=False),
    Kind("clock", "intermittent", "time stands still again and again, for 10 to 50 ms"),
    Kind("scheduler", "off", "the loop gets no processor for 0.5 s", lasts=False),
    Kind("scheduler", "stuck", "the loop gets no processor for 0.15 s", lasts=False),
    Kind("scheduler", "garbage", "the loop comes late at random"),
    Kind("scheduler", "wrong", "the loop is 20 ms late twenty times a second"),
    Kind("scheduler", "slow", "the loop turns every 15 ms"),
    Kind("scheduler", "delayed", "each tick is 4 ms late"),
    Kind("scheduler", "intermittent", "the loop is 30 ms late now and then"),
    Kind("scheduler", "stall", "the loop gets no processor for 5 to 500 ms", lasts=False),
    Kind("scheduler", "stalls", "the loop gets no processor twice a second, for 5 to 60 ms"),
    *(Kind("link", kind, words, "serial", lasts=kind not in ("gone", "reset", "device_error", "low_current"))
      for kind, words in _LINK.items()),
    Kind("link", "failed", "the stimulator or its pin fails", "no serial", lasts=False),
    *(Kind("electrode", kind, words, lasts=False) for kind, words in _ELECTRODE.items()),
    Kind("settings", "changed", "settings with more current and another timing come", lasts=False),
    *(Kind("recorder", kind, words, lasts=False) for kind, words in RECORDER.items()),
    Kind("operator", "stop", "somebody presses the emergency stop", lasts=False),
    Kind("process", "death", "the program is killed", lasts=False),
    Kind("process", "brown_out", "the Pi loses its supply, and starts again after 3 s", lasts=False),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
"""All faults by name."""
