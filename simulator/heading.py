"""Which way a foot points while the person turns: it follows the body in swing and stays put on the floor."""

_FOLLOWS_S = 0.16
_FLESH_S = 0.04
"""How fast a swinging foot turns into the body's direction, and how fast its rate can change [K]."""


class Heading:
    """Direction of one foot about the vertical, deg, positive to the left; the shank turns half as the foot does, half
    as the body [K]."""

    def __init__(self) -> None:
        self.deg = 0.0
        self.rate_deg_s = 0.0
        self.shank_rate_deg_s = 0.0

    def follow(self, body_deg: float, body_rate_deg_s: float, planted: bool, dt: float) -> None:
        """One step of `dt` with the body in a direction (deg) and turning (deg/s)."""
        wanted = 0.0 if planted else body_rate_deg_s + (body_deg - self.deg) / _FOLLOWS_S
        self.rate_deg_s += (wanted - self.rate_deg_s) * dt / _FLESH_S
        self.deg += self.rate_deg_s * dt
        self.shank_rate_deg_s = 0.5 * (self.rate_deg_s + body_rate_deg_s)
