"""The electronics beneath the real drivers: virtual pins, an I2C bus with chips on it, the trigger stimulator."""
