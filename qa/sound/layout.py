"""Says what a recording's channels are: two parties, one signal stored twice, or nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SAME_SIGNAL_CORRELATION = 0.98
"""Two channels that agree to this degree are one signal; real stereo calls stay below 0.3 even with bad crosstalk."""
DEAD_PEAK = 64
"""A channel that never leaves ±64 of 32768 (-54 dB) carries no voice: an open line hums louder."""
_BLOCK = 1 << 20


def is_fake_stereo(channels: np.ndarray) -> bool:
    """Whether two channels (int16, shape (2, samples)) hold one signal, up to loudness and polarity.

    One party heard alone is not told apart by this: a dead channel has no signal to be the same.
    """
    import numpy as np

    if channels.shape[0] != 2 or any(is_dead(channel) for channel in channels):
        return False
    aa = bb = ab = 0.0
    for first in range(0, channels.shape[1], _BLOCK):
        a, b = channels[:, first : first + _BLOCK].astype(np.float32)
        aa, bb, ab = aa + float(a @ a), bb + float(b @ b), ab + float(a @ b)
    return bool(abs(ab) >= SAME_SIGNAL_CORRELATION * (aa * bb) ** 0.5)


def is_dead(samples: np.ndarray) -> bool:
    """Whether one channel (int16) never gets loud enough for a voice."""
    if samples.size == 0:
        return True
    return int(samples.max()) <= DEAD_PEAK and int(samples.min()) >= -DEAD_PEAK
