(* Written by `lossproof certify` from specs/similarity/triplet_margin.py; do not edit. *)

(** * triplet margin

    Triplet margin loss: the anchor belongs nearer to the positive.

    A slice has [n] entries, for any [n]; [k] is the entry in which a derivative is taken.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: max(0, margin + √(Σ((anchor + ε - positive)²)) - √(Σ((anchor + ε - negative)²))) *)
Definition value (n : nat) (anchor positive negative : nat -> R) (margin eps : R) : R :=
  Rmax 0 (margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor i + eps - negative i) ^ 2))).

(** Its gradient in anchor: {(anchor + ε - positive)/√(Σ((anchor + ε - positive)²)) - (anchor + ε -
  negative)/√(Σ((anchor + ε - negative)²)) if margin + √(Σ((anchor + ε - positive)²)) - √(Σ((anchor
  + ε - negative)²)) > 0; else 0} *)
Definition gradient_anchor (n : nat) (anchor positive negative : nat -> R) (margin eps : R) (k :
  nat) : R :=
  if Rlt_dec 0 (margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n
    (fun i => (anchor i + eps - negative i) ^ 2))) then (anchor k + eps - positive k) / sqrt (Sum n
    (fun i => (anchor i + eps - positive i) ^ 2)) - (anchor k + eps - negative k) / sqrt (Sum n (fun
    i => (anchor i + eps - negative i) ^ 2)) else 0.

(** Its gradient in positive: {(positive - anchor - ε)/√(Σ((anchor + ε - positive)²)) if margin +
  √(Σ((anchor + ε - positive)²)) - √(Σ((anchor + ε - negative)²)) > 0; else 0} *)
Definition gradient_positive (n : nat) (anchor positive negative : nat -> R) (margin eps : R) (k :
  nat) : R :=
  if Rlt_dec 0 (margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n
    (fun i => (anchor i + eps - negative i) ^ 2))) then (positive k - anchor k - eps) / sqrt (Sum n
    (fun i => (anchor i + eps - positive i) ^ 2)) else 0.

(** Its gradient in negative: {(anchor + ε - negative)/√(Σ((anchor + ε - negative)²)) if margin +
  √(Σ((anchor + ε - positive)²)) - √(Σ((anchor + ε - negative)²)) > 0; else 0} *)
Definition gradient_negative (n : nat) (anchor positive negative : nat -> R) (margin eps : R) (k :
  nat) : R :=
  if Rlt_dec 0 (margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n
    (fun i => (anchor i + eps - negative i) ^ 2))) then (anchor k + eps - negative k) / sqrt (Sum n
    (fun i => (anchor i + eps - negative i) ^ 2)) else 0.

(** Its Hessian-vector product in anchor: {(direction - (anchor + ε - positive)·Σ(direction·(anchor
  + ε - positive)/√(Σ((anchor + ε - positive)²)))/√(Σ((anchor + ε - positive)²)))/√(Σ((anchor + ε -
  positive)²)) - (direction - (anchor + ε - negative)·Σ(direction·(anchor + ε -
  negative)/√(Σ((anchor + ε - negative)²)))/√(Σ((anchor + ε - negative)²)))/√(Σ((anchor + ε -
  negative)²)) if margin + √(Σ((anchor + ε - positive)²)) - √(Σ((anchor + ε - negative)²)) > 0; else
  0} *)
Definition hvp_anchor (n : nat) (anchor positive negative direction : nat -> R) (margin eps : R) (k
  : nat) : R :=
  if Rlt_dec 0 (margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n
    (fun i => (anchor i + eps - negative i) ^ 2))) then (direction k - (anchor k + eps - positive k)
    * Sum n (fun i => direction i * (anchor i + eps - positive i) / sqrt (Sum n (fun j => (anchor j
    + eps - positive j) ^ 2))) / sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2))) / sqrt
    (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - (direction k - (anchor k + eps - negative
    k) * Sum n (fun i => direction i * (anchor i + eps - negative i) / sqrt (Sum n (fun j => (anchor
    j + eps - negative j) ^ 2))) / sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))) / sqrt
    (Sum n (fun i => (anchor i + eps - negative i) ^ 2)) else 0.

(** Its Hessian-vector product in positive: {(direction - (anchor + ε -
  positive)·Σ(direction·(anchor + ε - positive)/√(Σ((anchor + ε - positive)²)))/√(Σ((anchor + ε -
  positive)²)))/√(Σ((anchor + ε - positive)²)) if margin + √(Σ((anchor + ε - positive)²)) -
  √(Σ((anchor + ε - negative)²)) > 0; else 0} *)
Definition hvp_positive (n : nat) (anchor positive negative direction : nat -> R) (margin eps : R)
  (k : nat) : R :=
  if Rlt_dec 0 (margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n
    (fun i => (anchor i + eps - negative i) ^ 2))) then (direction k - (anchor k + eps - positive k)
    * Sum n (fun i => direction i * (anchor i + eps - positive i) / sqrt (Sum n (fun j => (anchor j
    + eps - positive j) ^ 2))) / sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2))) / sqrt
    (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) else 0.

(** Its Hessian-vector product in negative: {-(direction - (anchor + ε -
  negative)·Σ(direction·(anchor + ε - negative)/√(Σ((anchor + ε - negative)²)))/√(Σ((anchor + ε -
  negative)²)))/√(Σ((anchor + ε - negative)²)) if margin + √(Σ((anchor + ε - positive)²)) -
  √(Σ((anchor + ε - negative)²)) > 0; else 0} *)
Definition hvp_negative (n : nat) (anchor positive negative direction : nat -> R) (margin eps : R)
  (k : nat) : R :=
  if Rlt_dec 0 (margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n
    (fun i => (anchor i + eps - negative i) ^ 2))) then - ((direction k - (anchor k + eps - negative
    k) * Sum n (fun i => direction i * (anchor i + eps - negative i) / sqrt (Sum n (fun j => (anchor
    j + eps - negative j) ^ 2))) / sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))) / sqrt
    (Sum n (fun i => (anchor i + eps - negative i) ^ 2))) else 0.

(** ** gradient[anchor] *)

(** gradient_anchor is the derivative of value in the entry k of anchor. *)
Theorem gradient_anchor_is_derivative :
  forall (n : nat) (anchor positive negative : nat -> R) (margin eps : R) (k : nat),
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor i + eps - negative i) ^ 2) ->
  0 < Sum n (fun i => (anchor i + eps - positive i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n (fun i => (anchor
    i + eps - negative i) ^ 2)) <> 0 ->
  is_partial (fun anchor => value n anchor positive negative margin eps) anchor k
    (gradient_anchor n anchor positive negative margin eps k).
Proof.
  intros. unfold is_partial.
  sum_at_element S1 n anchor k (fun (i : nat) (a : R) => (a + eps - negative i) ^ 2)
    (2 * anchor k + 2 * eps - 2 * negative k).
  sum_at_element S2 n anchor k (fun (i : nat) (a : R) => (a + eps - positive i) ^ 2)
    (2 * anchor k + 2 * eps - 2 * positive k).
  apply (is_derive_ext (fun h : R => Rmax (sqrt (S2 h) + margin - sqrt (S1 h)) 0)).
  { intro h. in_reals. unfold value. rewrite ?with_element_here. unfold S1, S2. same_sums. }
  clearbody S1 S2.
  destruct (Rtotal_order (sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))) (sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin)) as [?|[?|?]].
  - known_sums k.
    replace (gradient_anchor n anchor positive negative margin eps k) with ((anchor k + eps - positive
    k) / sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - (anchor k + eps - negative k) /
    sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2)))
    by (unfold gradient_anchor; by_cases).
    region
    (fun h : R => sqrt (S2 h) + margin - sqrt (S1 h))
    (fun h : R => sqrt (S1 h) < sqrt (S2 h) + margin).
  - impossible.
  - known_sums k.
    replace (gradient_anchor n anchor positive negative margin eps k) with 0
    by (unfold gradient_anchor; by_cases).
    region (fun h : R => 0) (fun h : R => sqrt (S2 h) + margin < sqrt (S1 h)).
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_anchor_reduced :
  forall (m n : nat) (weight : nat -> R) (divisor : R) (anchor positive negative : nat -> nat -> R)
    (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - negative s i) ^ 2) ->
  0 < Sum n (fun i => (anchor s i + eps - positive s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) <> 0 ->
  is_derive (fun h : R => reduced m weight divisor (fun r => value n (with_entry anchor s k h r)
    (positive r) (negative r) margin eps)) (anchor s k)
    (weight s / divisor * gradient_anchor n (anchor s) (positive s) (negative s) margin eps k).
Proof.
  intros.
  apply (reduced_slices m weight divisor (fun r x => value n x (positive r) (negative r) margin eps));
  [ | apply gradient_anchor_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_anchor_mean :
  forall (m n : nat) (anchor positive negative : nat -> nat -> R) (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - negative s i) ^ 2) ->
  0 < Sum n (fun i => (anchor s i + eps - positive s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) <> 0 ->
  is_derive (fun h : R => Sum m (fun r => value n (with_entry anchor s k h r) (positive r) (negative
    r) margin eps) / INR m) (anchor s k)
    (gradient_anchor n (anchor s) (positive s) (negative s) margin eps k / INR m).
Proof.
  intros.
  apply (mean_slices m (fun r x => value n x (positive r) (negative r) margin eps));
  [ | apply gradient_anchor_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_anchor_sum :
  forall (m n : nat) (anchor positive negative : nat -> nat -> R) (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - negative s i) ^ 2) ->
  0 < Sum n (fun i => (anchor s i + eps - positive s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) <> 0 ->
  is_derive (fun h : R => Sum m (fun r => value n (with_entry anchor s k h r) (positive r) (negative
    r) margin eps)) (anchor s k)
    (gradient_anchor n (anchor s) (positive s) (negative s) margin eps k).
Proof.
  intros.
  apply (sum_slices m (fun r x => value n x (positive r) (negative r) margin eps));
  [ | apply gradient_anchor_is_derivative ]; assumption.
Qed.

(** At a kink it lies between the derivatives from both sides: the margin is met: nothing is left to
  improve. *)
Theorem gradient_anchor_at_kink :
  forall (n : nat) (anchor positive negative : nat -> R) (margin eps : R) (k : nat),
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor i + eps - negative i) ^ 2) ->
  0 < Sum n (fun i => (anchor i + eps - positive i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n (fun i => (anchor
    i + eps - negative i) ^ 2)) = 0 ->
  is_partial_one_sided (fun anchor => value n anchor positive negative margin eps) anchor k
    (gradient_anchor n anchor positive negative margin eps k).
Proof.
  intros. unfold is_partial_one_sided.
  sum_at_element S1 n anchor k (fun (i : nat) (a : R) => (a + eps - negative i) ^ 2)
    (2 * anchor k + 2 * eps - 2 * negative k).
  sum_at_element S2 n anchor k (fun (i : nat) (a : R) => (a + eps - positive i) ^ 2)
    (2 * anchor k + 2 * eps - 2 * positive k).
  apply (between_one_sided_slopes_ext (fun h : R => Rmax (sqrt (S2 h) + margin - sqrt (S1 h)) 0)).
  { intro h. in_reals. unfold value. rewrite ?with_element_here. unfold S1, S2. same_sums. }
  clearbody S1 S2.
  destruct (Rtotal_order (sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))) (sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin)) as [?|[?|?]].
  - impossible.
  - known_sums k.
    replace (gradient_anchor n anchor positive negative margin eps k) with 0
    by (unfold gradient_anchor; by_cases).
    surface
    (fun h : R => sqrt (S2 h) + margin - sqrt (S1 h))
    (fun h : R => 0)
    (fun h : R => sqrt (S1 h) - sqrt (S2 h) - margin)
    ((2 * anchor k + 2 * eps - 2 * positive k) / (2 * sqrt (Sum n (fun i => (anchor i + eps - positive
      i) ^ 2))) - (2 * anchor k + 2 * eps - 2 * negative k) / (2 * sqrt (Sum n (fun i => (anchor i +
      eps - negative i) ^ 2))))
    0
    ((2 * anchor k + 2 * eps - 2 * negative k) / (2 * sqrt (Sum n (fun i => (anchor i + eps - negative
      i) ^ 2))) - (2 * anchor k + 2 * eps - 2 * positive k) / (2 * sqrt (Sum n (fun i => (anchor i +
      eps - positive i) ^ 2))))
    (fun h : R => True).
  - impossible.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_anchor_reduced_at_kink :
  forall (m n : nat) (weight : nat -> R) (divisor : R) (anchor positive negative : nat -> nat -> R)
    (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - negative s i) ^ 2) ->
  0 < Sum n (fun i => (anchor s i + eps - positive s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) = 0 ->
  between_one_sided_slopes (fun h : R => reduced m weight divisor (fun r => value n (with_entry
    anchor s k h r) (positive r) (negative r) margin eps)) (anchor s k)
    (weight s / divisor * gradient_anchor n (anchor s) (positive s) (negative s) margin eps k).
Proof.
  intros.
  apply (reduced_slices_at_kink m weight divisor (fun r x => value n x (positive r) (negative r) margin eps));
  [ | apply gradient_anchor_at_kink ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_anchor_mean_at_kink :
  forall (m n : nat) (anchor positive negative : nat -> nat -> R) (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - negative s i) ^ 2) ->
  0 < Sum n (fun i => (anchor s i + eps - positive s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) = 0 ->
  between_one_sided_slopes (fun h : R => Sum m (fun r => value n (with_entry anchor s k h r)
    (positive r) (negative r) margin eps) / INR m) (anchor s k)
    (gradient_anchor n (anchor s) (positive s) (negative s) margin eps k / INR m).
Proof.
  intros.
  apply (mean_slices_at_kink m (fun r x => value n x (positive r) (negative r) margin eps));
  [ | apply gradient_anchor_at_kink ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_anchor_sum_at_kink :
  forall (m n : nat) (anchor positive negative : nat -> nat -> R) (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - negative s i) ^ 2) ->
  0 < Sum n (fun i => (anchor s i + eps - positive s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) = 0 ->
  between_one_sided_slopes (fun h : R => Sum m (fun r => value n (with_entry anchor s k h r)
    (positive r) (negative r) margin eps)) (anchor s k)
    (gradient_anchor n (anchor s) (positive s) (negative s) margin eps k).
Proof.
  intros.
  apply (sum_slices_at_kink m (fun r x => value n x (positive r) (negative r) margin eps));
  [ | apply gradient_anchor_at_kink ]; assumption.
Qed.

(** ** gradient[positive] *)

(** gradient_positive is the derivative of value in the entry k of positive. *)
Theorem gradient_positive_is_derivative :
  forall (n : nat) (anchor positive negative : nat -> R) (margin eps : R) (k : nat),
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor i + eps - positive i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n (fun i => (anchor
    i + eps - negative i) ^ 2)) <> 0 ->
  is_partial (fun positive => value n anchor positive negative margin eps) positive k
    (gradient_positive n anchor positive negative margin eps k).
Proof.
  intros. unfold is_partial.
  sum_at_element S1 n positive k (fun (i : nat) (a : R) => (anchor i + eps - a) ^ 2)
    (2 * positive k - 2 * anchor k - 2 * eps).
  apply (is_derive_ext (fun h : R =>
    Rmax (sqrt (S1 h) + margin - sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))) 0)).
  { intro h. in_reals. unfold value. rewrite ?with_element_here. unfold S1. same_sums. }
  clearbody S1.
  destruct (Rtotal_order (sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))) (sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin)) as [?|[?|?]].
  - known_sums k.
    replace (gradient_positive n anchor positive negative margin eps k) with ((positive k - anchor k -
    eps) / sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)))
    by (unfold gradient_positive; by_cases).
    region
    (fun h : R => sqrt (S1 h) + margin - sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2)))
    (fun h : R => sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2)) < sqrt (S1 h) + margin).
  - impossible.
  - known_sums k.
    replace (gradient_positive n anchor positive negative margin eps k) with 0
    by (unfold gradient_positive; by_cases).
    region
    (fun h : R => 0)
    (fun h : R => sqrt (S1 h) + margin < sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))).
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_positive_reduced :
  forall (m n : nat) (weight : nat -> R) (divisor : R) (anchor positive negative : nat -> nat -> R)
    (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - positive s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) <> 0 ->
  is_derive (fun h : R => reduced m weight divisor (fun r => value n (anchor r) (with_entry positive
    s k h r) (negative r) margin eps)) (positive s k)
    (weight s / divisor * gradient_positive n (anchor s) (positive s) (negative s) margin eps k).
Proof.
  intros.
  apply (reduced_slices m weight divisor (fun r x => value n (anchor r) x (negative r) margin eps));
  [ | apply gradient_positive_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_positive_mean :
  forall (m n : nat) (anchor positive negative : nat -> nat -> R) (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - positive s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) <> 0 ->
  is_derive (fun h : R => Sum m (fun r => value n (anchor r) (with_entry positive s k h r) (negative
    r) margin eps) / INR m) (positive s k)
    (gradient_positive n (anchor s) (positive s) (negative s) margin eps k / INR m).
Proof.
  intros.
  apply (mean_slices m (fun r x => value n (anchor r) x (negative r) margin eps));
  [ | apply gradient_positive_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_positive_sum :
  forall (m n : nat) (anchor positive negative : nat -> nat -> R) (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - positive s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) <> 0 ->
  is_derive (fun h : R => Sum m (fun r => value n (anchor r) (with_entry positive s k h r) (negative
    r) margin eps)) (positive s k)
    (gradient_positive n (anchor s) (positive s) (negative s) margin eps k).
Proof.
  intros.
  apply (sum_slices m (fun r x => value n (anchor r) x (negative r) margin eps));
  [ | apply gradient_positive_is_derivative ]; assumption.
Qed.

(** At a kink it lies between the derivatives from both sides: the margin is met: nothing is left to
  improve. *)
Theorem gradient_positive_at_kink :
  forall (n : nat) (anchor positive negative : nat -> R) (margin eps : R) (k : nat),
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor i + eps - positive i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n (fun i => (anchor
    i + eps - negative i) ^ 2)) = 0 ->
  is_partial_one_sided (fun positive => value n anchor positive negative margin eps) positive k
    (gradient_positive n anchor positive negative margin eps k).
Proof.
  intros. unfold is_partial_one_sided.
  sum_at_element S1 n positive k (fun (i : nat) (a : R) => (anchor i + eps - a) ^ 2)
    (2 * positive k - 2 * anchor k - 2 * eps).
  apply (between_one_sided_slopes_ext (fun h : R =>
    Rmax (sqrt (S1 h) + margin - sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))) 0)).
  { intro h. in_reals. unfold value. rewrite ?with_element_here. unfold S1. same_sums. }
  clearbody S1.
  destruct (Rtotal_order (sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))) (sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin)) as [?|[?|?]].
  - impossible.
  - known_sums k.
    replace (gradient_positive n anchor positive negative margin eps k) with 0
    by (unfold gradient_positive; by_cases).
    surface
    (fun h : R => sqrt (S1 h) + margin - sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2)))
    (fun h : R => 0)
    (fun h : R => sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2)) - sqrt (S1 h) - margin)
    ((2 * positive k - 2 * anchor k - 2 * eps) / (2 * sqrt (Sum n (fun i => (anchor i + eps - positive
      i) ^ 2))))
    0
    (- ((2 * positive k - 2 * anchor k - 2 * eps) / (2 * sqrt (Sum n (fun i => (anchor i + eps -
      positive i) ^ 2)))))
    (fun h : R => True).
  - impossible.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_positive_reduced_at_kink :
  forall (m n : nat) (weight : nat -> R) (divisor : R) (anchor positive negative : nat -> nat -> R)
    (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - positive s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) = 0 ->
  between_one_sided_slopes (fun h : R => reduced m weight divisor (fun r => value n (anchor r)
    (with_entry positive s k h r) (negative r) margin eps)) (positive s k)
    (weight s / divisor * gradient_positive n (anchor s) (positive s) (negative s) margin eps k).
Proof.
  intros.
  apply (reduced_slices_at_kink m weight divisor (fun r x => value n (anchor r) x (negative r) margin eps));
  [ | apply gradient_positive_at_kink ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_positive_mean_at_kink :
  forall (m n : nat) (anchor positive negative : nat -> nat -> R) (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - positive s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) = 0 ->
  between_one_sided_slopes (fun h : R => Sum m (fun r => value n (anchor r) (with_entry positive s k
    h r) (negative r) margin eps) / INR m) (positive s k)
    (gradient_positive n (anchor s) (positive s) (negative s) margin eps k / INR m).
Proof.
  intros.
  apply (mean_slices_at_kink m (fun r x => value n (anchor r) x (negative r) margin eps));
  [ | apply gradient_positive_at_kink ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_positive_sum_at_kink :
  forall (m n : nat) (anchor positive negative : nat -> nat -> R) (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - positive s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) = 0 ->
  between_one_sided_slopes (fun h : R => Sum m (fun r => value n (anchor r) (with_entry positive s k
    h r) (negative r) margin eps)) (positive s k)
    (gradient_positive n (anchor s) (positive s) (negative s) margin eps k).
Proof.
  intros.
  apply (sum_slices_at_kink m (fun r x => value n (anchor r) x (negative r) margin eps));
  [ | apply gradient_positive_at_kink ]; assumption.
Qed.

(** ** gradient[negative] *)

(** gradient_negative is the derivative of value in the entry k of negative. *)
Theorem gradient_negative_is_derivative :
  forall (n : nat) (anchor positive negative : nat -> R) (margin eps : R) (k : nat),
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor i + eps - negative i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n (fun i => (anchor
    i + eps - negative i) ^ 2)) <> 0 ->
  is_partial (fun negative => value n anchor positive negative margin eps) negative k
    (gradient_negative n anchor positive negative margin eps k).
Proof.
  intros. unfold is_partial.
  sum_at_element S1 n negative k (fun (i : nat) (a : R) => (anchor i + eps - a) ^ 2)
    (2 * negative k - 2 * anchor k - 2 * eps).
  apply (is_derive_ext (fun h : R =>
    Rmax 0 (sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin - sqrt (S1 h)))).
  { intro h. in_reals. unfold value. rewrite ?with_element_here. unfold S1. same_sums. }
  clearbody S1.
  destruct (Rtotal_order (sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))) (sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin)) as [?|[?|?]].
  - known_sums k.
    replace (gradient_negative n anchor positive negative margin eps k) with ((anchor k + eps - negative
    k) / sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2)))
    by (unfold gradient_negative; by_cases).
    region
    (fun h : R => sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin - sqrt (S1 h))
    (fun h : R => sqrt (S1 h) < sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin).
  - impossible.
  - known_sums k.
    replace (gradient_negative n anchor positive negative margin eps k) with 0
    by (unfold gradient_negative; by_cases).
    region
    (fun h : R => 0)
    (fun h : R => sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin < sqrt (S1 h)).
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_negative_reduced :
  forall (m n : nat) (weight : nat -> R) (divisor : R) (anchor positive negative : nat -> nat -> R)
    (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - negative s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) <> 0 ->
  is_derive (fun h : R => reduced m weight divisor (fun r => value n (anchor r) (positive r)
    (with_entry negative s k h r) margin eps)) (negative s k)
    (weight s / divisor * gradient_negative n (anchor s) (positive s) (negative s) margin eps k).
Proof.
  intros.
  apply (reduced_slices m weight divisor (fun r x => value n (anchor r) (positive r) x margin eps));
  [ | apply gradient_negative_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_negative_mean :
  forall (m n : nat) (anchor positive negative : nat -> nat -> R) (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - negative s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) <> 0 ->
  is_derive (fun h : R => Sum m (fun r => value n (anchor r) (positive r) (with_entry negative s k h
    r) margin eps) / INR m) (negative s k)
    (gradient_negative n (anchor s) (positive s) (negative s) margin eps k / INR m).
Proof.
  intros.
  apply (mean_slices m (fun r x => value n (anchor r) (positive r) x margin eps));
  [ | apply gradient_negative_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_negative_sum :
  forall (m n : nat) (anchor positive negative : nat -> nat -> R) (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - negative s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) <> 0 ->
  is_derive (fun h : R => Sum m (fun r => value n (anchor r) (positive r) (with_entry negative s k h
    r) margin eps)) (negative s k)
    (gradient_negative n (anchor s) (positive s) (negative s) margin eps k).
Proof.
  intros.
  apply (sum_slices m (fun r x => value n (anchor r) (positive r) x margin eps));
  [ | apply gradient_negative_is_derivative ]; assumption.
Qed.

(** At a kink it lies between the derivatives from both sides: the margin is met: nothing is left to
  improve. *)
Theorem gradient_negative_at_kink :
  forall (n : nat) (anchor positive negative : nat -> R) (margin eps : R) (k : nat),
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor i + eps - negative i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n (fun i => (anchor
    i + eps - negative i) ^ 2)) = 0 ->
  is_partial_one_sided (fun negative => value n anchor positive negative margin eps) negative k
    (gradient_negative n anchor positive negative margin eps k).
Proof.
  intros. unfold is_partial_one_sided.
  sum_at_element S1 n negative k (fun (i : nat) (a : R) => (anchor i + eps - a) ^ 2)
    (2 * negative k - 2 * anchor k - 2 * eps).
  apply (between_one_sided_slopes_ext (fun h : R =>
    Rmax 0 (sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin - sqrt (S1 h)))).
  { intro h. in_reals. unfold value. rewrite ?with_element_here. unfold S1. same_sums. }
  clearbody S1.
  destruct (Rtotal_order (sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))) (sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin)) as [?|[?|?]].
  - impossible.
  - known_sums k.
    replace (gradient_negative n anchor positive negative margin eps k) with 0
    by (unfold gradient_negative; by_cases).
    surface
    (fun h : R => sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin - sqrt (S1 h))
    (fun h : R => 0)
    (fun h : R => sqrt (S1 h) - sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - margin)
    (- ((2 * negative k - 2 * anchor k - 2 * eps) / (2 * sqrt (Sum n (fun i => (anchor i + eps -
      negative i) ^ 2)))))
    0
    ((2 * negative k - 2 * anchor k - 2 * eps) / (2 * sqrt (Sum n (fun i => (anchor i + eps - negative
      i) ^ 2))))
    (fun h : R => True).
  - impossible.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_negative_reduced_at_kink :
  forall (m n : nat) (weight : nat -> R) (divisor : R) (anchor positive negative : nat -> nat -> R)
    (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - negative s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) = 0 ->
  between_one_sided_slopes (fun h : R => reduced m weight divisor (fun r => value n (anchor r)
    (positive r) (with_entry negative s k h r) margin eps)) (negative s k)
    (weight s / divisor * gradient_negative n (anchor s) (positive s) (negative s) margin eps k).
Proof.
  intros.
  apply (reduced_slices_at_kink m weight divisor (fun r x => value n (anchor r) (positive r) x margin eps));
  [ | apply gradient_negative_at_kink ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_negative_mean_at_kink :
  forall (m n : nat) (anchor positive negative : nat -> nat -> R) (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - negative s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) = 0 ->
  between_one_sided_slopes (fun h : R => Sum m (fun r => value n (anchor r) (positive r) (with_entry
    negative s k h r) margin eps) / INR m) (negative s k)
    (gradient_negative n (anchor s) (positive s) (negative s) margin eps k / INR m).
Proof.
  intros.
  apply (mean_slices_at_kink m (fun r x => value n (anchor r) (positive r) x margin eps));
  [ | apply gradient_negative_at_kink ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_negative_sum_at_kink :
  forall (m n : nat) (anchor positive negative : nat -> nat -> R) (margin eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor s i + eps - negative s i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor s i + eps - positive s i) ^ 2)) - sqrt (Sum n (fun i =>
    (anchor s i + eps - negative s i) ^ 2)) = 0 ->
  between_one_sided_slopes (fun h : R => Sum m (fun r => value n (anchor r) (positive r) (with_entry
    negative s k h r) margin eps)) (negative s k)
    (gradient_negative n (anchor s) (positive s) (negative s) margin eps k).
Proof.
  intros.
  apply (sum_slices_at_kink m (fun r x => value n (anchor r) (positive r) x margin eps));
  [ | apply gradient_negative_at_kink ]; assumption.
Qed.

(** ** hvp[anchor] *)

(** With every sum taken apart. *)
Lemma hvp_anchor_in_sums :
  forall (n : nat) (anchor positive negative direction : nat -> R) (margin eps : R) (k : nat),
  hvp_anchor n anchor positive negative direction margin eps k =
    (if Rlt_dec 0 (margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n
      (fun i => (anchor i + eps - negative i) ^ 2))) then (direction k - (anchor k + eps - positive
      k) * (Sum n (fun i => direction i * (anchor i + eps - positive i)) / sqrt (Sum n (fun i =>
      (anchor i + eps - positive i) ^ 2))) / sqrt (Sum n (fun i => (anchor i + eps - positive i) ^
      2))) / sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - (direction k - (anchor k +
      eps - negative k) * (Sum n (fun i => direction i * (anchor i + eps - negative i)) / sqrt (Sum
      n (fun i => (anchor i + eps - negative i) ^ 2))) / sqrt (Sum n (fun i => (anchor i + eps -
      negative i) ^ 2))) / sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2)) else 0).
Proof.
  intros. unfold hvp_anchor.
  rewrite (Sum_last n
    (fun i => direction i * (anchor i + eps - negative i) / sqrt (Sum n (fun j => (anchor j + eps -
      negative j) ^ 2))) (/ sqrt (Sum n (fun j => (anchor j + eps - negative j) ^ 2)))
    (fun i => direction i * (anchor i + eps - negative i)))
    by (intro; unfold Rdiv; ring).
  rewrite (Sum_last n
    (fun i => direction i * (anchor i + eps - positive i) / sqrt (Sum n (fun j => (anchor j + eps -
      positive j) ^ 2))) (/ sqrt (Sum n (fun j => (anchor j + eps - positive j) ^ 2)))
    (fun i => direction i * (anchor i + eps - positive i)))
    by (intro; unfold Rdiv; ring).
  same_sums.
Qed.

(** hvp_anchor is the derivative of gradient_anchor in anchor, along the direction. *)
Theorem hvp_anchor_is_derivative :
  forall (n : nat) (anchor positive negative direction : nat -> R) (margin eps : R) (k : nat),
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor i + eps - positive i) ^ 2) ->
  0 < Sum n (fun i => (anchor i + eps - negative i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n (fun i => (anchor
    i + eps - negative i) ^ 2)) <> 0 ->
  is_derive (fun h : R => gradient_anchor n (fun i => anchor i + h * direction i) positive negative
    margin eps k) 0
    (hvp_anchor n anchor positive negative direction margin eps k).
Proof.
  intros.
  sum_along S1 n anchor direction (fun (i : nat) (a : R) => (a + eps - negative i) ^ 2)
    (fun i => 2 * direction i * (anchor i + eps - negative i))
    (2 * Sum n (fun i => direction i * (anchor i + eps - negative i))).
  sum_along S2 n anchor direction (fun (i : nat) (a : R) => (a + eps - positive i) ^ 2)
    (fun i => 2 * direction i * (anchor i + eps - positive i))
    (2 * Sum n (fun i => direction i * (anchor i + eps - positive i))).
  apply (is_derive_ext (fun h : R =>
    if Rlt_dec 0 (sqrt (S2 h) + margin - sqrt (S1 h)) then ((anchor k + h * direction k) + eps -
      positive k) / sqrt (S2 h) - ((anchor k + h * direction k) + eps - negative k) / sqrt (S1 h) else
      0)).
  { intro h. in_reals. unfold gradient_anchor. rewrite ?with_element_here. unfold S1, S2. same_sums. }
  clearbody S1 S2.
  destruct (Rtotal_order (sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin) (sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2)))) as [?|[?|?]].
  - known_sums k.
    replace (hvp_anchor n anchor positive negative direction margin eps k) with 0
    by (rewrite hvp_anchor_in_sums; by_cases).
    region (fun h : R => 0) (fun h : R => sqrt (S2 h) + margin < sqrt (S1 h)).
  - impossible.
  - known_sums k.
    replace (hvp_anchor n anchor positive negative direction margin eps k) with ((direction k - Sum n
    (fun i => direction i * (anchor i + eps - positive i)) * (anchor k + eps - positive k) / Sum n
    (fun i => (anchor i + eps - positive i) ^ 2)) / sqrt (Sum n (fun i => (anchor i + eps - positive
    i) ^ 2)) - (direction k - Sum n (fun i => direction i * (anchor i + eps - negative i)) * (anchor k
    + eps - negative k) / Sum n (fun i => (anchor i + eps - negative i) ^ 2)) / sqrt (Sum n (fun i =>
    (anchor i + eps - negative i) ^ 2)))
    by (rewrite hvp_anchor_in_sums; by_cases).
    region
    (fun h : R => ((anchor k + h * direction k) + eps - positive k) / sqrt (S2 h) - ((anchor k + h *
      direction k) + eps - negative k) / sqrt (S1 h))
    (fun h : R => sqrt (S1 h) < sqrt (S2 h) + margin).
Qed.

(** ** hvp[positive] *)

(** With every sum taken apart. *)
Lemma hvp_positive_in_sums :
  forall (n : nat) (anchor positive negative direction : nat -> R) (margin eps : R) (k : nat),
  hvp_positive n anchor positive negative direction margin eps k =
    (if Rlt_dec 0 (margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n
      (fun i => (anchor i + eps - negative i) ^ 2))) then (direction k - (anchor k + eps - positive
      k) * (Sum n (fun i => direction i * (anchor i + eps - positive i)) / sqrt (Sum n (fun i =>
      (anchor i + eps - positive i) ^ 2))) / sqrt (Sum n (fun i => (anchor i + eps - positive i) ^
      2))) / sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) else 0).
Proof.
  intros. unfold hvp_positive.
  rewrite (Sum_last n
    (fun i => direction i * (anchor i + eps - positive i) / sqrt (Sum n (fun j => (anchor j + eps -
      positive j) ^ 2))) (/ sqrt (Sum n (fun j => (anchor j + eps - positive j) ^ 2)))
    (fun i => direction i * (anchor i + eps - positive i)))
    by (intro; unfold Rdiv; ring).
  same_sums.
Qed.

(** hvp_positive is the derivative of gradient_positive in positive, along the direction. *)
Theorem hvp_positive_is_derivative :
  forall (n : nat) (anchor positive negative direction : nat -> R) (margin eps : R) (k : nat),
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor i + eps - positive i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n (fun i => (anchor
    i + eps - negative i) ^ 2)) <> 0 ->
  is_derive (fun h : R => gradient_positive n anchor (fun i => positive i + h * direction i)
    negative margin eps k) 0
    (hvp_positive n anchor positive negative direction margin eps k).
Proof.
  intros.
  sum_along S1 n positive direction (fun (i : nat) (a : R) => (anchor i + eps - a) ^ 2)
    (fun i => 2 * direction i * (positive i - anchor i - eps))
    ((- 2) * Sum n (fun i => direction i * (anchor i + eps - positive i))).
  apply (is_derive_ext (fun h : R =>
    if Rlt_dec 0 (sqrt (S1 h) + margin - sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2)))
      then ((positive k + h * direction k) - anchor k - eps) / sqrt (S1 h) else 0)).
  { intro h. in_reals. unfold gradient_positive. rewrite ?with_element_here. unfold S1. same_sums. }
  clearbody S1.
  destruct (Rtotal_order (sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin) (sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2)))) as [?|[?|?]].
  - known_sums k.
    replace (hvp_positive n anchor positive negative direction margin eps k) with 0
    by (rewrite hvp_positive_in_sums; by_cases).
    region
    (fun h : R => 0)
    (fun h : R => sqrt (S1 h) + margin < sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))).
  - impossible.
  - known_sums k.
    replace (hvp_positive n anchor positive negative direction margin eps k) with ((direction k - Sum n
    (fun i => direction i * (anchor i + eps - positive i)) * (anchor k + eps - positive k) / Sum n
    (fun i => (anchor i + eps - positive i) ^ 2)) / sqrt (Sum n (fun i => (anchor i + eps - positive
    i) ^ 2)))
    by (rewrite hvp_positive_in_sums; by_cases).
    region
    (fun h : R => ((positive k + h * direction k) - anchor k - eps) / sqrt (S1 h))
    (fun h : R => sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2)) < sqrt (S1 h) + margin).
Qed.

(** ** hvp[negative] *)

(** With every sum taken apart. *)
Lemma hvp_negative_in_sums :
  forall (n : nat) (anchor positive negative direction : nat -> R) (margin eps : R) (k : nat),
  hvp_negative n anchor positive negative direction margin eps k =
    (if Rlt_dec 0 (margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n
      (fun i => (anchor i + eps - negative i) ^ 2))) then - ((direction k - (anchor k + eps -
      negative k) * (Sum n (fun i => direction i * (anchor i + eps - negative i)) / sqrt (Sum n (fun
      i => (anchor i + eps - negative i) ^ 2))) / sqrt (Sum n (fun i => (anchor i + eps - negative
      i) ^ 2))) / sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2))) else 0).
Proof.
  intros. unfold hvp_negative.
  rewrite (Sum_last n
    (fun i => direction i * (anchor i + eps - negative i) / sqrt (Sum n (fun j => (anchor j + eps -
      negative j) ^ 2))) (/ sqrt (Sum n (fun j => (anchor j + eps - negative j) ^ 2)))
    (fun i => direction i * (anchor i + eps - negative i)))
    by (intro; unfold Rdiv; ring).
  same_sums.
Qed.

(** hvp_negative is the derivative of gradient_negative in negative, along the direction. *)
Theorem hvp_negative_is_derivative :
  forall (n : nat) (anchor positive negative direction : nat -> R) (margin eps : R) (k : nat),
  (k < n)%nat ->
  0 < margin ->
  0 < eps ->
  0 < Sum n (fun i => (anchor i + eps - negative i) ^ 2) ->
  margin + sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) - sqrt (Sum n (fun i => (anchor
    i + eps - negative i) ^ 2)) <> 0 ->
  is_derive (fun h : R => gradient_negative n anchor positive (fun i => negative i + h * direction
    i) margin eps k) 0
    (hvp_negative n anchor positive negative direction margin eps k).
Proof.
  intros.
  sum_along S1 n negative direction (fun (i : nat) (a : R) => (anchor i + eps - a) ^ 2)
    (fun i => 2 * direction i * (negative i - anchor i - eps))
    ((- 2) * Sum n (fun i => direction i * (anchor i + eps - negative i))).
  apply (is_derive_ext (fun h : R =>
    if Rlt_dec 0 (sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin - sqrt (S1 h))
      then (anchor k + eps - (negative k + h * direction k)) / sqrt (S1 h) else 0)).
  { intro h. in_reals. unfold gradient_negative. rewrite ?with_element_here. unfold S1. same_sums. }
  clearbody S1.
  destruct (Rtotal_order (sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin) (sqrt (Sum n (fun i => (anchor i + eps - negative i) ^ 2)))) as [?|[?|?]].
  - known_sums k.
    replace (hvp_negative n anchor positive negative direction margin eps k) with 0
    by (rewrite hvp_negative_in_sums; by_cases).
    region
    (fun h : R => 0)
    (fun h : R => sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin < sqrt (S1 h)).
  - impossible.
  - known_sums k.
    replace (hvp_negative n anchor positive negative direction margin eps k) with (- ((direction k - Sum
    n (fun i => direction i * (anchor i + eps - negative i)) * (anchor k + eps - negative k) / Sum n
    (fun i => (anchor i + eps - negative i) ^ 2)) / sqrt (Sum n (fun i => (anchor i + eps - negative
    i) ^ 2))))
    by (rewrite hvp_negative_in_sums; by_cases).
    region
    (fun h : R => (anchor k + eps - (negative k + h * direction k)) / sqrt (S1 h))
    (fun h : R => sqrt (S1 h) < sqrt (Sum n (fun i => (anchor i + eps - positive i) ^ 2)) + margin).
Qed.
