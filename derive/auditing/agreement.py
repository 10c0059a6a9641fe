"""Whether the formula of a function gives the numbers that the function itself computes.

What was traced is exact; this runs the function on floating point numbers and compares. It proves
nothing, and it stops a mistake in our reading of the code from becoming a verdict.
"""

from __future__ import annotations

import math

from sympy import S

from derive.auditing.snippet import called_with, element, returned
from derive.auditing.trace import Trace
from derive.prove.balls import OnBoundary, evaluate
from derive.prove.field import OutsideClass
from derive.prove.points import Domain, points

_POINTS = 24
_TOLERANCE = 1e-6


def disagreement(trace: Trace, domain: Domain) -> str:
    """Where formula and function differ, or that no point told; nothing if they agree."""
    compared = 0
    for shape in domain.shapes():
        sample = [*points(domain, shape, _POINTS)]
        for point in sample[len(sample) // 2 :]:
            arguments = called_with(trace, point.tensors, point.parameters, shape)
            scales = {scale.name: S.One for scale in trace.scales}
            point.parameters.update(scales)
            for place, output in enumerate(trace.outputs):
                result = returned(trace, arguments, place)
                if result is None:
                    continue
                for index in point.indices():
                    try:
                        ball = evaluate(output.expression, point.at(index), strict=False)
                        code = element(result, output.axes, index)
                    except (OnBoundary, OutsideClass, ZeroDivisionError, IndexError, ValueError):
                        continue
                    if not ball.is_finite() or not math.isfinite(code):
                        continue
                    exact = float(ball.mid())
                    if abs(exact - code) > _TOLERANCE * (1 + abs(exact)):
                        return f"the code gives {code} where its formula gives {exact}"
                    compared += 1
    return "" if compared else "the code gives a finite number at no sample point"
