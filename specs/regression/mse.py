"""Mean squared error: the square of the residual."""

from derive import Loss, pred, target

residual = pred - target

mse = Loss(
    value=residual**2,
    gradient=2 * residual,
    hessian=2,
    same_as={"torch.nn.functional.mse_loss": 1, "sklearn.metrics.mean_squared_error": 1},
    references=["Legendre 1805, Nouvelles méthodes pour la détermination des orbites des comètes"],
)
