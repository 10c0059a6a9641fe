(* Written by `lossproof certify` from specs/regression/cauchy.py; do not edit. *)

(** * cauchy

    Cauchy loss: logarithmic in large residuals, so that outliers hardly count.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: δ²·log(1 + (ŷ - y)²/δ²)/2 *)
Definition value (pred target delta : R) : R :=
  delta ^ 2 * ln (1 + (pred - target) ^ 2 / delta ^ 2) / 2.

(** Its gradient in pred: (ŷ - y)/(1 + (ŷ - y)²/δ²) *)
Definition gradient_pred (pred target delta : R) : R :=
  (pred - target) / (1 + (pred - target) ^ 2 / delta ^ 2).

(** The diagonal of its Hessian in pred: (1 - (ŷ - y)²/δ²)/(1 + (ŷ - y)²/δ²)² *)
Definition hessian (pred target delta : R) : R :=
  (1 - (pred - target) ^ 2 / delta ^ 2) / (1 + (pred - target) ^ 2 / delta ^ 2) ^ 2.

(** Its gradient in delta: δ·(log(1 + (ŷ - y)²/δ²) - (ŷ - y)²/(δ²·(1 + (ŷ - y)²/δ²))) *)
Definition gradient_delta (pred target delta : R) : R :=
  delta * (ln (1 + (pred - target) ^ 2 / delta ^ 2) - (pred - target) ^ 2 / (delta ^ 2 * (1 + (pred
    - target) ^ 2 / delta ^ 2))).

(** ** gradient[pred] *)

(** gradient_pred is the derivative of value in pred. *)
Theorem gradient_pred_is_derivative :
  forall pred target delta : R,
  0 < delta ->
  is_derive (fun pred : R => value pred target delta) pred (gradient_pred pred target delta).
Proof.
  intros. unfold value.
  unfold gradient_pred. smooth.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_pred_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (delta : R) (k : nat),
  (k < n)%nat ->
  0 < delta ->
  is_partial (fun pred => reduced n weight divisor (fun i => value (pred i) (target i) delta)) pred
    k
    (weight k / divisor * gradient_pred (pred k) (target k) delta).
Proof.
  intros.
  apply (reduced_is_partial n weight divisor (fun i h => value h (target i) delta));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_pred_mean :
  forall (n : nat) (pred target : nat -> R) (delta : R) (k : nat),
  (k < n)%nat ->
  0 < delta ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i) delta) / INR n) pred k
    (gradient_pred (pred k) (target k) delta / INR n).
Proof.
  intros.
  apply (mean_is_partial n (fun i h => value h (target i) delta));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_pred_sum :
  forall (n : nat) (pred target : nat -> R) (delta : R) (k : nat),
  (k < n)%nat ->
  0 < delta ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i) delta)) pred k
    (gradient_pred (pred k) (target k) delta).
Proof.
  intros.
  apply (sum_is_partial n (fun i h => value h (target i) delta));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** ** hessian *)

(** hessian is the derivative of gradient_pred in pred. *)
Theorem hessian_is_derivative :
  forall pred target delta : R,
  0 < delta ->
  is_derive (fun pred : R => gradient_pred pred target delta) pred (hessian pred target delta).
Proof.
  intros. unfold gradient_pred.
  unfold hessian. smooth.
Qed.

(** ** gradient[delta] *)

(** gradient_delta is the derivative of value in delta. *)
Theorem gradient_delta_is_derivative :
  forall pred target delta : R,
  0 < delta ->
  is_derive (fun delta : R => value pred target delta) delta (gradient_delta pred target delta).
Proof.
  intros. unfold value.
  unfold gradient_delta. smooth.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_delta_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (delta : R),
  0 < delta ->
  is_derive (fun delta : R => reduced n weight divisor (fun i => value (pred i) (target i) delta))
    delta
    (reduced n weight divisor (fun i => gradient_delta (pred i) (target i) delta)).
Proof.
  intros.
  apply (reduced_in_parameter n weight divisor (fun i delta => value (pred i) (target i) delta)).
  intro i. apply gradient_delta_is_derivative; auto.
Qed.
