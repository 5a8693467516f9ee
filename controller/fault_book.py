"""The faults that are active now, and what ends them.

Faults that concern one leg are active under `name:side`, those of a device or channel under `name:id`.
"""

from controller.faults import FaultClass, fault_of

_LATCH = FaultClass.LATCH


class FaultBook:
    """The faults that are active now, in the order in which they were raised."""

    def __init__(self) -> None:
        self._raised_s: dict[str, float] = {}
        self._good_strides: dict[str, int] = {}

    @property
    def active(self) -> tuple[str, ...]:
        """Names with subject, oldest first."""
        return tuple(self._raised_s)

    @property
    def latched(self) -> bool:
        """Whether any active fault keeps the output off until a person re-arms."""
        return any(fault_of(name).kind == _LATCH for name in self._raised_s)

    def withholding(self, subject: str) -> str:
        """The fault of `subject` or of no subject that forbids a new burst, or empty."""
        for name in self._raised_s:
            if fault_of(name).kind != FaultClass.DEGRADE and name.partition(":")[2] in ("", subject):
                return name
        return ""

    def raise_fault(self, name: str, subject: str, t_s: float) -> bool:
        """Make a fault active at `t_s`; whether it is new. One that withholds counts its good strides anew."""
        key = _key(name, subject)
        new = key not in self._raised_s
        self._raised_s[key] = t_s
        self._good_strides[key] = 0
        return new

    def clear(self, name: str, subject: str) -> bool:
        """End a fault; whether it was active."""
        return self._raised_s.pop(_key(name, subject), None) is not None

    def good_stride(self, subject: str, needed: int) -> None:
        """A good stride of the leg `subject`: after `needed` of them the faults that withhold from it end."""
        for key in self.active:
            if fault_of(key).kind == FaultClass.WITHHOLD and key.partition(":")[2] in ("", subject):
                self._good_strides[key] += 1
                if self._good_strides[key] >= needed:
                    del self._raised_s[key]

    def clear_withholding(self, before_s: float) -> None:
        """End what withholds and was last raised before `before_s`: for a person who sits, and takes no strides."""
        for key, raised_s in tuple(self._raised_s.items()):
            if fault_of(key).kind == FaultClass.WITHHOLD and raised_s < before_s:
                del self._raised_s[key]

    def clear_latches(self) -> None:
        """A person has disarmed: the latches are acknowledged; what still holds is raised again by the next tick."""
        for key in self.active:
            if fault_of(key).kind == FaultClass.LATCH:
                del self._raised_s[key]


def _key(name: str, subject: str) -> str:
    return f"{name}:{subject}" if subject else name
