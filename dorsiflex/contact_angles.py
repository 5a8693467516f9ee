"""With which angle of the ankle each swing ended, seen from outside, once a tick."""

from config.schema import Side
from dorsiflex.walk_judgement import SwingFigures, judge_swings
from simulator.bench import Body


class ContactAngles:
    """Looks at a leg once a tick and keeps the dorsiflexion with which each swing ended, deg."""

    def __init__(self, body: Body, side: Side) -> None:
        self._body, self._side = body, side
        self._swinging = False
        self._ankle_deg = 0.0
        self._at_contact_deg: list[float] = []

    def look(self) -> None:
        """See the leg now."""
        state = self._body.state(self._side)
        if self._swinging and not state.in_swing:
            self._at_contact_deg.append(self._ankle_deg)
        self._swinging, self._ankle_deg = state.in_swing, state.dorsiflexion_deg

    def figures(self, skip: int = 0) -> SwingFigures:
        """Of all swings so far but the first after standing, and but for the first `skip` of the others."""
        swings = self._body.swings(self._side)
        first = {burst.stop_s for burst in self._body.wanted_bursts(self._side) if burst.first}
        later = [
            (swing, angle)
            for swing, angle in zip(swings, self._at_contact_deg, strict=False)
            if swing.initial_contact_s not in first
        ][skip:]
        return judge_swings(
            [swing for swing, _ in later], self._body.loadings(self._side), [angle for _, angle in later]
        )
