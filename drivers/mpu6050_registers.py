"""Registers and scales of the MPU-6050.

Register map RM-MPU-6000A, in agreement with the Linux driver inv_mpu6050 [K].
"""

from config.schema import ImuSettings

SMPLRT_DIV = 0x19
CONFIG = 0x1A
GYRO_CONFIG = 0x1B
ACCEL_CONFIG = 0x1C
ACCEL_XOUT_H = 0x3B
PWR_MGMT_1 = 0x6B
PWR_MGMT_2 = 0x6C
WHO_AM_I = 0x75

DEVICE_RESET = 0x80
CLOCK_GYRO_PLL = 0x01
IDENTITY = 0x68
OTHER_CHIPS = {0x70: "MPU-6500", 0x71: "MPU-9250", 0x73: "MPU-9255", 0x74: "MPU-6515", 0x98: "ICM-20689"}

ACC_LSB_PER_G = {2: 16384.0, 4: 8192.0, 8: 4096.0, 16: 2048.0}
GYRO_LSB_PER_DEG_S = {250: 131.0, 500: 65.5, 1000: 32.8, 2000: 16.4}


def registers(settings: ImuSettings) -> tuple[tuple[int, int], ...]:
    """Register and value, in the order of writing. 1 kHz: the base rate is 8 kHz with DLPF_CFG 0, else 1 kHz."""
    return (
        (PWR_MGMT_1, CLOCK_GYRO_PLL),
        (PWR_MGMT_2, 0),
        (SMPLRT_DIV, 7 if settings.dlpf == 0 else 0),
        (CONFIG, settings.dlpf),
        (GYRO_CONFIG, tuple(GYRO_LSB_PER_DEG_S).index(settings.gyro_range_deg_s) << 3),
        (ACCEL_CONFIG, tuple(ACC_LSB_PER_G).index(settings.acc_range_g) << 3),
    )
