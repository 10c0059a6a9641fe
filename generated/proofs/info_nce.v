(* Written by `lossproof certify` from specs/similarity/info_nce.py; do not edit. *)

(** * info nce

    InfoNCE: each row of a similarity matrix should single out its own column.

    A slice has [n] entries, for any [n]; [k] is the entry in which a derivative is taken.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: -Σ(δᵢₖ·(ŷ/τ - log(Σ(exp(ŷ/τ))))) *)
Definition value (n : nat) (s : nat) (pred : nat -> R) (tau : R) : R :=
  - Sum n (fun i => identity s i * (pred i / tau - ln (Sum n (fun j => exp (pred j / tau))))).

(** Its gradient in pred: (exp(ŷ/τ)/Σ(exp(ŷ/τ)) - δᵢₖ)/τ *)
Definition gradient (n : nat) (s : nat) (pred : nat -> R) (tau : R) (k : nat) : R :=
  (exp (pred k / tau) / Sum n (fun i => exp (pred i / tau)) - identity s k) / tau.

(** The diagonal of its Hessian in pred: (1 - exp(ŷ/τ)/Σ(exp(ŷ/τ)))·exp(ŷ/τ)/(τ²·Σ(exp(ŷ/τ))) *)
Definition hessian (n : nat) (s : nat) (pred : nat -> R) (tau : R) (k : nat) : R :=
  (1 - exp (pred k / tau) / Sum n (fun i => exp (pred i / tau))) * exp (pred k / tau) / (tau ^ 2 *
    Sum n (fun i => exp (pred i / tau))).

(** Its Hessian-vector product in pred: (direction -
  Σ(direction·exp(ŷ/τ)/Σ(exp(ŷ/τ))))·exp(ŷ/τ)/(τ²·Σ(exp(ŷ/τ))) *)
Definition hvp (n : nat) (s : nat) (pred direction : nat -> R) (tau : R) (k : nat) : R :=
  (direction k - Sum n (fun i => direction i * exp (pred i / tau) / Sum n (fun j => exp (pred j /
    tau)))) * exp (pred k / tau) / (tau ^ 2 * Sum n (fun i => exp (pred i / tau))).

(** ** gradient *)

(** With every sum taken apart. *)
Lemma value_in_sums :
  forall (n : nat) (s : nat) (pred : nat -> R) (tau : R),
  value n s pred tau =
    - (Sum n (fun i => identity s i * pred i) / tau - ln (Sum n (fun i => exp (pred i / tau))) * Sum
      n (fun i => identity s i)).
Proof.
  intros. unfold value.
  rewrite (Sum_first n
    (fun i => identity s i * (pred i / tau - ln (Sum n (fun j => exp (pred j / tau))))) (- ln (Sum n
      (fun j => exp (pred j / tau))))
    (fun i => identity s i) (fun i => identity s i * pred i / tau))
    by (intro; unfold Rdiv; ring).
  rewrite (Sum_last n
    (fun i => identity s i * pred i / tau) (/ tau)
    (fun i => identity s i * pred i))
    by (intro; unfold Rdiv; ring).
  same_sums.
Qed.

(** gradient is the derivative of value in the entry k of pred. *)
Theorem gradient_is_derivative :
  forall (n : nat) (s : nat) (pred : nat -> R) (tau : R) (k : nat),
  (k < n)%nat ->
  (s < n)%nat ->
  0 < tau ->
  is_partial (fun pred => value n s pred tau) pred k (gradient n s pred tau k).
Proof.
  intros. unfold is_partial.
  sum_at_element S1 n pred k (fun (i : nat) (a : R) => exp (a / tau)) (exp (pred k / tau) / tau).
  sum_at_element S2 n pred k (fun (i : nat) (a : R) => identity s i * a) (identity s k).
  apply (is_derive_ext (fun h : R => Sum n (fun i => identity s i) * ln (S1 h) - S2 h / tau)).
  { intro h. in_reals. rewrite value_in_sums. rewrite ?with_element_here. unfold S1, S2. same_sums. }
  clearbody S1 S2.
  unfold gradient. known_sums k. smooth.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_reduced :
  forall (n : nat) (weight : nat -> R) (divisor : R) (pred : nat -> nat -> R) (tau : R) (s k : nat),
  (k < n)%nat ->
  (s < n)%nat ->
  0 < tau ->
  is_derive (fun h : R => reduced n weight divisor (fun r => value n r (with_entry pred s k h r)
    tau)) (pred s k)
    (weight s / divisor * gradient n s (pred s) tau k).
Proof.
  intros.
  apply (reduced_slices n weight divisor (fun r x => value n r x tau));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_mean :
  forall (n : nat) (pred : nat -> nat -> R) (tau : R) (s k : nat),
  (k < n)%nat ->
  (s < n)%nat ->
  0 < tau ->
  is_derive (fun h : R => Sum n (fun r => value n r (with_entry pred s k h r) tau) / INR n) (pred s
    k)
    (gradient n s (pred s) tau k / INR n).
Proof.
  intros.
  apply (mean_slices n (fun r x => value n r x tau));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_sum :
  forall (n : nat) (pred : nat -> nat -> R) (tau : R) (s k : nat),
  (k < n)%nat ->
  (s < n)%nat ->
  0 < tau ->
  is_derive (fun h : R => Sum n (fun r => value n r (with_entry pred s k h r) tau)) (pred s k)
    (gradient n s (pred s) tau k).
Proof.
  intros.
  apply (sum_slices n (fun r x => value n r x tau));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** ** hessian *)

(** hessian is the derivative of gradient in the entry k of pred. *)
Theorem hessian_is_derivative :
  forall (n : nat) (s : nat) (pred : nat -> R) (tau : R) (k : nat),
  (k < n)%nat ->
  (s < n)%nat ->
  0 < tau ->
  is_partial (fun pred => gradient n s pred tau k) pred k (hessian n s pred tau k).
Proof.
  intros. unfold is_partial.
  sum_at_element S1 n pred k (fun (i : nat) (a : R) => exp (a / tau)) (exp (pred k / tau) / tau).
  apply (is_derive_ext (fun h : R => (exp (h / tau) / S1 h - identity s k) / tau)).
  { intro h. in_reals. unfold gradient. rewrite ?with_element_here. unfold S1. same_sums. }
  clearbody S1.
  unfold hessian. known_sums k. smooth.
Qed.

(** ** hvp *)

(** With every sum taken apart. *)
Lemma hvp_in_sums :
  forall (n : nat) (s : nat) (pred direction : nat -> R) (tau : R) (k : nat),
  hvp n s pred direction tau k =
    (direction k - (Sum n (fun i => direction i * exp (pred i / tau)) / Sum n (fun i => exp (pred i
      / tau)))) * exp (pred k / tau) / (tau ^ 2 * Sum n (fun i => exp (pred i / tau))).
Proof.
  intros. unfold hvp.
  rewrite (Sum_last n
    (fun i => direction i * exp (pred i / tau) / Sum n (fun j => exp (pred j / tau))) (/ Sum n (fun j
      => exp (pred j / tau)))
    (fun i => direction i * exp (pred i / tau)))
    by (intro; unfold Rdiv; ring).
  same_sums.
Qed.

(** hvp is the derivative of gradient in pred, along the direction. *)
Theorem hvp_is_derivative :
  forall (n : nat) (s : nat) (pred direction : nat -> R) (tau : R) (k : nat),
  (k < n)%nat ->
  (s < n)%nat ->
  0 < tau ->
  is_derive (fun h : R => gradient n s (fun i => pred i + h * direction i) tau k) 0
    (hvp n s pred direction tau k).
Proof.
  intros.
  sum_along S1 n pred direction (fun (i : nat) (a : R) => exp (a / tau))
    (fun i => direction i * exp (pred i / tau) / tau)
    ((/ tau) * Sum n (fun i => direction i * exp (pred i / tau))).
  apply (is_derive_ext (fun h : R =>
    (exp ((pred k + h * direction k) / tau) / S1 h - identity s k) / tau)).
  { intro h. in_reals. unfold gradient. rewrite ?with_element_here. unfold S1. same_sums. }
  clearbody S1.
  rewrite hvp_in_sums. known_sums k. smooth.
Qed.
