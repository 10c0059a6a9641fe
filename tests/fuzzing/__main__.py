"""Random claims about random losses, and what must hold of every verdict on them.

    python -m tests.fuzzing --seconds 600 --seed 1

prints each failure, made as small as it goes, as a test to be pasted into ``test_attacks.py``.
"""

from __future__ import annotations

import argparse
import sys

from tests.fuzzing.campaign import campaign


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    counts = campaign(options.seed, options.seconds, lambda text: print(text, flush=True))
    print(dict(sorted(counts.items())))
    return 1 if counts["FAILURES"] else 0


if __name__ == "__main__":
    sys.exit(main())
