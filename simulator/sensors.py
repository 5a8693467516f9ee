"""What real sensors make of the truth: a heel contact, a force sensor, an inertial sensor with its data sheet's errors.

The same models feed the wired and the direct bench.
"""

from simulator.heel_sensor import FsrModel, HeelModel
from simulator.imu_sensor import STANDARD_GRAVITY_M_S2, ImuModel, segment_axes, to_segment_frame

__all__ = ["STANDARD_GRAVITY_M_S2", "FsrModel", "HeelModel", "ImuModel", "segment_axes", "to_segment_frame"]
