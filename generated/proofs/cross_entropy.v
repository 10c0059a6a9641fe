(* Written by `lossproof certify` from specs/classification/cross_entropy.py; do not edit. *)

(** * cross entropy

    Cross-entropy of probabilities, which are clamped away from 0 and 1.

    A slice has [n] entries, for any [n]; [k] is the entry in which a derivative is taken.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss of one entry: -y·log(min(max(ŷ, ε), 1 - ε)) *)
Definition value (pred target eps : R) : R := - (target * ln (Rmin (1 - eps) (Rmax eps pred))).

(** The loss of a slice of n entries: -Σ(y·log(min(max(ŷ, ε), 1 - ε))) *)
Definition slice_value (n : nat) (pred target : nat -> R) (eps : R) : R :=
  - Sum n (fun i => target i * ln (Rmin (1 - eps) (Rmax eps (pred i)))).

(** Its gradient in pred: {-y/ŷ if ŷ ≤ 1 - ε and ŷ ≥ ε; else 0} *)
Definition gradient (pred target eps : R) : R :=
  if Rle_dec pred (1 - eps) then (if Rle_dec eps pred then - (target / pred) else 0) else 0.

(** The diagonal of its Hessian in pred: {y/ŷ² if ŷ ≤ 1 - ε and ŷ ≥ ε; else 0} *)
Definition hessian (pred target eps : R) : R :=
  if Rle_dec pred (1 - eps) then (if Rle_dec eps pred then target / pred ^ 2 else 0) else 0.

(** TorchLean, NN/Spec/Layers/Loss.lean: -y/min(max(ŷ, ε), 1 - ε) *)
Definition torchlean_cross_entropy_gradient (pred target eps : R) : R :=
  - (target / Rmin (1 - eps) (Rmax eps pred)).

(** TorchLean, NN/Spec/Layers/Loss.lean: -Σ(y·log(min(max(ŷ, ε), 1 - ε)))/n *)
Definition torchlean_cross_entropy_mean (n : nat) (pred target : nat -> R) (eps : R) : R :=
  - (Sum n (fun i => target i * ln (Rmin (1 - eps) (Rmax eps (pred i)))) / INR n).

(** ** gradient *)

(** gradient is the derivative of value in pred. *)
Theorem gradient_is_derivative :
  forall pred target eps : R,
  0 <= target ->
  0 < eps < 1 / 2 ->
  (pred - eps) * (pred + eps - 1) <> 0 ->
  is_derive (fun pred : R => value pred target eps) pred (gradient pred target eps).
Proof.
  intros. unfold value.
  destruct (Rtotal_order pred eps) as [?|[?|?]];
  destruct (Rtotal_order pred (1 - eps)) as [?|[?|?]].
  - replace (gradient pred target eps) with 0 by (unfold gradient; by_cases).
    region (fun pred : R => - (target * ln eps)) (fun pred : R => pred < eps /\ pred < 1 - eps).
  - impossible.
  - impossible.
  - impossible.
  - impossible.
  - impossible.
  - replace (gradient pred target eps) with (- (target / pred)) by (unfold gradient; by_cases).
    region (fun pred : R => - (target * ln pred)) (fun pred : R => eps < pred /\ pred < 1 - eps).
  - impossible.
  - replace (gradient pred target eps) with 0 by (unfold gradient; by_cases).
    region (fun pred : R => - (target * ln (1 - eps))) (fun pred : R => eps < pred /\ 1 - eps < pred).
Qed.

(** At the kink it lies between the slopes on both sides: the side of the curve: a prediction on the
  clamp still learns. *)
Theorem gradient_at_kink :
  forall pred target eps : R,
  0 <= target ->
  0 < eps < 1 / 2 ->
  (pred - eps) * (pred + eps - 1) = 0 ->
  between_slopes (fun pred : R => value pred target eps) pred (gradient pred target eps).
Proof.
  intros. unfold value.
  destruct (Rtotal_order pred eps) as [?|[?|?]];
  destruct (Rtotal_order pred (1 - eps)) as [?|[?|?]].
  - impossible.
  - impossible.
  - impossible.
  - replace (gradient pred target eps) with (- (target / pred)) by (unfold gradient; by_cases).
    kink
    (fun pred : R => - (target * ln eps)) (fun pred : R => 0)
    (fun pred : R => - (target * ln pred)) (fun pred : R => - (target / pred))
    (fun pred : R => pred < 1 - eps /\ 0 < pred).
  - impossible.
  - impossible.
  - impossible.
  - replace (gradient pred target eps) with (- (target / pred)) by (unfold gradient; by_cases).
    kink
    (fun pred : R => - (target * ln pred)) (fun pred : R => - (target / pred))
    (fun pred : R => - (target * ln (1 - eps))) (fun pred : R => 0)
    (fun pred : R => eps < pred /\ 0 < pred).
  - impossible.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (eps : R) (k : nat),
  (k < n)%nat ->
  0 <= target k ->
  0 < eps < 1 / 2 ->
  (pred k - eps) * (pred k + eps - 1) <> 0 ->
  is_partial (fun pred => reduced n weight divisor (fun i => value (pred i) (target i) eps)) pred k
    (weight k / divisor * gradient (pred k) (target k) eps).
Proof.
  intros.
  apply (reduced_is_partial n weight divisor (fun i h => value h (target i) eps));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_mean :
  forall (n : nat) (pred target : nat -> R) (eps : R) (k : nat),
  (k < n)%nat ->
  0 <= target k ->
  0 < eps < 1 / 2 ->
  (pred k - eps) * (pred k + eps - 1) <> 0 ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i) eps) / INR n) pred k
    (gradient (pred k) (target k) eps / INR n).
Proof.
  intros.
  apply (mean_is_partial n (fun i h => value h (target i) eps));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_sum :
  forall (n : nat) (pred target : nat -> R) (eps : R) (k : nat),
  (k < n)%nat ->
  0 <= target k ->
  0 < eps < 1 / 2 ->
  (pred k - eps) * (pred k + eps - 1) <> 0 ->
  is_partial (fun pred => Sum n (fun i => value (pred i) (target i) eps)) pred k
    (gradient (pred k) (target k) eps).
Proof.
  intros.
  apply (sum_is_partial n (fun i h => value h (target i) eps));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_reduced_at_kink :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (eps : R) (k : nat),
  (k < n)%nat ->
  0 <= target k ->
  0 < eps < 1 / 2 ->
  (pred k - eps) * (pred k + eps - 1) = 0 ->
  is_partial_at_kink (fun pred => reduced n weight divisor (fun i => value (pred i) (target i) eps))
    pred k
    (weight k / divisor * gradient (pred k) (target k) eps).
Proof.
  intros.
  apply (reduced_is_partial_at_kink n weight divisor (fun i h => value h (target i) eps));
  [ | apply gradient_at_kink ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_mean_at_kink :
  forall (n : nat) (pred target : nat -> R) (eps : R) (k : nat),
  (k < n)%nat ->
  0 <= target k ->
  0 < eps < 1 / 2 ->
  (pred k - eps) * (pred k + eps - 1) = 0 ->
  is_partial_at_kink (fun pred => Sum n (fun i => value (pred i) (target i) eps) / INR n) pred k
    (gradient (pred k) (target k) eps / INR n).
Proof.
  intros.
  apply (mean_is_partial_at_kink n (fun i h => value h (target i) eps));
  [ | apply gradient_at_kink ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_sum_at_kink :
  forall (n : nat) (pred target : nat -> R) (eps : R) (k : nat),
  (k < n)%nat ->
  0 <= target k ->
  0 < eps < 1 / 2 ->
  (pred k - eps) * (pred k + eps - 1) = 0 ->
  is_partial_at_kink (fun pred => Sum n (fun i => value (pred i) (target i) eps)) pred k
    (gradient (pred k) (target k) eps).
Proof.
  intros.
  apply (sum_is_partial_at_kink n (fun i h => value h (target i) eps));
  [ | apply gradient_at_kink ]; assumption.
Qed.

(** The same of a slice. *)
Theorem gradient_slice :
  forall (n : nat) (pred target : nat -> R) (eps : R) (k : nat),
  (k < n)%nat ->
  0 <= target k ->
  0 < eps < 1 / 2 ->
  (pred k - eps) * (pred k + eps - 1) <> 0 ->
  is_partial (fun pred => slice_value n pred target eps) pred k (gradient (pred k) (target k) eps).
Proof.
  intros. unfold is_partial.
  apply (is_derive_ext (fun h : R => Sum n (fun i => value (with_element pred k h i) (target i) eps))).
  { intro h. in_reals. unfold slice_value.
    replace (Sum n (fun i =>
      value (with_element pred k h i) (target i) eps))
      with (Sum n (fun i => (- 1) * (target i * ln (Rmin (1 - eps) (Rmax eps (with_element pred k h
        i))))))
      by (apply Sum_ext; intros; unfold value; ring).
    rewrite Sum_scaled. ring. }
  apply gradient_sum; assumption.
Qed.

(** The same of a slice. *)
Theorem gradient_slice_at_kink :
  forall (n : nat) (pred target : nat -> R) (eps : R) (k : nat),
  (k < n)%nat ->
  0 <= target k ->
  0 < eps < 1 / 2 ->
  (pred k - eps) * (pred k + eps - 1) = 0 ->
  is_partial_at_kink (fun pred => slice_value n pred target eps) pred k
    (gradient (pred k) (target k) eps).
Proof.
  intros. unfold is_partial_at_kink.
  apply (between_slopes_ext (fun h : R => Sum n (fun i => value (with_element pred k h i) (target i) eps))).
  { intro h. in_reals. unfold slice_value.
    replace (Sum n (fun i =>
      value (with_element pred k h i) (target i) eps))
      with (Sum n (fun i => (- 1) * (target i * ln (Rmin (1 - eps) (Rmax eps (with_element pred k h
        i))))))
      by (apply Sum_ext; intros; unfold value; ring).
    rewrite Sum_scaled. ring. }
  apply gradient_sum_at_kink; assumption.
Qed.

(** ** hessian *)

(** hessian is the derivative of gradient in pred. *)
Theorem hessian_is_derivative :
  forall pred target eps : R,
  0 <= target ->
  0 < eps < 1 / 2 ->
  (pred - eps) * (pred + eps - 1) <> 0 ->
  is_derive (fun pred : R => gradient pred target eps) pred (hessian pred target eps).
Proof.
  intros. unfold gradient.
  destruct (Rtotal_order pred (1 - eps)) as [?|[?|?]];
  destruct (Rtotal_order pred eps) as [?|[?|?]].
  - replace (hessian pred target eps) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => 0) (fun pred : R => pred < 1 - eps /\ pred < eps).
  - impossible.
  - replace (hessian pred target eps) with (target / pred ^ 2) by (unfold hessian; by_cases).
    region (fun pred : R => - (target / pred)) (fun pred : R => pred < 1 - eps /\ eps < pred).
  - impossible.
  - impossible.
  - impossible.
  - impossible.
  - impossible.
  - replace (hessian pred target eps) with 0 by (unfold hessian; by_cases).
    region (fun pred : R => 0) (fun pred : R => 1 - eps < pred /\ eps < pred).
Qed.

(** At the kink it lies between the slopes on both sides: the side of the curve: a prediction on the
  clamp still learns. *)
Theorem hessian_at_kink :
  forall pred target eps : R,
  0 <= target ->
  0 < eps < 1 / 2 ->
  (pred - eps) * (pred + eps - 1) = 0 ->
  between_slopes (fun pred : R => gradient pred target eps) pred (hessian pred target eps).
Proof.
  intros. unfold gradient.
  destruct (Rtotal_order pred (1 - eps)) as [?|[?|?]];
  destruct (Rtotal_order pred eps) as [?|[?|?]].
  - impossible.
  - replace (hessian pred target eps) with (target / pred ^ 2) by (unfold hessian; by_cases).
    kink
    (fun pred : R => 0) (fun pred : R => 0)
    (fun pred : R => - (target / pred)) (fun pred : R => target / pred ^ 2)
    (fun pred : R => pred < 1 - eps /\ 0 < pred).
  - impossible.
  - impossible.
  - impossible.
  - replace (hessian pred target eps) with (target / pred ^ 2) by (unfold hessian; by_cases).
    kink
    (fun pred : R => - (target / pred)) (fun pred : R => target / pred ^ 2)
    (fun pred : R => 0) (fun pred : R => 0)
    (fun pred : R => eps < pred /\ 0 < pred).
  - impossible.
  - impossible.
  - impossible.
Qed.

(** ** published: torchlean_cross_entropy_gradient *)

(** It is not the gradient, at pred = 0; target = 1; eps = 1/4: where the prediction is clamped the
  loss is constant and its gradient zero. *)
Theorem torchlean_cross_entropy_gradient_is_wrong :
  forall (pred target eps : R),
  pred = 0 ->
  target = 1 ->
  eps = 1 / 4 ->
  0 <= target /\ 0 < eps < 1 / 2 /\ ~ is_derive (fun pred : R => value pred target eps) pred
    (torchlean_cross_entropy_gradient pred target eps).
Proof.
  intros. subst.
  split; [ numbers | ].
  split; [ numbers | ].
  eapply not_the_derivative.
  - apply gradient_is_derivative; numbers.
  - unfold torchlean_cross_entropy_gradient, gradient; numbers.
Qed.

(** ** published: torchlean_cross_entropy_mean *)

(** It is not the value, at pred = 0, 0; target = 0, 1; eps = 1/4: the loss of a slice is a sum over
  its classes, which are not averaged. *)
Theorem torchlean_cross_entropy_mean_is_wrong :
  forall (n : nat) (pred target : nat -> R) (eps : R),
  n = 2%nat ->
  pred = (fun _ => 0) ->
  target = (fun i => match i with 0%nat => 0 | _ => 1 end) ->
  eps = 1 / 4 ->
  (forall i, (i < n)%nat -> 0 <= target i) /\ 0 < eps < 1 / 2 /\ torchlean_cross_entropy_mean n pred
    target eps <> slice_value n pred target eps.
Proof.
  intros. subst.
  split; [ numbers | ].
  split; [ numbers | ].
  unfold torchlean_cross_entropy_mean, slice_value; numbers.
Qed.
