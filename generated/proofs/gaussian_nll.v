(* Written by `lossproof certify` from specs/regression/gaussian_nll.py; do not edit. *)

(** * gaussian nll

    Gaussian negative log-likelihood with a predicted variance, constant dropped.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: log(variance)/2 + (ŷ - y)²/(2·variance) *)
Definition value (pred target variance : R) : R :=
  ln variance / 2 + (pred - target) ^ 2 / (2 * variance).

(** Its gradient in pred: (ŷ - y)/variance *)
Definition gradient_pred (pred target variance : R) : R := (pred - target) / variance.

(** Its gradient in variance: (1 - (ŷ - y)²/variance)/(2·variance) *)
Definition gradient_variance (pred target variance : R) : R :=
  (1 - (pred - target) ^ 2 / variance) / (2 * variance).

(** The diagonal of its Hessian in pred: 1/variance *)
Definition hessian_pred (pred target variance : R) : R := / variance.

(** The diagonal of its Hessian in variance: ((ŷ - y)²/variance - 1/2)/variance² *)
Definition hessian_variance (pred target variance : R) : R :=
  ((pred - target) ^ 2 / variance - 1 / 2) / variance ^ 2.

(** ** gradient[pred] *)

(** gradient_pred is the derivative of value in pred. *)
Theorem gradient_pred_is_derivative :
  forall pred target variance : R,
  0 < variance ->
  is_derive (fun pred : R => value pred target variance) pred (gradient_pred pred target variance).
Proof.
  intros. unfold value.
  unfold gradient_pred. smooth.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_pred_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target variance : nat -> R) (k : nat),
  (k < n)%nat ->
  0 < variance k ->
  is_partial (fun pred => reduced n weight divisor (fun i => value (pred i) (target i) (variance
    i))) pred k
    (weight k / divisor * gradient_pred (pred k) (target k) (variance k)).
Proof.
  intros.
  apply (reduced_is_partial n weight divisor (fun i h => value h (target i) (variance i)));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_pred_mean :
  forall (n : nat) (pred target variance : nat -> R) (k : nat),
  (k < n)%nat ->
  0 < variance k ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i) (variance i)) / INR n) pred k
    (gradient_pred (pred k) (target k) (variance k) / INR n).
Proof.
  intros.
  apply (mean_is_partial n (fun i h => value h (target i) (variance i)));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_pred_sum :
  forall (n : nat) (pred target variance : nat -> R) (k : nat),
  (k < n)%nat ->
  0 < variance k ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i) (variance i))) pred k
    (gradient_pred (pred k) (target k) (variance k)).
Proof.
  intros.
  apply (sum_is_partial n (fun i h => value h (target i) (variance i)));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** ** gradient[variance] *)

(** gradient_variance is the derivative of value in variance. *)
Theorem gradient_variance_is_derivative :
  forall pred target variance : R,
  0 < variance ->
  is_derive (fun variance : R => value pred target variance) variance
    (gradient_variance pred target variance).
Proof.
  intros. unfold value.
  unfold gradient_variance. smooth.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_variance_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target variance : nat -> R) (k : nat),
  (k < n)%nat ->
  0 < variance k ->
  is_partial (fun variance => reduced n weight divisor (fun i => value (pred i) (target i) (variance
    i))) variance k
    (weight k / divisor * gradient_variance (pred k) (target k) (variance k)).
Proof.
  intros.
  apply (reduced_is_partial n weight divisor (fun i h => value (pred i) (target i) h));
  [ | apply gradient_variance_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_variance_mean :
  forall (n : nat) (pred target variance : nat -> R) (k : nat),
  (k < n)%nat ->
  0 < variance k ->
  is_partial (fun variance => Sum n (fun i => value (pred i) (target i) (variance i)) / INR n)
    variance k
    (gradient_variance (pred k) (target k) (variance k) / INR n).
Proof.
  intros.
  apply (mean_is_partial n (fun i h => value (pred i) (target i) h));
  [ | apply gradient_variance_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_variance_sum :
  forall (n : nat) (pred target variance : nat -> R) (k : nat),
  (k < n)%nat ->
  0 < variance k ->
  is_partial (fun variance => Sum n (fun i => value (pred i) (target i) (variance i))) variance k
    (gradient_variance (pred k) (target k) (variance k)).
Proof.
  intros.
  apply (sum_is_partial n (fun i h => value (pred i) (target i) h));
  [ | apply gradient_variance_is_derivative ]; assumption.
Qed.

(** ** hessian[pred] *)

(** hessian_pred is the derivative of gradient_pred in pred. *)
Theorem hessian_pred_is_derivative :
  forall pred target variance : R,
  0 < variance ->
  is_derive (fun pred : R => gradient_pred pred target variance) pred
    (hessian_pred pred target variance).
Proof.
  intros. unfold gradient_pred.
  unfold hessian_pred. smooth.
Qed.

(** ** hessian[variance] *)

(** hessian_variance is the derivative of gradient_variance in variance. *)
Theorem hessian_variance_is_derivative :
  forall pred target variance : R,
  0 < variance ->
  is_derive (fun variance : R => gradient_variance pred target variance) variance
    (hessian_variance pred target variance).
Proof.
  intros. unfold gradient_variance.
  unfold hessian_variance. smooth.
Qed.

(** ** properties *)

(** value is convex in pred: no point of its graph lies above a chord. *)
Theorem convex :
  forall pred target variance other share : R,
  0 < variance ->
  0 < share < 1 ->
  value (share * pred + (1 - share) * other) target variance <=
    share * value pred target variance + (1 - share) * value other target variance.
Proof.
  intros.
  apply (convex_by_curvature (fun pred : R => value pred target variance)
    (fun pred : R => gradient_pred pred target variance) (fun pred : R => hessian_pred pred target variance));
  [ intro; apply gradient_pred_is_derivative; assumption
  | intro; apply hessian_pred_is_derivative; assumption
  | intro; unfold hessian_pred; curvature
  | assumption ].
Qed.
