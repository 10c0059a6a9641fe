(* Written by `lossproof certify` from specs/regression/quantile.py; do not edit. *)

(** * quantile

    Quantile (pinball) loss: its mean is least at the q-quantile of the target.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: max(q·(y - ŷ), (y - ŷ)·(q - 1)) *)
Definition value (pred target q : R) : R := Rmax ((target - pred) * (q - 1)) (q * (target - pred)).

(** Its gradient in pred: {-q if ŷ - y < 0; 1 - q if ŷ - y > 0; else 0} *)
Definition gradient_pred (pred target q : R) : R :=
  if Rlt_dec (pred - target) 0 then - q else if Rlt_dec 0 (pred - target) then 1 - q else 0.

(** The diagonal of its Hessian in pred: 0 *)
Definition hessian (pred target q : R) : R := 0.

(** Its gradient in q: y - ŷ *)
Definition gradient_q (pred target q : R) : R := target - pred.

(** LossFunctions.jl, src/losses/distance.jl: {q·(ŷ - y) if ŷ - y ≥ 0; else (ŷ - y)·(q - 1)} *)
Definition lossfunctions_quantile_documented (pred target q : R) : R :=
  if Rle_dec 0 (pred - target) then q * (pred - target) else (pred - target) * (q - 1).

(** ** gradient[pred] *)

(** gradient_pred is the derivative of value in pred. *)
Theorem gradient_pred_is_derivative :
  forall pred target q : R,
  0 < q < 1 ->
  target - pred <> 0 ->
  is_derive (fun pred : R => value pred target q) pred (gradient_pred pred target q).
Proof.
  intros. unfold value.
  destruct (Rtotal_order (q * (target - pred)) ((target - pred) * (q - 1))) as [?|[?|?]].
  - replace (gradient_pred pred target q) with (1 - q) by (unfold gradient_pred; by_cases).
    region
    (fun pred : R => (target - pred) * (q - 1))
    (fun pred : R => q * (target - pred) < (target - pred) * (q - 1)).
  - impossible.
  - replace (gradient_pred pred target q) with (- q) by (unfold gradient_pred; by_cases).
    region
    (fun pred : R => q * (target - pred))
    (fun pred : R => (target - pred) * (q - 1) < q * (target - pred)).
Qed.

(** At the kink it lies between the slopes on both sides: zero lies in [-q, 1 - q]: a perfect
  prediction stays put. *)
Theorem gradient_pred_at_kink :
  forall pred target q : R,
  0 < q < 1 ->
  target - pred = 0 ->
  between_slopes (fun pred : R => value pred target q) pred (gradient_pred pred target q).
Proof.
  intros. unfold value.
  destruct (Rtotal_order (q * (target - pred)) ((target - pred) * (q - 1))) as [?|[?|?]].
  - impossible.
  - replace (gradient_pred pred target q) with 0 by (unfold gradient_pred; by_cases).
    kink
    (fun pred : R => q * (target - pred)) (fun pred : R => - q)
    (fun pred : R => (target - pred) * (q - 1)) (fun pred : R => 1 - q)
    (fun pred : R => True).
  - impossible.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_pred_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (q : R) (k : nat),
  (k < n)%nat ->
  0 < q < 1 ->
  target k - pred k <> 0 ->
  is_partial (fun pred => reduced n weight divisor (fun i => value (pred i) (target i) q)) pred k
    (weight k / divisor * gradient_pred (pred k) (target k) q).
Proof.
  intros.
  apply (reduced_is_partial n weight divisor (fun i h => value h (target i) q));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_pred_mean :
  forall (n : nat) (pred target : nat -> R) (q : R) (k : nat),
  (k < n)%nat ->
  0 < q < 1 ->
  target k - pred k <> 0 ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i) q) / INR n) pred k
    (gradient_pred (pred k) (target k) q / INR n).
Proof.
  intros.
  apply (mean_is_partial n (fun i h => value h (target i) q));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_pred_sum :
  forall (n : nat) (pred target : nat -> R) (q : R) (k : nat),
  (k < n)%nat ->
  0 < q < 1 ->
  target k - pred k <> 0 ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i) q)) pred k
    (gradient_pred (pred k) (target k) q).
Proof.
  intros.
  apply (sum_is_partial n (fun i h => value h (target i) q));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_pred_reduced_at_kink :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (q : R) (k : nat),
  (k < n)%nat ->
  0 < q < 1 ->
  target k - pred k = 0 ->
  is_partial_at_kink (fun pred => reduced n weight divisor (fun i => value (pred i) (target i) q))
    pred k
    (weight k / divisor * gradient_pred (pred k) (target k) q).
Proof.
  intros.
  apply (reduced_is_partial_at_kink n weight divisor (fun i h => value h (target i) q));
  [ | apply gradient_pred_at_kink ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_pred_mean_at_kink :
  forall (n : nat) (pred target : nat -> R) (q : R) (k : nat),
  (k < n)%nat ->
  0 < q < 1 ->
  target k - pred k = 0 ->
  is_partial_at_kink (fun pred => Sum n (fun i => value (pred i) (target i) q) / INR n) pred k
    (gradient_pred (pred k) (target k) q / INR n).
Proof.
  intros.
  apply (mean_is_partial_at_kink n (fun i h => value h (target i) q));
  [ | apply gradient_pred_at_kink ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_pred_sum_at_kink :
  forall (n : nat) (pred target : nat -> R) (q : R) (k : nat),
  (k < n)%nat ->
  0 < q < 1 ->
  target k - pred k = 0 ->
  is_partial_at_kink (fun pred => Sum n (fun i => value (pred i) (target i) q)) pred k
    (gradient_pred (pred k) (target k) q).
Proof.
  intros.
  apply (sum_is_partial_at_kink n (fun i h => value h (target i) q));
  [ | apply gradient_pred_at_kink ]; assumption.
Qed.

(** ** hessian *)

(** hessian is the derivative of gradient_pred in pred. *)
Theorem hessian_is_derivative :
  forall pred target q : R,
  0 < q < 1 ->
  target - pred <> 0 ->
  is_derive (fun pred : R => gradient_pred pred target q) pred (hessian pred target q).
Proof.
  intros. unfold gradient_pred.
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - replace (hessian pred target q) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => - q) (fun pred : R => pred < target).
  - impossible.
  - replace (hessian pred target q) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => 1 - q) (fun pred : R => target < pred).
Qed.

(** At the kink it lies between the slopes on both sides: zero lies in [-q, 1 - q]: a perfect
  prediction stays put. *)
Theorem hessian_at_kink :
  forall pred target q : R,
  0 < q < 1 ->
  target - pred = 0 ->
  between_slopes (fun pred : R => gradient_pred pred target q) pred (hessian pred target q).
Proof.
  intros. unfold gradient_pred.
  destruct (Rtotal_order pred target) as [?|[?|?]].
  - impossible.
  - replace (hessian pred target q) with 0 by (unfold hessian; by_cases).
    kink
    (fun pred : R => - q) (fun pred : R => 0)
    (fun pred : R => 1 - q) (fun pred : R => 0)
    (fun pred : R => True).
  - impossible.
Qed.

(** ** gradient[q] *)

(** gradient_q is the derivative of value in q. *)
Theorem gradient_q_is_derivative :
  forall pred target q : R,
  0 < q < 1 ->
  is_derive (fun q : R => value pred target q) q (gradient_q pred target q).
Proof.
  intros. unfold value.
  destruct (Rtotal_order (q * (target - pred)) ((target - pred) * (q - 1))) as [?|[?|?]].
  - replace (gradient_q pred target q) with (target - pred) by (unfold gradient_q; by_cases).
    region (fun q : R => (target - pred) * (q - 1)) (fun q : R => True).
  - replace (gradient_q pred target q) with (target - pred) by (unfold gradient_q; by_cases).
    region (fun q : R => q * (target - pred)) (fun q : R => True).
  - replace (gradient_q pred target q) with (target - pred) by (unfold gradient_q; by_cases).
    region (fun q : R => q * (target - pred)) (fun q : R => True).
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_q_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (q : R),
  0 < q < 1 ->
  is_derive (fun q : R => reduced n weight divisor (fun i => value (pred i) (target i) q)) q
    (reduced n weight divisor (fun i => gradient_q (pred i) (target i) q)).
Proof.
  intros.
  apply (reduced_in_parameter n weight divisor (fun i q => value (pred i) (target i) q)).
  intro i. apply gradient_q_is_derivative; auto.
Qed.

(** ** published: lossfunctions_quantile_documented *)

(** It is not the value, at pred = 0; target = 1; q = 1/4: the documented weights of both sides are
  exchanged in the code. *)
Theorem lossfunctions_quantile_documented_is_wrong :
  forall (pred target q : R),
  pred = 0 ->
  target = 1 ->
  q = 1 / 4 ->
  0 < q < 1 /\ lossfunctions_quantile_documented pred target q <> value pred target q.
Proof.
  intros. subst.
  split; [ numbers | ].
  unfold lossfunctions_quantile_documented, value; numbers.
Qed.
