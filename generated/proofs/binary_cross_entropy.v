(* Written by `lossproof certify` from specs/classification/binary_cross_entropy.py; do not edit. *)

(** * binary cross entropy

    Binary cross-entropy of probabilities, which are clamped away from 0 and 1.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: (-y·log(min(max(ŷ, ε), 1 - ε))) - (1 - y)·log(1 - min(max(ŷ, ε), 1 - ε)) *)
Definition value (pred target eps : R) : R :=
  - (target * ln (Rmin (1 - eps) (Rmax eps pred))) - (1 - target) * ln (1 - Rmin (1 - eps) (Rmax eps
    pred)).

(** Its gradient in pred: {(ŷ - y)/(ŷ·(1 - ŷ)) if ŷ ≤ 1 - ε and ŷ ≥ ε; else 0} *)
Definition gradient (pred target eps : R) : R :=
  if Rle_dec pred (1 - eps) then (if Rle_dec eps pred then (pred - target) / (pred * (1 - pred))
    else 0) else 0.

(** The diagonal of its Hessian in pred: {(1 - y)/(1 - ŷ)² + y/ŷ² if ŷ ≤ 1 - ε and ŷ ≥ ε; else 0} *)
Definition hessian (pred target eps : R) : R :=
  if Rle_dec pred (1 - eps) then (if Rle_dec eps pred then (1 - target) / (1 - pred) ^ 2 + target /
    pred ^ 2 else 0) else 0.

(** TorchLean, NN/Spec/Layers/Loss.lean: (min(max(ŷ, ε), 1 - ε) - y)/((1 - min(max(ŷ, ε), 1 -
  ε))·min(max(ŷ, ε), 1 - ε)) *)
Definition torchlean_binary_cross_entropy_gradient (pred target eps : R) : R :=
  (Rmin (1 - eps) (Rmax eps pred) - target) / ((1 - Rmin (1 - eps) (Rmax eps pred)) * Rmin (1 - eps)
    (Rmax eps pred)).

(** ** gradient *)

(** gradient is the derivative of value in pred. *)
Theorem gradient_is_derivative :
  forall pred target eps : R,
  0 <= target <= 1 ->
  0 < eps < 1 / 2 ->
  (pred - eps) * (pred + eps - 1) <> 0 ->
  is_derive (fun pred : R => value pred target eps) pred (gradient pred target eps).
Proof.
  intros. unfold value.
  destruct (Rtotal_order pred eps) as [?|[?|?]];
  destruct (Rtotal_order pred (1 - eps)) as [?|[?|?]].
  - replace (gradient pred target eps) with 0 by (unfold gradient; by_cases).
    region
    (fun pred : R => - (target * ln eps) - (1 - target) * ln (1 - eps))
    (fun pred : R => pred < eps /\ pred < 1 - eps).
  - impossible.
  - impossible.
  - impossible.
  - impossible.
  - impossible.
  - replace (gradient pred target eps) with ((pred - target) / (pred * (1 - pred)))
    by (unfold gradient; by_cases).
    region
    (fun pred : R => - (target * ln pred) - (1 - target) * ln (1 - pred))
    (fun pred : R => eps < pred /\ pred < 1 - eps).
  - impossible.
  - replace (gradient pred target eps) with 0 by (unfold gradient; by_cases).
    region
    (fun pred : R => - (target * ln (1 - eps)) - (1 - target) * ln eps)
    (fun pred : R => eps < pred /\ 1 - eps < pred).
Qed.

(** At the kink it lies between the slopes on both sides: the side of the curve: a prediction on the
  clamp still learns. *)
Theorem gradient_at_kink :
  forall pred target eps : R,
  0 <= target <= 1 ->
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
  - replace (gradient pred target eps) with ((pred - target) / (pred * (1 - pred)))
    by (unfold gradient; by_cases).
    kink
    (fun pred : R => - (target * ln eps) - (1 - target) * ln (1 - eps)) (fun pred : R => 0)
    (fun pred : R => - (target * ln pred) - (1 - target) * ln (1 - pred)) (fun pred : R => (1 -
      target) / (1 - pred) - target / pred)
    (fun pred : R => pred < 1 - eps /\ 0 < 1 - pred /\ 0 < pred).
  - impossible.
  - impossible.
  - impossible.
  - replace (gradient pred target eps) with ((pred - target) / (pred * (1 - pred)))
    by (unfold gradient; by_cases).
    kink
    (fun pred : R => - (target * ln pred) - (1 - target) * ln (1 - pred)) (fun pred : R => (1 -
      target) / (1 - pred) - target / pred)
    (fun pred : R => - (target * ln (1 - eps)) - (1 - target) * ln eps) (fun pred : R => 0)
    (fun pred : R => eps < pred /\ 0 < 1 - pred /\ 0 < pred).
  - impossible.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> R) (eps : R) (k : nat),
  (k < n)%nat ->
  0 <= target k <= 1 ->
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
  0 <= target k <= 1 ->
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
  0 <= target k <= 1 ->
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
  0 <= target k <= 1 ->
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
  0 <= target k <= 1 ->
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
  0 <= target k <= 1 ->
  0 < eps < 1 / 2 ->
  (pred k - eps) * (pred k + eps - 1) = 0 ->
  is_partial_at_kink (fun pred => Sum n (fun i => value (pred i) (target i) eps)) pred k
    (gradient (pred k) (target k) eps).
Proof.
  intros.
  apply (sum_is_partial_at_kink n (fun i h => value h (target i) eps));
  [ | apply gradient_at_kink ]; assumption.
Qed.

(** ** hessian *)

(** hessian is the derivative of gradient in pred. *)
Theorem hessian_is_derivative :
  forall pred target eps : R,
  0 <= target <= 1 ->
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
  - replace (hessian pred target eps) with ((1 - target) / (1 - pred) ^ 2 + target / pred ^ 2)
    by (unfold hessian; by_cases).
    region
    (fun pred : R => (pred - target) / (pred * (1 - pred)))
    (fun pred : R => pred < 1 - eps /\ eps < pred).
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
  0 <= target <= 1 ->
  0 < eps < 1 / 2 ->
  (pred - eps) * (pred + eps - 1) = 0 ->
  between_slopes (fun pred : R => gradient pred target eps) pred (hessian pred target eps).
Proof.
  intros. unfold gradient.
  destruct (Rtotal_order pred (1 - eps)) as [?|[?|?]];
  destruct (Rtotal_order pred eps) as [?|[?|?]].
  - impossible.
  - replace (hessian pred target eps) with ((1 - target) / (1 - pred) ^ 2 + target / pred ^ 2)
    by (unfold hessian; by_cases).
    kink
    (fun pred : R => 0) (fun pred : R => 0)
    (fun pred : R => (pred - target) / (pred * (1 - pred))) (fun pred : R => 1 / (pred * (1 - pred)) +
      (pred - target) / (pred * (1 - pred) ^ 2) - (pred - target) / (pred ^ 2 * (1 - pred)))
    (fun pred : R => pred < 1 - eps /\ 0 < 1 - pred /\ 0 < pred).
  - impossible.
  - impossible.
  - impossible.
  - replace (hessian pred target eps) with ((1 - target) / (1 - pred) ^ 2 + target / pred ^ 2)
    by (unfold hessian; by_cases).
    kink
    (fun pred : R => (pred - target) / (pred * (1 - pred))) (fun pred : R => 1 / (pred * (1 - pred)) +
      (pred - target) / (pred * (1 - pred) ^ 2) - (pred - target) / (pred ^ 2 * (1 - pred)))
    (fun pred : R => 0) (fun pred : R => 0)
    (fun pred : R => eps < pred /\ 0 < 1 - pred /\ 0 < pred).
  - impossible.
  - impossible.
  - impossible.
Qed.

(** ** published: torchlean_binary_cross_entropy_gradient *)

(** It is not the gradient, at pred = 0; target = 0; eps = 1/4: where the prediction is clamped the
  loss is constant and its gradient zero. *)
Theorem torchlean_binary_cross_entropy_gradient_is_wrong :
  forall (pred target eps : R),
  pred = 0 ->
  target = 0 ->
  eps = 1 / 4 ->
  0 <= target <= 1 /\ 0 < eps < 1 / 2 /\ ~ is_derive (fun pred : R => value pred target eps) pred
    (torchlean_binary_cross_entropy_gradient pred target eps).
Proof.
  intros. subst.
  split; [ numbers | ].
  split; [ numbers | ].
  eapply not_the_derivative.
  - apply gradient_is_derivative; numbers.
  - unfold torchlean_binary_cross_entropy_gradient, gradient; numbers.
Qed.
