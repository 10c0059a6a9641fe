"""Attacks of any length."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable

from tests.fuzzing.claims import random_derivative, random_form
from tests.fuzzing.expressions import PATIENCE
from tests.fuzzing.laws import Slow, judged, misread, patience
from tests.fuzzing.minimising import as_test, code, minimised


def campaign(seed: int, seconds: float, report: Callable[[str], None] = print) -> Counter[str]:
    """Attack until time is up; the number of verdicts of each kind."""
    end, counts, number = time.monotonic() + seconds, Counter[str](), 0
    while time.monotonic() < end:
        number += 1
        choose = random.Random(f"{seed}/{number}")
        job = choose.choice([random_form, random_derivative, random_derivative])
        try:
            with patience(PATIENCE):
                claim = job(choose)
        except (Slow, ValueError, TypeError, KeyError, AttributeError):
            continue  # SymPy does not build every expression
        if claim is None:
            continue
        kind, wrong = judged(claim, number)
        counts[f"{claim.kind} {kind}"] += 1
        if wrong:
            counts["FAILURES"] += kind != "crash"  # which is unknown to whoever asked
            small = minimised(claim, kind, number)
            report(
                f"{as_test(small, kind, judged(small, number, 80)[1] or wrong)}  # {seed}/{number}"
            )
        elif kind == "slow":
            report(f"{as_test(claim, kind, 'no verdict in time')}  # {seed}/{number}")
        if claim.kind == "form":
            reading, wrong = misread(claim.written, number)
            counts[f"normal {reading}"] += 1
            if wrong:
                counts["FAILURES"] += 1
                report(f"# misread {seed}/{number}: {code(claim.written)}: {wrong}")
    return counts
