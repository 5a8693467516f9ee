"""Profiles: every parameter has a source, errors are one line, and drawn people stay people of their kind."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.patients import PATIENTS, PROFILES, Patient, ProfileError, patient, profile, read_profile

KINDS = ("healthy", "slap", "classic", "drag", "stroke", "spastic", "ms", "recovering")
PARAMETERS = tuple(name for name in Patient._fields if name not in ("name", "meaning"))
MARK = re.compile(r"#.*\[(K|V|C|M|calc|found)\b")
SEEDS = range(60)


def text_of(kind: str) -> str:
    return PROFILES.joinpath(f"{kind}.toml").read_text(encoding="utf-8")


def values(person: Patient) -> list[float]:
    return [getattr(person, name) for name in PARAMETERS]


def test_the_kinds_of_the_reference_are_all_there() -> None:
    assert tuple(PATIENTS) == KINDS
    files = {entry.name for entry in PROFILES.iterdir() if entry.name.endswith(".toml")}
    assert files == {f"{kind}.toml" for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_has_a_source(kind: str) -> None:
    lines = [line for line in text_of(kind).splitlines() if "=" in line and not line.startswith(("#", "meaning"))]
    assert [line.split(" =")[0] for line in lines] == list(PARAMETERS)
    assert [line for line in lines if not MARK.search(line)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_seed_the_kind_itself(kind: str) -> None:
    assert patient(kind) == PATIENTS[kind]
    assert PATIENTS[kind].name == kind
    assert [profile(kind).spreads[name].value for name in PARAMETERS] == values(PATIENTS[kind])


def test_presets_are_those_of_the_reference() -> None:
    found = {kind: (one.voluntary_activation, one.calf_stiffness) for kind, one in PATIENTS.items()}
    assert found["healthy"] == (1.0, 1.0)
    assert found["slap"] == (0.2, 1.0)
    assert found["classic"] == (0.1, 1.0)
    assert found["drag"] == (0.0, 1.0)
    assert found["stroke"] == (0.1, 1.5)
    assert found["spastic"] == (0.05, 1.5)
    assert 5.0 <= PATIENTS["spastic"].clonus_hz <= 7.0
    ms, recovering = PATIENTS["ms"], PATIENTS["recovering"]
    assert ms.voluntary_activation - 10.0 * ms.voluntary_fades_per_min == pytest.approx(ms.voluntary_least)
    assert 4.0 * recovering.voluntary_gain_per_week == pytest.approx(0.1)


@given(st.sampled_from(KINDS), st.integers(0, 2**31))
def test_a_seed_draws_the_same_person_again_within_the_spread(kind: str, seed: int) -> None:
    person = patient(kind, seed)
    assert person == patient(kind, seed)
    for name in PARAMETERS:
        spread = profile(kind).spreads[name]
        assert spread.least <= getattr(person, name) <= spread.most


@pytest.mark.parametrize("kind", KINDS)
def test_other_seeds_draw_other_people_around_the_kind(kind: str) -> None:
    people = [patient(kind, seed) for seed in SEEDS]
    assert len({tuple(values(one)) for one in people}) == len(people)
    for name in ("torque_max_nm", "rheobase_ma", "chronaxie_us"):
        mean = sum(getattr(one, name) for one in people) / len(people)
        assert mean == pytest.approx(getattr(PATIENTS[kind], name), rel=0.1)


def test_drawn_people_keep_the_character_of_their_kind() -> None:
    weakest_first = ("drag", "classic", "slap", "healthy")
    drawn = {kind: [patient(kind, seed) for seed in SEEDS] for kind in KINDS}
    for weaker, stronger in pairwise(weakest_first):
        most = max(one.voluntary_activation for one in drawn[weaker])
        assert most < min(one.voluntary_activation for one in drawn[stronger])
    assert all(one.healthy == (kind == "healthy") for kind in KINDS for one in drawn[kind])
    assert all(one.calf_stiffness <= 1.2 for kind in ("slap", "classic", "drag", "ms") for one in drawn[kind])
    assert all(one.calf_stiffness >= 1.25 for kind in ("stroke", "spastic") for one in drawn[kind])
    assert all((one.clonus_hz >= 5.0) == (kind == "spastic") for kind in KINDS for one in drawn[kind])
    assert all((one.voluntary_fades_per_min > 0.0) == (kind == "ms") for kind in KINDS for one in drawn[kind])
    assert all((one.voluntary_gain_per_week > 0.0) == (kind == "recovering") for kind in KINDS for one in drawn[kind])
    assert all(one.painful_at > one.felt_at for kind in KINDS for one in drawn[kind])


def test_nobody_is_further_out_than_two_standard_deviations() -> None:
    spread = profile("slap").spreads["painful_at"]
    drawn = [patient("slap", seed).painful_at for seed in range(400)]
    assert max(drawn) < spread.value + 2.0 * spread.sd < spread.most


def test_parameters_are_drawn_apart_from_each_other() -> None:
    people = [patient("slap", seed) for seed in range(200)]
    both_high = [one.rheobase_ma > 10.0 and one.torque_max_nm > 20.0 for one in people]
    assert 0.15 < sum(both_high) / len(both_high) < 0.35


def test_one_parameter_does_not_change_how_the_others_are_drawn() -> None:
    other = re.sub(r"rheobase_ma = .*?  #", "rheobase_ma = 12.0  #", text_of("slap"))
    drawn = read_profile("slap", other).person(7)
    assert drawn == patient("slap", 7)._replace(rheobase_ma=12.0)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rheobase_ma", "rheobase", 'slap.toml: rheobase: unknown parameter, did you mean "rheobase_ma"?'),
        ("weeks = 0.0", "", "slap.toml: weeks: is missing; a profile names every parameter"),
        ("weeks = 0.0", "weeks = true", "slap.toml: weeks: must be a number from 0 to 520, got True"),
        ("weeks = 0.0", "weeks = nan", "slap.toml: weeks: nan is outside 0 to 520"),
        ("weeks = 0.0", "weeks = -1", "slap.toml: weeks: -1 is outside 0 to 520"),
        ("weeks = 0.0", "weeks = { value = 1.0 }", "slap.toml: weeks: has value; must have value, spread"),
        ("least = 15.0", "least = 21.0", "slap.toml: torque_max_nm.spread.least: 21 is outside 1 to 20"),
        ("weeks = 0.0", "weeks = ", "slap.toml: no valid TOML: "),
        ('meaning = "', 'meaning = 3 # "', "slap.toml: meaning: must be a text"),
    ],
)
def test_a_broken_profile_says_what_is_wrong_in_one_line(old: str, new: str, says: str) -> None:
    assert old in text_of("slap")
    with pytest.raises(ProfileError) as raised:
        read_profile("slap", text_of("slap").replace(old, new))
    assert str(raised.value).startswith(says)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("name", "says"), [("clasic", 'did you mean "classic"?'), ("xyz", "known are healthy, slap")])
def test_an_unknown_kind_is_refused_by_name(name: str, says: str) -> None:
    with pytest.raises(ProfileError, match=re.escape(says)):
        patient(name)
