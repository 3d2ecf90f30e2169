"""Worker processes write the same report as one process, and hand back what the other pages need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from records import made_call, night

from qa.aggregate import scorecards
from qa.model import CallRecord
from qa.report import build


@dataclass(frozen=True)
class Some:
    """Picklable, as a part must be."""

    first: int
    last: int

    def __call__(self) -> Iterator[CallRecord]:
        for number in range(self.first, self.last):
            yield made_call(number, 6)


@dataclass(frozen=True)
class Broken:
    def __call__(self) -> Iterator[CallRecord]:
        raise RuntimeError("the store is gone")
        yield


def test_two_workers_write_the_same_files_as_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    calls = Some(0, 42)
    parts = [Some(n, n + 6) for n in range(0, 42, 6)]
    cards = scorecards((each.recording, each.score) for each in calls())
    for workers in (1, 2):
        build(calls, cards, night(), tmp_path / str(workers), parts=parts, workers=workers)
    written = {
        path.relative_to(tmp_path / "1"): path.read_bytes() for path in (tmp_path / "1").rglob("*") if path.is_file()
    }
    assert len(written) > 42
    for address, content in written.items():
        if address.suffix != ".xlsx":  # a zip holds its time
            assert (tmp_path / "2" / address).read_bytes() == content, address


def test_pages_that_workers_wrote_are_not_stale(tmp_path: Path) -> None:
    calls, parts = Some(0, 12), [Some(n, n + 2) for n in range(0, 12, 2)]
    cards = scorecards((each.recording, each.score) for each in calls())
    build(calls, cards, night(), tmp_path, parts=parts, workers=2)
    assert len(list((tmp_path / "calls").glob("*.html"))) == 12


def test_what_goes_wrong_in_a_worker_is_raised_here(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the store is gone"):
        build(Some(0, 1), (), night(), tmp_path, parts=[Broken()] * 6, workers=2)
