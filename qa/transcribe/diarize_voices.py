"""Decides how many voices there are, and which window of sound is whose.

A service call has two voices, sometimes one (nobody answers) and sometimes three (a transfer, a child). So that many
are tried, and the split is believed where the voices' mean embeddings lie as far apart as different people's do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

TWO_BELOW = 0.89
"""Cosine between two voices' mean CAM++ embeddings. Measured on 60 synthetic calls and 4 spliced from real voices:
different people 0.50 to 0.90 (real ones up to 0.77), one person's speech cut in two 0.90 to 0.93."""
CLOSE_FROM = 0.80
LEAST_CHANGES = 6
"""Voices this near to each other are two people's only if they take turns: one person, calm and then loud, is also
0.82 apart, but changes seldom (4 times where dialogues of that length change 7 to 12 times)."""
MORE_BELOW = 0.75
"""The same for each pair of three or four: truly three voices 0.56, two voices cut in three 0.79 to 0.94."""
LEAST_WINDOWS = 4
LEAST_WINDOWS_OF_MORE = 4
"""Two to three seconds. Fewer windows than that among three voices are outliers: a shout, a laugh, two at once."""
FEW_BELOW = 0.60
"""A voice of two or three windows must be as far away as this: of three callers who were not answered, a word or two
was 0.62 to 0.79 away from the rest."""
LEAST_WINDOWS_OF_FEW = 2
MOST_WINDOWS = 1500
"""Spectral clustering costs the cube of this: 15 minutes of talk. Beyond it, windows evenly taken stand for all."""


def voices_among(embeddings: np.ndarray) -> np.ndarray:
    """A voice number for each window. `embeddings`: float, (windows, 192), in time order."""
    import numpy as np

    step = -(-len(embeddings) // MOST_WINDOWS)
    some = embeddings[:: max(1, step)]
    for count in (4, 3, 2):
        least = LEAST_WINDOWS_OF_FEW if count == 2 else LEAST_WINDOWS_OF_MORE
        if len(some) < count * least:
            continue
        labels = _split(some, count)
        fewest = int(min(np.bincount(labels, minlength=count)))
        if fewest < least:
            continue
        means = np.stack([_unit(some[labels == label].mean(axis=0)) for label in range(count)])
        closest = float(np.max((means @ means.T)[np.triu_indices(count, 1)]))
        changes = int(np.count_nonzero(np.diff(labels)))
        if closest < (MORE_BELOW if count > 2 else two_below(fewest, changes)):
            return labels if step <= 1 else np.argmax(embeddings @ means.T, axis=1)
    return np.zeros(len(embeddings), int)


def two_below(fewest_windows: int, changes: int) -> float:
    """How alike two voices may be and still be two people's; `changes`: how often one follows the other."""
    if fewest_windows < LEAST_WINDOWS:
        return FEW_BELOW
    return TWO_BELOW if changes >= LEAST_CHANGES else CLOSE_FROM


def _split(embeddings: np.ndarray, count: int) -> np.ndarray:
    from senko.cluster.cluster_cpu import SpectralCluster

    # pval and min_pnum as in senko's own configuration
    cluster: Any = SpectralCluster(pval=0.012, min_pnum=6, oracle_num=count)
    labels: np.ndarray = cluster(embeddings)
    return labels


def _unit(vector: np.ndarray) -> np.ndarray:
    import numpy as np

    return vector / max(1e-9, float(np.linalg.norm(vector)))
