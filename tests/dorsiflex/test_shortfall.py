"""Why a person was not helped enough: told by trying the same walk without the obstacle."""

from functools import cache

from config.load import default_document
from config.schema import Settings
from controller.signals import EventKind
from dorsiflex.report.traces import LegTrace
from dorsiflex.report.walk import DevicePulse, JudgedLeg
from dorsiflex.shortfall import Walk, shortfall, walk_again
from dorsiflex.walk_judgement import BurstFigures, SwingFigures, helps_enough
from dorsiflex.walker import walker
from simulator.patients import PATIENTS, Patient

DEFAULT = default_document().settings
SETTINGS = DEFAULT.model_copy(update={"stimulation": DEFAULT.stimulation.model_copy(update={"softened_strides": 0})})
SECONDS, SEED, WIDTH_US, RATE_HZ = 11.0, 3, 300.0, 40.0
DRAG, STROKE = PATIENTS["drag"], PATIENTS["stroke"]


@cache
def swings_of(patient: Patient) -> tuple[tuple[float, float], ...]:
    """From foot off to initial contact, s; stimulation moves the foot, not the gait."""
    body = walker(SETTINGS, patient, SEED, SECONDS)()
    body.advance(SECONDS)
    truth = body.truth("right")
    off = [event.t_s for event in truth if event.kind is EventKind.FO]
    return tuple(zip(off, [event.t_s for event in truth if event.kind is EventKind.IC], strict=False))


def pulses_of(patient: Patient, current_ma: float, lead_s: float = 0.15) -> list[DevicePulse]:
    """A burst without ramps for every swing, from `lead_s` before foot off to 0.2 s after initial contact."""
    return [
        DevicePulse(off_s - lead_s + k / RATE_HZ, current_ma, WIDTH_US, RATE_HZ)
        for off_s, contact_s in swings_of(patient)
        for k in range(int((contact_s + 0.2 - off_s + lead_s) * RATE_HZ))
    ]


@cache
def alone(patient: Patient) -> SwingFigures:
    return walk_again(Walk(SETTINGS, patient, SEED, SECONDS, {"right": []}), "right")


def told(
    patient: Patient, pulses: list[DevicePulse], settings: Settings = SETTINGS, missed: int = 0, fatigue: float = 0.0
) -> str:
    """What is said of this walk."""
    walk = Walk(settings, patient, SEED, SECONDS, {"right": pulses})
    figures = walk_again(walk, "right")
    bursts = BurstFigures(figures.steps, figures.steps - missed, missed, 0, 0, 0, 0.0, 1, 1)
    leg = JudgedLeg("right", figures, alone(patient), bursts, (), fatigue, (), (), LegTrace("right"), ())
    sentences = shortfall(walk, leg)
    assert bool(sentences) != helps_enough(figures, alone(patient))
    return " ".join(sentences).replace("\u00a0", " ")


def with_channel(**changed: float) -> Settings:
    data = SETTINGS.model_dump()
    data["leg"][0]["channel"][0].update(changed)
    return Settings.model_validate(data)


def test_nothing_is_said_of_a_walk_that_is_good() -> None:
    assert told(DRAG, pulses_of(DRAG, 37.0)) == ""


def test_a_current_that_reaches_too_little_of_the_muscle_is_the_reason() -> None:
    words = told(DRAG, pulses_of(DRAG, 26.0))
    assert "did not help this person enough" in words
    assert "The current of 26 mA reaches" in words
    assert "Up to about 43 mA would be allowed and comfortable." in words
    assert "begins too late" not in words


def test_the_cap_is_told_where_it_is_in_the_way() -> None:
    settings = with_channel(current_ma=26.0, max_current_ma=26.0)
    assert "The caps of the settings allow no more than 26 mA." in told(DRAG, pulses_of(DRAG, 26.0), settings)


def test_pain_is_told_where_it_is_in_the_way() -> None:
    sensitive = DRAG._replace(painful_at=1.6)
    assert "More would hurt: pain begins at 27 mA." in told(sensitive, pulses_of(sensitive, 26.0))
    hurt = DRAG._replace(painful_at=1.5)
    assert "It is painful already: pain begins at 25 mA." in told(hurt, pulses_of(hurt, 26.0))


def test_a_current_below_the_threshold_moves_nothing() -> None:
    assert "The current of 15 mA moves no muscle." in told(DRAG, pulses_of(DRAG, 15.0))
    assert "No current came." in told(DRAG, [])


def test_a_walk_of_a_few_softened_steps_is_too_short_to_judge() -> None:
    """Most of it is the soft beginning: whatever were said of its current would be wrong."""
    seven = DEFAULT.stimulation.softened_strides + 4
    words = told(DRAG, pulses_of(DRAG, 15.0), DEFAULT)
    assert words.startswith(f"Too short to judge whether stimulation helps: it begins softly, and {seven} steps")
    assert "mA" not in words


def test_the_soft_beginning_is_not_held_against_the_current() -> None:
    """Without a pulse in the second swing this walk is not good enough; but there stimulation had not begun in full."""
    starts = [off_s for off_s, _ in swings_of(DRAG)]
    late = [pulse for pulse in pulses_of(DRAG, 37.0) if pulse.t_s > starts[1] + 0.8]
    assert told(DRAG, late) != ""
    softly = SETTINGS.model_copy(
        update={"stimulation": SETTINGS.stimulation.model_copy(update={"softened_strides": 1})}
    )
    walk = Walk(softly, DRAG, SEED, SECONDS, {"right": late})
    figures = walk_again(walk._replace(settings=SETTINGS), "right")
    bursts = BurstFigures(20, 19, 1, 0, 0, 0, 0.0, 1, 1)
    steps = figures._replace(steps=20)
    leg = JudgedLeg("right", steps, alone(DRAG), bursts, (), 0.0, (), (), LegTrace("right"), ())
    assert shortfall(walk, leg) == ()


def test_nothing_is_left_to_do_for_a_foot_that_clears_alone() -> None:
    strong = DRAG._replace(voluntary_activation=0.6)
    assert told(strong, pulses_of(strong, 26.0)).startswith("There is little left for stimulation to do")


def test_a_tight_calf_is_the_reason() -> None:
    tight = STROKE._replace(calf_stiffness=2.2, reflex_nm_s_per_deg=0.0, torque_max_nm=10.0)
    words = told(tight, pulses_of(tight, 44.0))
    assert "The calf is tight and holds the foot down. With a normal calf" in words
    assert "spastic" not in words


def test_a_spastic_calf_is_the_reason() -> None:
    spastic = DRAG._replace(reflex_nm_s_per_deg=0.2)
    words = told(spastic, pulses_of(spastic, 44.0))
    assert "The calf is spastic: it answers the lift with a pull. Without spasticity" in words
    assert "tight" not in words


def test_a_muscle_that_tires_is_the_reason() -> None:
    tired = DRAG._replace(fatigue_s=2.0, recovery_s=1e5, fatigue_floor=0.1)
    words = told(tired, pulses_of(tired, 44.0), fatigue=0.5)
    assert "The muscle tires: 50 % of its force is gone in the end. Without fatigue" in words


def test_a_burst_that_comes_late_is_the_reason() -> None:
    words = told(DRAG, pulses_of(DRAG, 44.0, lead_s=-0.12))
    assert "Stimulation begins too late to have lifted the foot in time. 100 ms earlier" in words


def test_missing_bursts_are_counted() -> None:
    pulses = [pulse for pulse in pulses_of(DRAG, 37.0) if int(pulse.t_s / 2.0) % 2]
    assert "Stimulation was missing in 4 of" in told(DRAG, pulses, missed=4)


def test_nobody_looks_for_reasons_where_nothing_is_wrong() -> None:
    none = BurstFigures(1, 1, 0, 0, 0, 0, 0.0, 1, 1)
    leg = JudgedLeg("right", alone(DRAG), alone(DRAG), none, (), 0.0, (), (), LegTrace("right"), ())
    assert shortfall(Walk(SETTINGS, PATIENTS["healthy"], SEED, SECONDS, {"right": []}), leg) == ()
