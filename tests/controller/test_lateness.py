"""How often the loop was late, over a sliding window."""

from hypothesis import given
from hypothesis import strategies as st

from controller.lateness import BUCKETS, LateTicks

RATE_HZ, WINDOW_S = 100, 2.0
TICK = st.tuples(st.floats(0.0, 0.02), st.integers(0, 3))


@given(st.lists(TICK, min_size=1, max_size=600))
def test_the_share_is_that_of_the_last_window_give_or_take_a_tenth(ticks: list[tuple[float, int]]) -> None:
    lateness = LateTicks(RATE_HZ, WINDOW_S)
    t_s, grid = 10.0, 0
    seen: list[tuple[float, int, int]] = []
    for late_s, skipped in ticks:
        grid += 1 + skipped
        t_s = 10.0 + grid / RATE_HZ
        share = lateness.share(t_s, late_s, skipped)
        seen.append((t_s, 1 + skipped, skipped + (late_s > 0.005)))
        wide = [one for one in seen if one[0] > t_s - WINDOW_S - 0.05]
        narrow = [one for one in seen if one[0] > t_s - WINDOW_S * (BUCKETS - 1) / BUCKETS + 0.05]
        if share:
            assert sum(one[2] for one in narrow) <= share * sum(one[1] for one in wide) + 1e-9
            assert share * sum(one[1] for one in narrow) <= sum(one[2] for one in wide) + 1e-9


def test_a_short_time_is_never_judged() -> None:
    lateness = LateTicks(RATE_HZ, WINDOW_S)
    shares = [lateness.share(k / RATE_HZ, 0.1, 0) for k in range(250)]
    assert shares[: int(0.9 * WINDOW_S * RATE_HZ) - 1] == [0.0] * (int(0.9 * WINDOW_S * RATE_HZ) - 1)
    assert shares[-1] == 1.0
    lateness.forget()
    assert lateness.share(2.5, 0.1, 0) == 0.0
