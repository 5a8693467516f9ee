"""Research-prototype caps. They live in code: configuration can only go lower.

Sources: rms density, IEC 60601-2-10 (densities above 2 mA/cm² need care); the others are the project's own choice for
a research prototype, inside what drop-foot stimulators on the market put out.
"""

HARD_MAX_CURRENT_MA = 60.0
HARD_MAX_PULSE_WIDTH_US = 400.0
HARD_MAX_RATE_HZ = 50.0
HARD_MAX_CHARGE_UC = 20.0
HARD_MAX_RMS_DENSITY_MA_CM2 = 2.0
MORE_PULSES = 1.5
"""A window of T seconds holds at most T times the highest rate and so many pulses: one at its edge, one early."""
HARD_MAX_MEAN_CHARGE_UC_PER_S = 900.0
HARD_MAX_BURST_S = 2.0
TRIGGER_RAMP_S = 0.25
"""A device of its own ramps comes down within this once its contact is released [S]: 0.2 s and a pulse."""
HARD_MAX_OPEN_LOOP_S = 0.4
HARD_MAX_SOFTENED_STRIDES = 3
