"""One leg at work: what its sensors tell, the burst that is planned, and the channels that it has."""

from config.limits import TRIGGER_RAMP_S
from config.schema import LegSettings, Settings
from controller.channel import Channel
from controller.effect import EffectCheck
from controller.leg import HEEL_OFF_EARLIER_S, Leg
from controller.permission import RESTING_PHASES
from controller.signals import NEVER_S, BurstStage, Certainty, EventKind, Mode, Phase
from controller.stimulation import BurstPlanner

_WALK, _SWING, _CONFIRMED = Mode.WALK, Phase.SWING, Certainty.CONFIRMED
_UNKNOWN = Phase.UNKNOWN
_FO, _IC = EventKind.FO, EventKind.IC

TEST_WITHIN_S = 0.5
"""A test burst begins within this time of its wish, or never: the planner's oldest trigger and the shortest pause."""


class LegAtWork:
    """Begins the bursts of one leg: by its swings, by a test burst, or by the turns of an exercise.

    `latches_after_burst` are the faults that latch as soon as every running burst has come down, with what was seen.
    `test_asked_s`: when a person asked for a test burst last.
    """

    def __init__(self, leg: LegSettings, settings: Settings) -> None:
        self.settings = settings
        self.leg = Leg(leg, settings)
        pause_s, tick_s = settings.gate.shortest_pause_s, 1.0 / settings.loop.rate_hz
        self.channels = [Channel(leg, channel, settings) for channel in leg.channel]
        if any(channel.is_trigger for channel in self.channels):
            pause_s = max(pause_s, TRIGGER_RAMP_S - settings.stimulation.fall_s)
        stall_s = settings.faults.stall_s
        self.planner = BurstPlanner(settings.stimulation, pause_s, lambda: self.leg.landed_s, tick_s, stall_s)
        self.side = leg.side
        self.latches_after_burst: dict[str, str] = {}
        self.effect = EffectCheck()
        self.begin_anew()

    @property
    def softened(self) -> bool:
        """Whether the burst is given at less than its full level; a trigger device knows no less."""
        if self.planner.peak >= 1.0 or self.planner.stage == BurstStage.IDLE:
            return False
        return not all(channel.is_trigger for channel in self.channels)

    def begin_anew(self) -> None:
        """After arming or a pause: the first bursts are softened, an exercise starts from its first turn."""
        self._bursts = 0
        self.test_asked_s = NEVER_S
        self._next_turn_s: float | None = None
        self._waits, self.news = False, ""
        self.effect.forget()
        self.leg.begin_anew()

    def watch_effect(self, t_s: float) -> None:
        """Let every swing of a foot with an IMU tell whether stimulation lifts it."""
        leg, effect = self.leg, self.effect
        for event in leg.events:
            if event.certainty == _CONFIRMED and event.kind == _FO:
                effect.begin(t_s)
            elif event.certainty == _CONFIRMED and event.kind == _IC:
                effect.end(t_s)
        if leg.phase == _SWING and leg.foot_imu is not None:
            tilt = leg.foot_imu.filter.tilt()
            if tilt.known and leg.foot_imu.good and not leg.imu_doubted:
                effect.sample(tilt.pitch_deg, max([channel.share for channel in self.channels]))
            else:
                effect.drop()

    def plan(self, t_s: float, mode: Mode, *, test_burst: bool) -> None:
        """Begin a burst at `t_s` if the mode says so; `test_burst`: a person asks for one on this leg.

        `news`: why there is none, told once, or empty.
        """
        self.news = ""
        if mode == _WALK:
            self._plan_walk(t_s)
        elif mode == Mode.EXERCISE:
            self._plan_exercise(t_s)
        elif test_burst and not self.no_test_burst:
            self.test_asked_s = t_s
            self.planner.trigger(t_s, 0.0, longest_s=self.settings.exercise.on_s)

    @property
    def no_test_burst(self) -> str:
        """Why this leg cannot be given a test burst now, or empty."""
        if not self.rests:
            return "the leg is not known to rest: set the foot down, or hold it still"
        return "a burst is running" if self.planner.running else ""

    @property
    def rests(self) -> bool:
        """Whether the leg is known to be at rest: it stands, or its phase is unknown and an IMU lies still."""
        leg = self.leg
        return leg.phase in RESTING_PHASES and not self.steps and (leg.phase != _UNKNOWN or leg.still)

    @property
    def steps(self) -> bool:
        """Whether a step is seen: by the phase, or by a shank that swings although the phase tells nothing.

        A foot turns as fast when it is stimulated.
        """
        leg = self.leg
        return leg.phase not in RESTING_PHASES or (leg.imu_good and leg.walking.shank_turns)

    def _plan_walk(self, t_s: float) -> None:
        leg, planner = self.leg, self.planner
        if leg.unconfirmed is not None:
            planner.release(t_s)
        if leg.swing_s is not None:
            planner.trigger(t_s, max(0.0, self._due_s(leg.swing_s) - t_s), self._next_peak())
        if leg.phase == _SWING:
            planner.hasten(t_s)

    def _due_s(self, swing_s: float) -> float:
        """When the burst should begin: before the foot off that is foretold, or by the usual time after heel off."""
        settings, foot_off_s = self.settings.stimulation, self.leg.foot_off_s
        usual_s = swing_s + settings.delay_s + self.planner.slow_delay_s
        if foot_off_s is None:
            return usual_s
        foretold_s = max(swing_s + settings.delay_s, foot_off_s - settings.before_foot_off_s)
        if self.leg.left_alone:
            return max(usual_s, foretold_s)
        return min(max(usual_s, foretold_s - HEEL_OFF_EARLIER_S), foretold_s)

    def _plan_exercise(self, t_s: float) -> None:
        exercise = self.settings.exercise
        if self._next_turn_s is None:
            self._next_turn_s = t_s
        if t_s < self._next_turn_s or self._bursts >= exercise.repetitions:
            return
        waits, self._waits = self._waits, not self.rests
        if not self._waits:
            self.planner.trigger(t_s, 0.0, self._next_peak(), exercise.on_s)
            self._next_turn_s = t_s + exercise.on_s + exercise.off_s
        elif not waits:
            self.news = "the exercise waits until it is known to rest: set the foot down, or hold it still"

    def _next_peak(self) -> float:
        """Peak of the next burst after arming or a pause: grows in equal steps to 1."""
        self._bursts += 1
        return min(1.0, self._bursts / (self.settings.stimulation.softened_strides + 1))
