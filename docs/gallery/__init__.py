"""Objectives that people published, as our own code: what each claims, and what comes of it.

The mathematics is that of the source, the code is ours. ``lossproof audit`` reads it as it is:

    cd docs
    lossproof audit gallery.robust:xgboost_huber --loss gallery.robust:huber_loss
"""

from importlib.util import find_spec

from derive.auditing.gallery import Entry
from gallery import boosting, classes_and_counts, likelihoods, robust, vectors

NEEDED = ("torch",)

ENTRIES: tuple[Entry, ...] = (
    *boosting.ENTRIES,
    *classes_and_counts.ENTRIES,
    *robust.ENTRIES,
    *likelihoods.ENTRIES,
    *vectors.ENTRIES,
)

if find_spec("torch"):
    from gallery import autograd

    ENTRIES += autograd.ENTRIES

__all__ = ["ENTRIES"]
