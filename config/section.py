"""What every part of the settings is made of: numbers with unit and range, choices, and rules between them."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

RULES_OFF = {"rules": False}
"""Validation context for config.load, which first looks at each value alone and then asks for all broken rules."""

TIE = 1e-9
"""Sums of decimal fractions may miss the sum that a person reckons by this much: 0.1 + 0.2 > 0.3."""

Side = Literal["left", "right"]
Placement = Literal["heel", "shank", "foot"]
Axis = Literal["+x", "-x", "+y", "-y", "+z", "-z"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Pin = Annotated[int, Field(ge=0, le=27)]
Cpu = Annotated[int, Field(ge=0, le=255)]


def number(default: float | None, unit: str, low: float, high: float, meaning: str) -> Any:  # noqa: ANN401
    """A field for a number with its unit and allowed range; without a default it must be set."""
    return Field(
        default=... if default is None else default,
        ge=low,
        le=high,
        description=meaning,
        json_schema_extra={"unit": unit} if unit else None,
    )


def choice(default: Any, meaning: str) -> Any:  # noqa: ANN401
    """A field for anything but a number; `...` as default means that it must be set."""
    return Field(default=default, description=meaning)


class RuleBroken(NamedTuple):
    """Two settings contradict each other: the key (dotted path inside the section) to change, and what is wrong."""

    key: str
    text: str


class Section(BaseModel):
    """A closed, immutable part of the settings."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        field_title_generator=lambda name, _: name,
    )

    def rules(self) -> Iterator[RuleBroken]:
        """Yield every rule between the settings of this section that is broken."""
        yield from ()

    @model_validator(mode="after")
    def keep_rules(self, info: ValidationInfo) -> Self:
        broken = () if info.context is RULES_OFF else tuple(self.rules())
        if broken:
            raise PydanticCustomError("rules", "settings contradict each other", {"broken": broken})
        return self
