"""One file per device, over a bus and a clock that are handed in. No call waits."""
