"""Who may begin a burst, and when: the rules of armed state and mode for one leg.

| mode | a burst may begin | one that runs |
|---|---|---|
| WALK | in PRE_SWING or SWING, some sensor leads, heel known to be off unless the IMU leads alone | goes on |
| EXERCISE | in STANDING, or UNKNOWN with an IMU that lies still: unknown alone never triggers | a step ends it |
| TEST_BURST | as EXERCISE, and a person has just asked for one on this leg | a step ends it |

In every mode: only ARMED and with nothing that withholds. PAUSED: none begins, one that runs may come down its ramp.
DISARMED and LATCHED: no current at all, and what ran is over in the same tick. How a burst that goes on has to end, on
its falling ramp after a step, is the planner's business; that it ends is the account's.
"""

from typing import NamedTuple

from controller.signals import ArmingState, HeelContact, Mode, Phase

MOVING_PHASES = frozenset((Phase.PRE_SWING, Phase.SWING))
RESTING_PHASES = frozenset((Phase.STANDING, Phase.UNKNOWN))

# On Python 3.11 it takes longer to look up a member in its enum than to compare it.
_ARMED, _PAUSED, _OFF = ArmingState.ARMED, ArmingState.PAUSED, HeelContact.OFF
_WALK, _TEST_BURST, _UNKNOWN = Mode.WALK, Mode.TEST_BURST, Phase.UNKNOWN


class Permission(NamedTuple):
    """Whether current may flow in one leg at all and whether a burst may begin; a reason where not, else empty.

    `final`: a burst that may not begin now may not begin later either, in the middle of its envelope.
    """

    no_flow: str
    no_begin: str
    final: bool = False


GRANTED = Permission("", "")
NO_SWING = Permission("", "no swing")
NOT_AT_REST = Permission("", "not known to be at rest", final=True)
NOT_ASKED = Permission("", "no test burst asked for", final=True)


def permission(
    state: ArmingState,
    mode: Mode,
    phase: Phase,
    contact: HeelContact,
    lead: str,
    withheld: str,
    *,
    still: bool = False,
    test_asked: bool = False,
) -> Permission:
    """The rules of armed state and mode for one leg; `lead` says which sensors lead, `withheld` why they may not.

    `still`: an IMU of the leg has not moved for a while. `test_asked`: a person has just asked for a test burst here.
    """
    if state not in (_ARMED, _PAUSED):
        return Permission(state.name.lower(), state.name.lower())
    if state == _PAUSED:
        return Permission("", "paused")
    if withheld:
        return Permission("", withheld)
    if mode != _WALK:
        if phase not in RESTING_PHASES:
            return Permission("", f"walking in mode {mode}", final=True)
        if phase == _UNKNOWN and not still:
            return NOT_AT_REST
        return NOT_ASKED if mode == _TEST_BURST and not test_asked else GRANTED
    if phase not in MOVING_PHASES:
        return NO_SWING
    if lead == "none" or (lead != "imu" and contact != _OFF):
        return Permission("", f"heel {contact.name.lower()}")
    return GRANTED
