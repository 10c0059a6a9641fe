(* Written by `lossproof certify` from specs/regression/poisson_nll.py; do not edit. *)

(** * poisson nll

    Poisson negative log-likelihood of a predicted logarithm of the rate.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: exp(ŷ) - ŷ·y *)
Definition value (pred target : R) : R := exp pred - pred * target.

(** Its gradient in pred: exp(ŷ) - y *)
Definition gradient (pred target : R) : R := exp pred - target.

(** The diagonal of its Hessian in pred: exp(ŷ) *)
Definition hessian (pred target : R) : R := exp pred.

(** ** gradient *)

(** gradient is the derivative of value in pred. *)
Theorem gradient_is_derivative :
  forall pred target : R,
  0 <= target ->
  is_derive (fun pred : R => value pred target) pred (gradient pred target).
Proof.
  intros. unfold value.
  unfold gradient. smooth.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  0 <= target k ->
  is_partial (fun pred => reduced n weight divisor (fun i => value (pred i) (target i))) pred k
    (weight k / divisor * gradient (pred k) (target k)).
Proof.
  intros.
  apply (reduced_is_partial n weight divisor (fun i h => value h (target i)));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_mean :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  0 <= target k ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i)) / INR n) pred k
    (gradient (pred k) (target k) / INR n).
Proof.
  intros.
  apply (mean_is_partial n (fun i h => value h (target i)));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_sum :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  0 <= target k ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i))) pred k
    (gradient (pred k) (target k)).
Proof.
  intros.
  apply (sum_is_partial n (fun i h => value h (target i)));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** ** hessian *)

(** hessian is the derivative of gradient in pred. *)
Theorem hessian_is_derivative :
  forall pred target : R,
  0 <= target ->
  is_derive (fun pred : R => gradient pred target) pred (hessian pred target).
Proof.
  intros. unfold gradient.
  unfold hessian. smooth.
Qed.

(** ** properties *)

(** value is convex in pred: no point of its graph lies above a chord. *)
Theorem convex :
  forall pred target other share : R,
  0 <= target ->
  0 < share < 1 ->
  value (share * pred + (1 - share) * other) target <=
    share * value pred target + (1 - share) * value other target.
Proof.
  intros.
  apply (convex_by_curvature (fun pred : R => value pred target)
    (fun pred : R => gradient pred target) (fun pred : R => hessian pred target));
  [ intro; apply gradient_is_derivative; assumption
  | intro; apply hessian_is_derivative; assumption
  | intro; unfold hessian; curvature
  | assumption ].
Qed.
