(* Written by `lossproof certify` from specs/regression/huber.py; do not edit. *)

(** * huber

    Huber loss: quadratic for small residuals, linear for large ones.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: {(ŷ - y)²/2 if |ŷ - y| ≤ δ; else δ·(|ŷ - y| - δ/2)} *)
Definition value (pred target delta : R) : R :=
  if Rle_dec (Rabs (pred - target)) delta then (pred - target) ^ 2 / 2 else delta * (Rabs (pred -
    target) - delta / 2).

(** Its gradient in pred: {ŷ - y if |ŷ - y| ≤ δ; else δ·sign(ŷ - y)} *)
Definition gradient (pred target delta : R) : R :=
  if Rle_dec (Rabs (pred - target)) delta then pred - target else delta * sign (pred - target).

(** The diagonal of its Hessian in pred: {1 if |ŷ - y| ≤ δ; else 0} *)
Definition hessian (pred target delta : R) : R :=
  if Rle_dec (Rabs (pred - target)) delta then 1 else 0.

(** LossFunctions.jl, src/losses/distance.jl: {(ŷ - y)²/2 if |ŷ - y| ≤ δ; else δ·|ŷ - y| - δ³/2} *)
Definition lossfunctions_huber_documented (pred target delta : R) : R :=
  if Rle_dec (Rabs (pred - target)) delta then (pred - target) ^ 2 / 2 else delta * Rabs (pred -
    target) - delta ^ 3 / 2.

(** TorchLean, NN/Spec/Layers/Loss.lean: {(ŷ - y)²/(2·δ) if |ŷ - y| < δ; else |ŷ - y| - δ/2} *)
Definition torchlean_huber_name (pred target delta : R) : R :=
  if Rlt_dec (Rabs (pred - target)) delta then (pred - target) ^ 2 / (2 * delta) else Rabs (pred -
    target) - delta / 2.

(** ** gradient *)

(** gradient is the derivative of value in pred. *)
Theorem gradient_is_derivative :
  forall pred target delta : R,
  0 < delta ->
  is_derive (fun pred : R => value pred target delta) pred (gradient pred target delta).
Proof.
  intros. unfold value.
  destruct (Rtotal_order delta (Rabs (pred - target))) as [?|[?|?]];
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - replace (gradient pred target delta) with (- delta) by (unfold gradient; by_cases).
    region
    (fun pred : R => delta * (target - pred - delta / 2))
    (fun pred : R => delta < Rabs (pred - target) /\ pred < target).
  - impossible.
  - replace (gradient pred target delta) with delta by (unfold gradient; by_cases).
    region
    (fun pred : R => delta * (pred - target - delta / 2))
    (fun pred : R => delta < Rabs (pred - target) /\ target < pred).
  - replace (gradient pred target delta) with (pred - target) by (unfold gradient; by_cases).
    junction
    (fun pred : R => delta * (target - pred - delta / 2))
    (fun pred : R => (pred - target) ^ 2 / 2)
    (fun pred : R => pred < target).
  - impossible.
  - replace (gradient pred target delta) with (pred - target) by (unfold gradient; by_cases).
    junction
    (fun pred : R => (pred - target) ^ 2 / 2)
    (fun pred : R => delta * (pred - target - delta / 2))
    (fun pred : R => target < pred).
  - replace (gradient pred target delta) with (pred - target) by (unfold gradient; by_cases).
    region
    (fun pred : R => (pred - target) ^ 2 / 2)
    (fun pred : R => Rabs (pred - target) < delta /\ pred < target).
  - replace (gradient pred target delta) with (pred - target) by (unfold gradient; by_cases).
    region (fun pred : R => (pred - target) ^ 2 / 2) (fun pred : R => Rabs (pred - target) < delta).
  - replace (gradient pred target delta) with (pred - target) by (unfold gradient; by_cases).
    region
    (fun pred : R => (pred - target) ^ 2 / 2)
    (fun pred : R => Rabs (pred - target) < delta /\ target < pred).
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (delta : R) (k : nat),
  (k < n)%nat ->
  0 < delta ->
  is_partial (fun pred => reduced n weight divisor (fun i => value (pred i) (target i) delta)) pred
    k
    (weight k / divisor * gradient (pred k) (target k) delta).
Proof.
  intros.
  apply (reduced_is_partial n weight divisor (fun i h => value h (target i) delta));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_mean :
  forall (n : nat) (pred target : nat -> R) (delta : R) (k : nat),
  (k < n)%nat ->
  0 < delta ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i) delta) / INR n) pred k
    (gradient (pred k) (target k) delta / INR n).
Proof.
  intros.
  apply (mean_is_partial n (fun i h => value h (target i) delta));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_sum :
  forall (n : nat) (pred target : nat -> R) (delta : R) (k : nat),
  (k < n)%nat ->
  0 < delta ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i) delta)) pred k
    (gradient (pred k) (target k) delta).
Proof.
  intros.
  apply (sum_is_partial n (fun i h => value h (target i) delta));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** ** hessian *)

(** hessian is the derivative of gradient in pred. *)
Theorem hessian_is_derivative :
  forall pred target delta : R,
  0 < delta ->
  Rabs (pred - target) - delta <> 0 ->
  is_derive (fun pred : R => gradient pred target delta) pred (hessian pred target delta).
Proof.
  intros. unfold gradient.
  destruct (Rtotal_order delta (Rabs (pred - target))) as [?|[?|?]];
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - replace (hessian pred target delta) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => - delta) (fun pred : R => delta < Rabs (pred - target) /\ pred < target).
  - impossible.
  - replace (hessian pred target delta) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => delta) (fun pred : R => delta < Rabs (pred - target) /\ target < pred).
  - impossible.
  - impossible.
  - impossible.
  - replace (hessian pred target delta) with 1 by (unfold hessian; by_cases).
    region
    (fun pred : R => pred - target)
    (fun pred : R => Rabs (pred - target) < delta /\ pred < target).
  - replace (hessian pred target delta) with 1 by (unfold hessian; by_cases).
    region (fun pred : R => pred - target) (fun pred : R => Rabs (pred - target) < delta).
  - replace (hessian pred target delta) with 1 by (unfold hessian; by_cases).
    region
    (fun pred : R => pred - target)
    (fun pred : R => Rabs (pred - target) < delta /\ target < pred).
Qed.

(** At the kink it lies between the slopes on both sides: the quadratic side, as in Huber 1964. *)
Theorem hessian_at_kink :
  forall pred target delta : R,
  0 < delta ->
  Rabs (pred - target) - delta = 0 ->
  between_slopes (fun pred : R => gradient pred target delta) pred (hessian pred target delta).
Proof.
  intros. unfold gradient.
  destruct (Rtotal_order delta (Rabs (pred - target))) as [?|[?|?]];
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - impossible.
  - impossible.
  - impossible.
  - replace (hessian pred target delta) with 1 by (unfold hessian; by_cases).
    kink
    (fun pred : R => - delta) (fun pred : R => 0)
    (fun pred : R => pred - target) (fun pred : R => 1)
    (fun pred : R => pred < target).
  - impossible.
  - replace (hessian pred target delta) with 1 by (unfold hessian; by_cases).
    kink
    (fun pred : R => pred - target) (fun pred : R => 1)
    (fun pred : R => delta) (fun pred : R => 0)
    (fun pred : R => target < pred).
  - impossible.
  - impossible.
  - impossible.
Qed.

(** ** properties *)

(** value changes at most delta times as much as pred does. *)
Theorem lipschitz :
  forall pred target delta other : R,
  0 < delta ->
  Rabs (value pred target delta - value other target delta) <= delta * Rabs (pred - other).
Proof.
  intros.
  apply (lipschitz_by_slope (fun pred : R => value pred target delta)
    (fun pred : R => gradient pred target delta));
  [ intro; apply gradient_is_derivative; assumption
  | intro; unfold gradient; slope ].
Qed.

(** ** published: lossfunctions_huber_documented *)

(** It is not the value, at pred = 0; target = 1; delta = 1/2: the documented cube of the threshold
  is its square in the code. *)
Theorem lossfunctions_huber_documented_is_wrong :
  forall (pred target delta : R),
  pred = 0 ->
  target = 1 ->
  delta = 1 / 2 ->
  0 < delta /\ lossfunctions_huber_documented pred target delta <> value pred target delta.
Proof.
  intros. subst.
  split; [ numbers | ].
  unfold lossfunctions_huber_documented, value; numbers.
Qed.

(** ** published: torchlean_huber_name *)

(** It is not the value, at pred = 0; target = 1; delta = 2: smooth L1 is Huber's loss divided by
  delta, not Huber's loss. *)
Theorem torchlean_huber_name_is_wrong :
  forall (pred target delta : R),
  pred = 0 ->
  target = 1 ->
  delta = 2 ->
  0 < delta /\ torchlean_huber_name pred target delta <> value pred target delta.
Proof.
  intros. subst.
  split; [ numbers | ].
  unfold torchlean_huber_name, value; numbers.
Qed.
