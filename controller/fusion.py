"""One stream of gait events from heel switch and IMU: one leads for each event, the other steps in when it is silent.

The heel switch leads for initial contact and heel off, which it sees; the IMU leads for foot off, which a heel switch
cannot see.
"""

from controller.signals import Event, EventKind

HEEL_LEADS = frozenset((EventKind.IC, EventKind.HO))
SILENCES_BEFORE_HANDOVER = 2
"""After so many events that came from the follower alone, the leader is not waited for until it speaks again."""


class EventVote:
    """Merges the events of the two sensors of one leg."""

    def __init__(self, grace_s: float) -> None:
        self.grace_s = grace_s
        self._waiting: dict[EventKind, Event] = {}
        self._silences = dict.fromkeys(EventKind, 0)
        self._led_s: dict[EventKind, float] = {}

    def update(
        self, t_s: float, heel: tuple[Event, ...], imu: tuple[Event, ...], *, heel_good: bool, imu_good: bool
    ) -> tuple[Event, ...]:
        """The events of this tick, in the order in which they are believed; a lost sensor is not waited for."""
        if not (heel or imu or self._waiting):
            return ()
        merged: list[Event] = []
        for events, is_heel, leader_good in ((heel, True, imu_good), (imu, False, heel_good)):
            for event in events:
                if (event.kind in HEEL_LEADS) == is_heel:
                    self._lead(event, merged)
                elif not leader_good or self._silences[event.kind] >= SILENCES_BEFORE_HANDOVER:
                    merged.append(event)
                elif event.t_s - self._led_s.get(event.kind, event.t_s - 1.0) > self.grace_s:
                    self._waiting[event.kind] = event
        merged.extend(self._overdue(t_s))
        return tuple(merged)

    def _lead(self, event: Event, merged: list[Event]) -> None:
        self._waiting.pop(event.kind, None)
        self._silences[event.kind] = 0
        self._led_s[event.kind] = event.t_s
        merged.append(event)

    def _overdue(self, t_s: float) -> list[Event]:
        overdue = [event for event in self._waiting.values() if t_s - event.decided_s >= self.grace_s]
        for event in overdue:
            del self._waiting[event.kind]
            self._silences[event.kind] += 1
        return [event._replace(decided_s=t_s) for event in overdue]
