"""Random byte strings against the packet readers of the serial stimulators: no exception, no packet with a wrong sum.

`python -m benchmarks.stimulator_codecs [--strings 1000000] [--seed 1]`

Half of the strings are random, half are packets that were cut, joined, flipped or filled with special bytes. Each goes
through the reader in pieces; a packet that comes out must lie in the string as the encoder writes it.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from random import Random
from time import process_time
from typing import Any, NamedTuple

from drivers import p24_frames, rehastim2_frames
from drivers.framing import FrameReader

SPECIAL = bytes((0xF0, 0x0F, 0x81, 0x55, 0xA5, 0xDA, 0xD4, 0x5A, 0x00))


class Codec(NamedTuple):
    """One protocol: how packets are read, written, and made up at random."""

    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]
    longest: int
    packet: Callable[[Random], Any]


def _p24_packet(random: Random) -> p24_frames.Packet:
    return p24_frames.Packet(random.randrange(64), random.randrange(1024), random.randbytes(random.randrange(20)))


def _rehastim2_packet(random: Random) -> rehastim2_frames.Packet:
    return rehastim2_frames.Packet(random.randrange(256), random.randrange(256), random.randbytes(random.randrange(20)))


CODECS = {
    "p24": Codec(p24_frames.decode, p24_frames.encode, p24_frames.LONGEST_PACKET, _p24_packet),
    "rehastim2": Codec(
        rehastim2_frames.decode, rehastim2_frames.encode, rehastim2_frames.LONGEST_PACKET, _rehastim2_packet
    ),
}


def spoilt(codec: Codec, random: Random) -> bytes:
    """A byte string that looks like the line of a bad day."""
    if random.random() < 0.5:
        return random.randbytes(random.randrange(1, 60))
    parts = bytearray()
    for _ in range(random.randrange(1, 4)):
        raw = bytearray(codec.encode(codec.packet(random)))
        choice = random.randrange(5)
        if choice == 0:
            raw[random.randrange(len(raw))] ^= 1 << random.randrange(8)
        elif choice == 1:
            del raw[random.randrange(len(raw)) :]
        elif choice == 2:
            del raw[: random.randrange(len(raw))]
        elif choice == 3:
            raw.insert(random.randrange(len(raw)), random.choice(SPECIAL))
        parts += raw
    return bytes(parts)


def pieces(data: bytes, random: Random) -> Iterator[bytes]:
    """The same bytes, cut at random."""
    at = 0
    while at < len(data):
        end = at + random.randrange(1, 40)
        yield data[at:end]
        at = end


def run(codec: Codec, strings: int, seed: int) -> int:
    """Feed so many strings to one reader; how many packets were found. Raises AssertionError on a wrong one."""
    random = Random(seed)
    found = 0
    for _ in range(strings):
        data = spoilt(codec, random)
        reader: FrameReader[Any] = FrameReader(codec.decode, codec.longest)
        for piece in pieces(data, random):
            for packet in reader.feed(piece):
                found += 1
                if codec.encode(packet) not in data:
                    raise AssertionError(f"{packet} is not in {data.hex()}")
    return found


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strings", type=int, default=1_000_000, help="byte strings for each protocol")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other strings")
    asked = parser.parse_args()
    for name, codec in CODECS.items():
        begin_s = process_time()
        found = run(codec, asked.strings, asked.seed)
        took_s = process_time() - begin_s
        sys.stdout.write(
            f"{name}: {asked.strings} byte strings, no exception, {found} packets, none wrong, {took_s:.0f} s\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
