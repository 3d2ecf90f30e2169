"""Times the report of a large night: `python bench/report.py --agents 200 --calls 10000`.

Records are made up as they are asked for, as the store would read them, so the peak is the report's own.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from qa.model import CallRecord, Recording

# The builder of made-up nights belongs to the tests.
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "tests/report")]


def main() -> None:
    from records import made_call

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    encode = msgspec.json.encode
    with tempfile.TemporaryDirectory() as folder:
        kinds = Path(folder) / "kinds.json"
        # A few hundred different calls stand for all; each is decoded anew, as from the store.
        kinds.write_bytes(
            encode([encode(made_call(n, options.agents)).decode() for n in range(min(400, options.calls))])
        )
        measure(options, kinds, Path(folder) / "out")


@dataclass(frozen=True)
class Some:
    """Calls number `first` to `last`, as a worker process reads them from the store."""

    kinds: Path
    first: int
    last: int
    agents: int

    def __call__(self) -> Iterator[CallRecord]:
        from qa.model import CallRecord

        kinds, decode = known_kinds(self.kinds), msgspec.json.Decoder(CallRecord).decode
        for n in range(self.first, self.last):
            made = decode(kinds[n % len(kinds)])
            yield msgspec.structs.replace(made, recording=made_call_facts(made, n, self.agents))


@cache
def known_kinds(path: Path) -> list[str]:
    return msgspec.json.decode(path.read_bytes(), type=list[str])


def measure(options: argparse.Namespace, kinds: Path, folder: Path) -> None:
    from records import night_of

    from qa.aggregate import scorecards
    from qa.report import build

    records = Some(kinds, 0, options.calls, options.agents)
    parts = [Some(kinds, n, min(n + 50, options.calls), options.agents) for n in range(0, options.calls, 50)]
    cards = scorecards((each.recording, each.score) for each in records())
    before_mb = peak_mb()
    out = options.out or folder
    for turn in ("first", "again"):
        start, worked = time.perf_counter(), cpu_s()
        build(records, cards, night_of((), mask_names=True).night, out, parts=parts, workers=options.workers)
        wall_s, all_cpu_s = time.perf_counter() - start, cpu_s() - worked
        print(
            f"{turn}: {wall_s:.1f} s ({all_cpu_s:.1f} s of CPU in all processes), peak {peak_mb():.0f} MB (before: {before_mb:.0f} MB), "
            f"largest worker {peak_mb(resource.RUSAGE_CHILDREN):.0f} MB"
        )
    sizes = {path.name: path.stat().st_size / 1e6 for path in out.iterdir() if path.is_file()}
    agents = [path.stat().st_size / 1e3 for path in (out / "agents").iterdir()]
    calls = [path.stat().st_size / 1e3 for path in (out / "calls").iterdir()]
    print(", ".join(f"{name} {size:.1f} MB" for name, size in sorted(sizes.items())))
    print(f"largest agent page {max(agents):.0f} KB, largest call page {max(calls):.0f} KB")


def made_call_facts(made: CallRecord, number: int, agents: int) -> Recording:
    agent = number % agents
    return msgspec.structs.replace(
        made.recording, call_id=f"call{number:06d}", agent_id=f"{1000 + agent}", agent_name=f"坐席{agent + 1}"
    )


def cpu_s() -> float:
    """Of this process and its workers that have ended; what others on the machine take is not in it."""
    return sum(sum(resource.getrusage(whose)[:2]) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def peak_mb(whose: int = resource.RUSAGE_SELF) -> float:
    return resource.getrusage(whose).ru_maxrss / 1024


if __name__ == "__main__":
    main()
