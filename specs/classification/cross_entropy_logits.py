"""Cross-entropy of logits: minus the target-weighted sum of their log-softmax."""

from sympy import exp, log

from derive import Loss, Sum, convex, direction, pred, shift_invariant, target

log_softmax = pred - log(Sum(exp(pred)))
softmax = exp(pred) / Sum(exp(pred))

cross_entropy_logits = Loss(
    value=-Sum(target * log_softmax),
    gradient={pred: Sum(target) * softmax - target, target: -log_softmax},
    hessian=Sum(target) * softmax * (1 - softmax),
    hvp=Sum(target) * softmax * (direction - Sum(softmax * direction)),
    labels=True,
    claims=[
        convex.where(target >= 0),
        shift_invariant,
    ],
    same_as={
        "torch.nn.functional.cross_entropy": 1,
        "optax.losses.softmax_cross_entropy": 1,
        "keras.losses.CategoricalCrossentropy(from_logits=True)": 1,
    },
    references=["Bridle 1990, doi:10.1007/978-3-642-76153-9_28"],
)
