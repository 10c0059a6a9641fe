(* Written by `lossproof certify` from specs/classification/hinge.py; do not edit. *)

(** * hinge

    Hinge loss: linear in how far the margin falls short of one.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: max(0, 1 - ŷ·y) *)
Definition value (pred target : R) : R := Rmax (1 - pred * target) 0.

(** Its gradient in pred: {-y if ŷ·y < 1; else 0} *)
Definition gradient (pred target : R) : R := if Rlt_dec (pred * target) 1 then - target else 0.

(** The diagonal of its Hessian in pred: 0 *)
Definition hessian (pred target : R) : R := 0.

(** ** gradient *)

(** gradient is the derivative of value in pred. *)
Theorem gradient_is_derivative :
  forall pred target : R,
  1 - pred * target <> 0 ->
  is_derive (fun pred : R => value pred target) pred (gradient pred target).
Proof.
  intros. unfold value.
  destruct (Rtotal_order (pred * target) 1) as [?|[?|?]];
  destruct (Rtotal_order target 0) as [?|[?|?]].
  - replace (gradient pred target) with (- target) by (unfold gradient; by_cases).
    region (fun pred : R => 1 - pred * target) (fun pred : R => pred * target < 1).
  - replace (gradient pred target) with (- target) by (unfold gradient; by_cases).
    region (fun pred : R => 1 - pred * target) (fun pred : R => pred * target < 1).
  - replace (gradient pred target) with (- target) by (unfold gradient; by_cases).
    region (fun pred : R => 1 - pred * target) (fun pred : R => pred * target < 1).
  - impossible.
  - impossible.
  - impossible.
  - replace (gradient pred target) with 0 by (unfold gradient; by_cases).
    region (fun pred : R => 0) (fun pred : R => 1 < pred * target).
  - impossible.
  - replace (gradient pred target) with 0 by (unfold gradient; by_cases).
    region (fun pred : R => 0) (fun pred : R => 1 < pred * target).
Qed.

(** At the kink it lies between the slopes on both sides: a margin of exactly one is met: nothing is
  left to improve. *)
Theorem gradient_at_kink :
  forall pred target : R,
  1 - pred * target = 0 ->
  between_slopes (fun pred : R => value pred target) pred (gradient pred target).
Proof.
  intros. unfold value.
  destruct (Rtotal_order (pred * target) 1) as [?|[?|?]];
  destruct (Rtotal_order target 0) as [?|[?|?]].
  - impossible.
  - impossible.
  - impossible.
  - replace (gradient pred target) with 0 by (unfold gradient; by_cases).
    kink
    (fun pred : R => 0) (fun pred : R => 0)
    (fun pred : R => 1 - pred * target) (fun pred : R => - target)
    (fun pred : R => True).
  - impossible.
  - replace (gradient pred target) with 0 by (unfold gradient; by_cases).
    kink
    (fun pred : R => 1 - pred * target) (fun pred : R => - target)
    (fun pred : R => 0) (fun pred : R => 0)
    (fun pred : R => True).
  - impossible.
  - impossible.
  - impossible.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  1 - pred k * target k <> 0 ->
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
  1 - pred k * target k <> 0 ->
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
  1 - pred k * target k <> 0 ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i))) pred k
    (gradient (pred k) (target k)).
Proof.
  intros.
  apply (sum_is_partial n (fun i h => value h (target i)));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_reduced_at_kink :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  1 - pred k * target k = 0 ->
  is_partial_at_kink (fun pred => reduced n weight divisor (fun i => value (pred i) (target i)))
    pred k
    (weight k / divisor * gradient (pred k) (target k)).
Proof.
  intros.
  apply (reduced_is_partial_at_kink n weight divisor (fun i h => value h (target i)));
  [ | apply gradient_at_kink ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_mean_at_kink :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  1 - pred k * target k = 0 ->
  is_partial_at_kink (fun pred => Sum n (fun i => value (pred i) (target i)) / INR n) pred k
    (gradient (pred k) (target k) / INR n).
Proof.
  intros.
  apply (mean_is_partial_at_kink n (fun i h => value h (target i)));
  [ | apply gradient_at_kink ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_sum_at_kink :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  1 - pred k * target k = 0 ->
  is_partial_at_kink (fun pred => Sum n (fun i => value (pred i) (target i))) pred k
    (gradient (pred k) (target k)).
Proof.
  intros.
  apply (sum_is_partial_at_kink n (fun i h => value h (target i)));
  [ | apply gradient_at_kink ]; assumption.
Qed.

(** ** hessian *)

(** hessian is the derivative of gradient in pred. *)
Theorem hessian_is_derivative :
  forall pred target : R,
  1 - pred * target <> 0 ->
  is_derive (fun pred : R => gradient pred target) pred (hessian pred target).
Proof.
  intros. unfold gradient.
  destruct (Rtotal_order (pred * target) 1) as [?|[?|?]];
  destruct (Rtotal_order target 0) as [?|[?|?]].
  - replace (hessian pred target) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => - target) (fun pred : R => pred * target < 1).
  - replace (hessian pred target) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => - target) (fun pred : R => pred * target < 1).
  - replace (hessian pred target) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => - target) (fun pred : R => pred * target < 1).
  - impossible.
  - impossible.
  - impossible.
  - replace (hessian pred target) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => 0) (fun pred : R => 1 < pred * target).
  - impossible.
  - replace (hessian pred target) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => 0) (fun pred : R => 1 < pred * target).
Qed.

(** At the kink it lies between the slopes on both sides: a margin of exactly one is met: nothing is
  left to improve. *)
Theorem hessian_at_kink :
  forall pred target : R,
  1 - pred * target = 0 ->
  between_slopes (fun pred : R => gradient pred target) pred (hessian pred target).
Proof.
  intros. unfold gradient.
  destruct (Rtotal_order (pred * target) 1) as [?|[?|?]];
  destruct (Rtotal_order target 0) as [?|[?|?]].
  - impossible.
  - impossible.
  - impossible.
  - replace (hessian pred target) with 0 by (unfold hessian; by_cases).
    kink
    (fun pred : R => 0) (fun pred : R => 0)
    (fun pred : R => - target) (fun pred : R => 0)
    (fun pred : R => True).
  - impossible.
  - replace (hessian pred target) with 0 by (unfold hessian; by_cases).
    kink
    (fun pred : R => - target) (fun pred : R => 0)
    (fun pred : R => 0) (fun pred : R => 0)
    (fun pred : R => True).
  - impossible.
  - impossible.
  - impossible.
Qed.
