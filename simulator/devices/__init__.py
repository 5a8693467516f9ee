"""Stimulators on the bench, byte for byte: what answers on the other end of a serial line."""
