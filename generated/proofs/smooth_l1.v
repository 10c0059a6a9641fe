(* Written by `lossproof certify` from specs/regression/smooth_l1.py; do not edit. *)

(** * smooth l1

    Smooth L1 loss: the absolute error with its corner rounded off.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: {(ŷ - y)²/(2·δ) if |ŷ - y| ≤ δ; else |ŷ - y| - δ/2} *)
Definition value (pred target delta : R) : R :=
  if Rle_dec (Rabs (pred - target)) delta then (pred - target) ^ 2 / (2 * delta) else Rabs (pred -
    target) - delta / 2.

(** Its gradient in pred: {(ŷ - y)/δ if |ŷ - y| ≤ δ; else sign(ŷ - y)} *)
Definition gradient_pred (pred target delta : R) : R :=
  if Rle_dec (Rabs (pred - target)) delta then (pred - target) / delta else sign (pred - target).

(** The diagonal of its Hessian in pred: {1/δ if |ŷ - y| ≤ δ; else 0} *)
Definition hessian (pred target delta : R) : R :=
  if Rle_dec (Rabs (pred - target)) delta then / delta else 0.

(** Its gradient in delta: -{(ŷ - y)²/(2·δ²) if |ŷ - y| ≤ δ; else 1/2} *)
Definition gradient_delta (pred target delta : R) : R :=
  - (if Rle_dec (Rabs (pred - target)) delta then (pred - target) ^ 2 / (2 * delta ^ 2) else 1 / 2).

(** ** gradient[pred] *)

(** gradient_pred is the derivative of value in pred. *)
Theorem gradient_pred_is_derivative :
  forall pred target delta : R,
  0 < delta ->
  is_derive (fun pred : R => value pred target delta) pred (gradient_pred pred target delta).
Proof.
  intros. unfold value.
  destruct (Rtotal_order delta (Rabs (pred - target))) as [?|[?|?]];
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - replace (gradient_pred pred target delta) with (- 1) by (unfold gradient_pred; by_cases).
    region
    (fun pred : R => target - pred - delta / 2)
    (fun pred : R => delta < Rabs (pred - target) /\ pred < target).
  - impossible.
  - replace (gradient_pred pred target delta) with 1 by (unfold gradient_pred; by_cases).
    region
    (fun pred : R => pred - target - delta / 2)
    (fun pred : R => delta < Rabs (pred - target) /\ target < pred).
  - replace (gradient_pred pred target delta) with ((pred - target) / delta)
    by (unfold gradient_pred; by_cases).
    junction
    (fun pred : R => target - pred - delta / 2)
    (fun pred : R => (pred - target) ^ 2 / (2 * delta))
    (fun pred : R => pred < target).
  - impossible.
  - replace (gradient_pred pred target delta) with ((pred - target) / delta)
    by (unfold gradient_pred; by_cases).
    junction
    (fun pred : R => (pred - target) ^ 2 / (2 * delta))
    (fun pred : R => pred - target - delta / 2)
    (fun pred : R => target < pred).
  - replace (gradient_pred pred target delta) with ((pred - target) / delta)
    by (unfold gradient_pred; by_cases).
    region
    (fun pred : R => (pred - target) ^ 2 / (2 * delta))
    (fun pred : R => Rabs (pred - target) < delta /\ pred < target).
  - replace (gradient_pred pred target delta) with ((pred - target) / delta)
    by (unfold gradient_pred; by_cases).
    region
    (fun pred : R => (pred - target) ^ 2 / (2 * delta))
    (fun pred : R => Rabs (pred - target) < delta).
  - replace (gradient_pred pred target delta) with ((pred - target) / delta)
    by (unfold gradient_pred; by_cases).
    region
    (fun pred : R => (pred - target) ^ 2 / (2 * delta))
    (fun pred : R => Rabs (pred - target) < delta /\ target < pred).
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
  Rabs (pred - target) - delta <> 0 ->
  is_derive (fun pred : R => gradient_pred pred target delta) pred (hessian pred target delta).
Proof.
  intros. unfold gradient_pred.
  destruct (Rtotal_order delta (Rabs (pred - target))) as [?|[?|?]];
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - replace (hessian pred target delta) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => - 1) (fun pred : R => delta < Rabs (pred - target) /\ pred < target).
  - impossible.
  - replace (hessian pred target delta) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => 1) (fun pred : R => delta < Rabs (pred - target) /\ target < pred).
  - impossible.
  - impossible.
  - impossible.
  - replace (hessian pred target delta) with (/ delta) by (unfold hessian; by_cases).
    region
    (fun pred : R => (pred - target) / delta)
    (fun pred : R => Rabs (pred - target) < delta /\ pred < target).
  - replace (hessian pred target delta) with (/ delta) by (unfold hessian; by_cases).
    region (fun pred : R => (pred - target) / delta) (fun pred : R => Rabs (pred - target) < delta).
  - replace (hessian pred target delta) with (/ delta) by (unfold hessian; by_cases).
    region
    (fun pred : R => (pred - target) / delta)
    (fun pred : R => Rabs (pred - target) < delta /\ target < pred).
Qed.

(** At the kink it lies between the slopes on both sides: the side of the parabola, so that the
  curvature is never understated. *)
Theorem hessian_at_kink :
  forall pred target delta : R,
  0 < delta ->
  Rabs (pred - target) - delta = 0 ->
  between_slopes (fun pred : R => gradient_pred pred target delta) pred (hessian pred target delta).
Proof.
  intros. unfold gradient_pred.
  destruct (Rtotal_order delta (Rabs (pred - target))) as [?|[?|?]];
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - impossible.
  - impossible.
  - impossible.
  - replace (hessian pred target delta) with (/ delta) by (unfold hessian; by_cases).
    kink
    (fun pred : R => - 1) (fun pred : R => 0)
    (fun pred : R => (pred - target) / delta) (fun pred : R => / delta)
    (fun pred : R => pred < target).
  - impossible.
  - replace (hessian pred target delta) with (/ delta) by (unfold hessian; by_cases).
    kink
    (fun pred : R => (pred - target) / delta) (fun pred : R => / delta)
    (fun pred : R => 1) (fun pred : R => 0)
    (fun pred : R => target < pred).
  - impossible.
  - impossible.
  - impossible.
Qed.

(** ** gradient[delta] *)

(** gradient_delta is the derivative of value in delta. *)
Theorem gradient_delta_is_derivative :
  forall pred target delta : R,
  0 < delta ->
  is_derive (fun delta : R => value pred target delta) delta (gradient_delta pred target delta).
Proof.
  intros. unfold value.
  destruct (Rtotal_order delta (Rabs (pred - target))) as [?|[?|?]];
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - replace (gradient_delta pred target delta) with (- (1 / 2)) by (unfold gradient_delta; by_cases).
    region (fun delta : R => target - pred - delta / 2) (fun delta : R => delta < Rabs (pred - target)).
  - impossible.
  - replace (gradient_delta pred target delta) with (- (1 / 2)) by (unfold gradient_delta; by_cases).
    region (fun delta : R => pred - target - delta / 2) (fun delta : R => delta < Rabs (pred - target)).
  - replace (gradient_delta pred target delta) with (- ((pred - target) ^ 2 / (2 * delta ^ 2)))
    by (unfold gradient_delta; by_cases).
    junction
    (fun delta : R => target - pred - delta / 2)
    (fun delta : R => (pred - target) ^ 2 / (2 * delta))
    (fun delta : R => True).
  - impossible.
  - replace (gradient_delta pred target delta) with (- ((pred - target) ^ 2 / (2 * delta ^ 2)))
    by (unfold gradient_delta; by_cases).
    junction
    (fun delta : R => pred - target - delta / 2)
    (fun delta : R => (pred - target) ^ 2 / (2 * delta))
    (fun delta : R => True).
  - replace (gradient_delta pred target delta) with (- ((pred - target) ^ 2 / (2 * delta ^ 2)))
    by (unfold gradient_delta; by_cases).
    region
    (fun delta : R => (pred - target) ^ 2 / (2 * delta))
    (fun delta : R => Rabs (pred - target) < delta).
  - replace (gradient_delta pred target delta) with (- ((pred - target) ^ 2 / (2 * delta ^ 2)))
    by (unfold gradient_delta; by_cases).
    region
    (fun delta : R => (pred - target) ^ 2 / (2 * delta))
    (fun delta : R => Rabs (pred - target) < delta).
  - replace (gradient_delta pred target delta) with (- ((pred - target) ^ 2 / (2 * delta ^ 2)))
    by (unfold gradient_delta; by_cases).
    region
    (fun delta : R => (pred - target) ^ 2 / (2 * delta))
    (fun delta : R => Rabs (pred - target) < delta).
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

(** ** properties *)

(** value changes at most 1 times as much as pred does. *)
Theorem lipschitz :
  forall pred target delta other : R,
  0 < delta ->
  Rabs (value pred target delta - value other target delta) <= 1 * Rabs (pred - other).
Proof.
  intros.
  apply (lipschitz_by_slope (fun pred : R => value pred target delta)
    (fun pred : R => gradient_pred pred target delta));
  [ intro; apply gradient_pred_is_derivative; assumption
  | intro; unfold gradient_pred; slope ].
Qed.
