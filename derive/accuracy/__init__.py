"""Measures how far floating-point code is from the exact values of the declared formulas.

``points`` chooses where, ``exact`` says what a formula is worth there, ``ulp`` counts errors in
units in the last place, and ``measure`` sums them up::

    places = samples(loss, np.float64)
    expected = references(loss.value, places)  # costs the most: keep it
    measure(compute, expected).worst           # compute(inputs, parameters) -> array
"""
