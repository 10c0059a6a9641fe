"""What was done wrong, by the change that puts it right."""

from __future__ import annotations

_MISTAKES = {
    "sign": "a sign is wrong",
    "constant": "a constant is wrong",
    "exponent": "a power is wrong",
    "dropped term": "there is a term too many",
    "doubled term": "a term counts once that should count twice",
    "added term": "a term is missing",
    "dropped factor": "there is a factor too many",
    "doubled factor": "a factor is missing",
    "added factor": "a factor is missing",
    "added divisor": "a divisor is missing",
    "another part": "another quantity belongs here",
    "swapped branches": "the branches are swapped",
    "missing branch": "a branch is missing: elsewhere it is zero",
    "dropped branch": "there is a branch too many",
    "strict for non-strict, or back": "the condition is wrong at equality",
    "reversed condition": "the condition is reversed",
    "negated threshold": "the sign of a threshold is wrong",
    "dropped threshold": "the threshold is wrong",
    "and for or, or back": "the condition joins its parts wrongly",
    "dropped condition": "the condition is too narrow",
    "dropped sum": "there is a sum too many",
    "mean for sum": "a sum should be a mean",
    "wrong axis": "the sum is over the wrong axis",
    "added sum": "a sum over the entries is missing",
    "added mean": "a mean over the entries is missing",
    "divided by the length": "the factor 1/n is missing",
    "multiplied by the length": "there is a factor 1/n too many",
    "default for parameter": "a parameter stands where a number belongs",
    "another parameter": "another parameter belongs here",
    "another function": "another function belongs here",
    "argument for function": "there is a function too many",
    "added absolute value": "an absolute value is missing",
    "sign for argument": "only the sign of this quantity counts",
}


def mistake(operator: str) -> str:
    """The mistake that the edit of this name puts right."""
    if operator in _MISTAKES:
        return _MISTAKES[operator]
    right, wrong = operator.split(" for ")
    return f"{wrong} stands where {right} belongs"
