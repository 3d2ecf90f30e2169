"""Text is written as mainland readers write it."""

import pytest

from qa.transcribe.simplified import simplify


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("您先别著急", "您先别着急"),
        ("拿著", "拿着"),
        ("著名的", "著名的"),
        ("效果显著", "效果显著"),
        ("著作", "著作"),
        ("妳好", "你好"),
    ],
)
def test_it_reads_as_mainland_readers_write_it(heard: str, written: str) -> None:
    assert simplify(heard) == written
