(* Written by `lossproof certify` from specs/regression/mae.py; do not edit. *)

(** * mae

    Mean absolute error: the size of the residual.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: |ŷ - y| *)
Definition value (pred target : R) : R := Rabs (pred - target).

(** Its gradient in pred: sign(ŷ - y) *)
Definition gradient_pred (pred target : R) : R := sign (pred - target).

(** Its gradient in target: -sign(ŷ - y) *)
Definition gradient_target (pred target : R) : R := - sign (pred - target).

(** The diagonal of its Hessian in pred: 0 *)
Definition hessian (pred target : R) : R := 0.

(** ** gradient[pred] *)

(** gradient_pred is the derivative of value in pred. *)
Theorem gradient_pred_is_derivative :
  forall pred target : R,
  pred - target <> 0 ->
  is_derive (fun pred : R => value pred target) pred (gradient_pred pred target).
Proof.
  intros. unfold value.
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - replace (gradient_pred pred target) with (- 1) by (unfold gradient_pred; by_cases).
    region (fun pred : R => target - pred) (fun pred : R => pred < target).
  - impossible.
  - replace (gradient_pred pred target) with 1 by (unfold gradient_pred; by_cases).
    region (fun pred : R => pred - target) (fun pred : R => target < pred).
Qed.

(** At the kink it lies between the slopes on both sides: the middle of [-1, 1], as PyTorch has it:
  a perfect prediction stays put. *)
Theorem gradient_pred_at_kink :
  forall pred target : R,
  pred - target = 0 ->
  between_slopes (fun pred : R => value pred target) pred (gradient_pred pred target).
Proof.
  intros. unfold value.
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - impossible.
  - replace (gradient_pred pred target) with 0 by (unfold gradient_pred; by_cases).
    kink
    (fun pred : R => target - pred) (fun pred : R => - 1)
    (fun pred : R => pred - target) (fun pred : R => 1)
    (fun pred : R => True).
  - impossible.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_pred_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  pred k - target k <> 0 ->
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
  pred k - target k <> 0 ->
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
  pred k - target k <> 0 ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i))) pred k
    (gradient_pred (pred k) (target k)).
Proof.
  intros.
  apply (sum_is_partial n (fun i h => value h (target i)));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_pred_reduced_at_kink :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  pred k - target k = 0 ->
  is_partial_at_kink (fun pred => reduced n weight divisor (fun i => value (pred i) (target i)))
    pred k
    (weight k / divisor * gradient_pred (pred k) (target k)).
Proof.
  intros.
  apply (reduced_is_partial_at_kink n weight divisor (fun i h => value h (target i)));
  [ | apply gradient_pred_at_kink ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_pred_mean_at_kink :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  pred k - target k = 0 ->
  is_partial_at_kink (fun pred => Sum n (fun i => value (pred i) (target i)) / INR n) pred k
    (gradient_pred (pred k) (target k) / INR n).
Proof.
  intros.
  apply (mean_is_partial_at_kink n (fun i h => value h (target i)));
  [ | apply gradient_pred_at_kink ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_pred_sum_at_kink :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  pred k - target k = 0 ->
  is_partial_at_kink (fun pred => Sum n (fun i => value (pred i) (target i))) pred k
    (gradient_pred (pred k) (target k)).
Proof.
  intros.
  apply (sum_is_partial_at_kink n (fun i h => value h (target i)));
  [ | apply gradient_pred_at_kink ]; assumption.
Qed.

(** ** gradient[target] *)

(** gradient_target is the derivative of value in target. *)
Theorem gradient_target_is_derivative :
  forall pred target : R,
  pred - target <> 0 ->
  is_derive (fun target : R => value pred target) target (gradient_target pred target).
Proof.
  intros. unfold value.
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - replace (gradient_target pred target) with 1 by (unfold gradient_target; by_cases).
    region (fun target : R => target - pred) (fun target : R => pred < target).
  - impossible.
  - replace (gradient_target pred target) with (- 1) by (unfold gradient_target; by_cases).
    region (fun target : R => pred - target) (fun target : R => target < pred).
Qed.

(** At the kink it lies between the slopes on both sides: the middle of [-1, 1], as PyTorch has it:
  a perfect prediction stays put. *)
Theorem gradient_target_at_kink :
  forall pred target : R,
  pred - target = 0 ->
  between_slopes (fun target : R => value pred target) target (gradient_target pred target).
Proof.
  intros. unfold value.
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - impossible.
  - replace (gradient_target pred target) with 0 by (unfold gradient_target; by_cases).
    kink
    (fun target : R => pred - target) (fun target : R => - 1)
    (fun target : R => target - pred) (fun target : R => 1)
    (fun target : R => True).
  - impossible.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_target_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  pred k - target k <> 0 ->
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
  pred k - target k <> 0 ->
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
  pred k - target k <> 0 ->
  is_partial (fun target => Sum n (fun i => value (pred i) (target i))) target k
    (gradient_target (pred k) (target k)).
Proof.
  intros.
  apply (sum_is_partial n (fun i h => value (pred i) h));
  [ | apply gradient_target_is_derivative ]; assumption.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_target_reduced_at_kink :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  pred k - target k = 0 ->
  is_partial_at_kink (fun target => reduced n weight divisor (fun i => value (pred i) (target i)))
    target k
    (weight k / divisor * gradient_target (pred k) (target k)).
Proof.
  intros.
  apply (reduced_is_partial_at_kink n weight divisor (fun i h => value (pred i) h));
  [ | apply gradient_target_at_kink ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_target_mean_at_kink :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  pred k - target k = 0 ->
  is_partial_at_kink (fun target => Sum n (fun i => value (pred i) (target i)) / INR n) target k
    (gradient_target (pred k) (target k) / INR n).
Proof.
  intros.
  apply (mean_is_partial_at_kink n (fun i h => value (pred i) h));
  [ | apply gradient_target_at_kink ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_target_sum_at_kink :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  pred k - target k = 0 ->
  is_partial_at_kink (fun target => Sum n (fun i => value (pred i) (target i))) target k
    (gradient_target (pred k) (target k)).
Proof.
  intros.
  apply (sum_is_partial_at_kink n (fun i h => value (pred i) h));
  [ | apply gradient_target_at_kink ]; assumption.
Qed.

(** ** hessian *)

(** hessian is the derivative of gradient_pred in pred. *)
Theorem hessian_is_derivative :
  forall pred target : R,
  pred - target <> 0 ->
  is_derive (fun pred : R => gradient_pred pred target) pred (hessian pred target).
Proof.
  intros. unfold gradient_pred.
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - replace (hessian pred target) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => - 1) (fun pred : R => pred < target).
  - impossible.
  - replace (hessian pred target) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => 1) (fun pred : R => target < pred).
Qed.

(** At the kink it lies between the slopes on both sides: the middle of [-1, 1], as PyTorch has it:
  a perfect prediction stays put. *)
Theorem hessian_at_kink :
  forall pred target : R,
  pred - target = 0 ->
  between_slopes (fun pred : R => gradient_pred pred target) pred (hessian pred target).
Proof.
  intros. unfold gradient_pred.
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - impossible.
  - replace (hessian pred target) with 0 by (unfold hessian; by_cases).
    kink
    (fun pred : R => - 1) (fun pred : R => 0)
    (fun pred : R => 1) (fun pred : R => 0)
    (fun pred : R => True).
  - impossible.
Qed.
