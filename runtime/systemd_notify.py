"""Tells systemd how the loop is: sd_notify(3), one datagram each, never waiting; nothing where nobody has asked."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

from controller.signals import Tick

ENDING_USEC = 20_000_000
"""While it ends no tick feeds the watchdog, and the recorder may take 10 s."""
FEEDS = 4
"""So often in the time that systemd allows."""


class SystemdNotice:
    """`runtime.loop.Watch`: READY before the first tick, WATCHDOG=1 only from a tick that has passed the gate.

    `environment` as systemd set it: NOTIFY_SOCKET, a path or, with @ in front, an abstract name; WATCHDOG_USEC and
    WATCHDOG_PID.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        allowed = environment.get("WATCHDOG_USEC", "")
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._every_s = int(allowed) / 1e6 / FEEDS if allowed.isdecimal() and ours else 0.0
        self._due_s = 0.0
        self._status = ""

    def ready(self) -> None:
        """The devices are open, the first tick is about to come."""
        self._send("READY=1\nSTATUS=disarmed")

    def delivered(self, tick: Tick, t_s: float) -> None:
        """Feed the watchdog when it is due, and tell a change of state."""
        if not self._address:
            return
        lines = []
        if self._every_s and t_s >= self._due_s:
            self._due_s = t_s + self._every_s
            lines.append("WATCHDOG=1")
        status = f"{tick.state.name.lower()}{': ' if tick.faults else ''}{', '.join(tick.faults)}"
        if status != self._status:
            self._status = status
            lines.append(f"STATUS={status}")
        if lines:
            self._send("\n".join(lines))

    def stopping(self) -> None:
        """All output is about to be ended; the loop may go on after it."""

    def stopped(self) -> None:
        """The loop has ended."""
        self._send(f"STOPPING=1\nSTATUS=ending\nWATCHDOG_USEC={ENDING_USEC}")

    def problem(self) -> str:
        """There is none that a person could mend here."""
        return ""

    def _send(self, text: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
            ours.sendto(text.encode(), socket.MSG_DONTWAIT, self._address)
