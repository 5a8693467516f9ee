"""Settings for all tests."""

from hypothesis import HealthCheck, settings

# A busy machine is no failure, and nothing is written beside the tests.
settings.register_profile("dorsiflex", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dorsiflex")
