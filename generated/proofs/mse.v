(* Written by `lossproof certify` from specs/regression/mse.py; do not edit. *)

(** * mse

    Mean squared error: the square of the residual.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: (ŷ - y)² *)
Definition value (pred target : R) : R := (pred - target) ^ 2.

(** Its gradient in pred: 2·ŷ - 2·y *)
Definition gradient_pred (pred target : R) : R := 2 * pred - 2 * target.

(** Its gradient in target: 2·y - 2·ŷ *)
Definition gradient_target (pred target : R) : R := 2 * target - 2 * pred.

(** The diagonal of its Hessian in pred: 2 *)
Definition hessian (pred target : R) : R := 2.

(** ** gradient[pred] *)

(** gradient_pred is the derivative of value in pred. *)
Theorem gradient_pred_is_derivative :
  forall pred target : R,
  is_derive (fun pred : R => value pred target) pred (gradient_pred pred target).
Proof.
  intros. unfold value.
  unfold gradient_pred. smooth.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_pred_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  is_partial (fun pred => reduced n weight divisor (fun i => value (pred i) (target i))) pred k
    (weight k / divisor * gradient_pred (pred k) (target k)).
Proof.
  intros.
  apply (reduced_is_partial n weight divisor (fun i h => value h (target i)));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_pred_mean :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i)) / INR n) pred k
    (gradient_pred (pred k) (target k) / INR n).
Proof.
  intros.
  apply (mean_is_partial n (fun i h => value h (target i)));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_pred_sum :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i))) pred k
    (gradient_pred (pred k) (target k)).
Proof.
  intros.
  apply (sum_is_partial n (fun i h => value h (target i)));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** ** gradient[target] *)

(** gradient_target is the derivative of value in target. *)
Theorem gradient_target_is_derivative :
  forall pred target : R,
  is_derive (fun target : R => value pred target) target (gradient_target pred target).
Proof.
  intros. unfold value.
  unfold gradient_target. smooth.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_target_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  is_partial (fun target => reduced n weight divisor (fun i => value (pred i) (target i))) target k
    (weight k / divisor * gradient_target (pred k) (target k)).
Proof.
  intros.
  apply (reduced_is_partial n weight divisor (fun i h => value (pred i) h));
  [ | apply gradient_target_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_target_mean :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  is_partial (fun target => Sum n (fun i => value (pred i) (target i)) / INR n) target k
    (gradient_target (pred k) (target k) / INR n).
Proof.
  intros.
  apply (mean_is_partial n (fun i h => value (pred i) h));
  [ | apply gradient_target_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_target_sum :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  is_partial (fun target => Sum n (fun i => value (pred i) (target i))) target k
    (gradient_target (pred k) (target k)).
Proof.
  intros.
  apply (sum_is_partial n (fun i h => value (pred i) h));
  [ | apply gradient_target_is_derivative ]; assumption.
Qed.

(** ** hessian *)

(** hessian is the derivative of gradient_pred in pred. *)
Theorem hessian_is_derivative :
  forall pred target : R,
  is_derive (fun pred : R => gradient_pred pred target) pred (hessian pred target).
Proof.
  intros. unfold gradient_pred.
  unfold hessian. smooth.
Qed.

(** ** properties *)

(** value is convex in pred: no point of its graph lies above a chord. *)
Theorem convex :
  forall pred target other share : R,
  0 < share < 1 ->
  value (share * pred + (1 - share) * other) target <=
    share * value pred target + (1 - share) * value other target.
Proof.
  intros.
  apply (convex_by_curvature (fun pred : R => value pred target)
    (fun pred : R => gradient_pred pred target) (fun pred : R => hessian pred target));
  [ intro; apply gradient_pred_is_derivative; assumption
  | intro; apply hessian_is_derivative; assumption
  | intro; unfold hessian; curvature
  | assumption ].
Qed.
