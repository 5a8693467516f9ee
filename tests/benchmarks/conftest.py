"""Benchmarks are not installed: they are found in the checkout, everything else where it is installed."""

import sys
from pathlib import Path
from types import ModuleType

package = ModuleType("benchmarks")
package.__path__ = [str(Path(__file__).resolve().parents[2] / "benchmarks")]
sys.modules.setdefault("benchmarks", package)
