"""Campaigns in simulated time with the build of `python -m dorsiflex.compiled`, if there is one of this very source.

    python -m evidence.fast fault_matrix --jobs 2

The same ticks, sooner: a build was compared with the source before it was put in its place. What runs in real time,
measures lines or changes the source is not for it.
"""

import runpy
import sys

from dorsiflex import compiled

SIMULATED = ("fault_matrix", "stateful", "endurance")


def main() -> None:
    """Run one of them with the arguments that follow its name."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in SIMULATED:
        sys.stderr.write(f"python -m evidence.fast NAME: one of {', '.join(SIMULATED)}\n")
        raise SystemExit(2)
    if not compiled.use():
        sys.stderr.write("no build of this source (python -m dorsiflex.compiled makes one): running the source\n")
    del sys.argv[1]
    runpy.run_module(f"evidence.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
