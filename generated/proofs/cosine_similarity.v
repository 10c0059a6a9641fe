(* Written by `lossproof certify` from specs/similarity/cosine_similarity.py; do not edit. *)

(** * cosine similarity

    Cosine loss: one minus the cosine of the angle between two vectors.

    A slice has [n] entries, for any [n]; [k] is the entry in which a derivative is taken.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: 1 - Σ(ŷ·y)/(max(ε, √(Σ(ŷ²)))·max(ε, √(Σ(y²)))) *)
Definition value (n : nat) (pred target : nat -> R) (eps : R) : R :=
  1 - Sum n (fun i => pred i * target i) / (Rmax eps (sqrt (Sum n (fun i => pred i ^ 2))) * Rmax eps
    (sqrt (Sum n (fun i => target i ^ 2)))).

(** Its gradient in pred: ŷ·{Σ(ŷ·y)/(max(ε, √(Σ(y²)))·Σ(ŷ²)^(3/2)) if √(Σ(ŷ²)) > ε; else 0} -
  y/(max(ε, √(Σ(ŷ²)))·max(ε, √(Σ(y²)))) *)
Definition gradient (n : nat) (pred target : nat -> R) (eps : R) (k : nat) : R :=
  pred k * (if Rlt_dec eps (sqrt (Sum n (fun i => pred i ^ 2))) then Sum n (fun i => pred i * target
    i) / (Rmax eps (sqrt (Sum n (fun i => target i ^ 2))) * sqrt (Sum n (fun i => pred i ^ 2)) ^ 3)
    else 0) - target k / (Rmax eps (sqrt (Sum n (fun i => pred i ^ 2))) * Rmax eps (sqrt (Sum n (fun
    i => target i ^ 2)))).

(** Its Hessian-vector product in pred: {(direction·Σ(ŷ·y/(max(ε, √(Σ(ŷ²)))·max(ε,
  √(Σ(y²)))))/max(ε, √(Σ(ŷ²))) + ŷ·Σ(direction·y/(max(ε, √(Σ(ŷ²)))·max(ε, √(Σ(y²)))))/max(ε,
  √(Σ(ŷ²))) + y·Σ(direction·ŷ/max(ε, √(Σ(ŷ²)))²)/max(ε, √(Σ(y²))) - 3·ŷ·Σ(direction·ŷ/max(ε,
  √(Σ(ŷ²)))²)·Σ(ŷ·y/(max(ε, √(Σ(ŷ²)))·max(ε, √(Σ(y²)))))/max(ε, √(Σ(ŷ²))))/max(ε, √(Σ(ŷ²))) if
  √(Σ(ŷ²)) > ε; else 0} *)
Definition hvp (n : nat) (pred target direction : nat -> R) (eps : R) (k : nat) : R :=
  if Rlt_dec eps (sqrt (Sum n (fun i => pred i ^ 2))) then (direction k * Sum n (fun i => pred i *
    target i / (Rmax eps (sqrt (Sum n (fun j => pred j ^ 2))) * Rmax eps (sqrt (Sum n (fun j =>
    target j ^ 2))))) / Rmax eps (sqrt (Sum n (fun i => pred i ^ 2))) + pred k * Sum n (fun i =>
    direction i * target i / (Rmax eps (sqrt (Sum n (fun j => pred j ^ 2))) * Rmax eps (sqrt (Sum n
    (fun j => target j ^ 2))))) / Rmax eps (sqrt (Sum n (fun i => pred i ^ 2))) + target k * Sum n
    (fun i => direction i * pred i / Rmax eps (sqrt (Sum n (fun j => pred j ^ 2))) ^ 2) / Rmax eps
    (sqrt (Sum n (fun i => target i ^ 2))) - 3 * pred k * Sum n (fun i => direction i * pred i /
    Rmax eps (sqrt (Sum n (fun j => pred j ^ 2))) ^ 2) * Sum n (fun i => pred i * target i / (Rmax
    eps (sqrt (Sum n (fun j => pred j ^ 2))) * Rmax eps (sqrt (Sum n (fun j => target j ^ 2))))) /
    Rmax eps (sqrt (Sum n (fun i => pred i ^ 2)))) / Rmax eps (sqrt (Sum n (fun i => pred i ^ 2)))
    else 0.

(** TorchLean, NN/Spec/Layers/Loss.lean: ŷ·Σ(ŷ·y)/(Σ(ŷ²)·√(Σ(y²))) - y/(√(Σ(ŷ²))·√(Σ(y²))) *)
Definition torchlean_cosine_gradient (n : nat) (pred target : nat -> R) (eps : R) (k : nat) : R :=
  pred k * Sum n (fun i => pred i * target i) / (Sum n (fun i => pred i ^ 2) * sqrt (Sum n (fun i =>
    target i ^ 2))) - target k / (sqrt (Sum n (fun i => pred i ^ 2)) * sqrt (Sum n (fun i => target
    i ^ 2))).

(** TorchLean, NN/Spec/Layers/Loss.lean: ŷ·Σ(ŷ·y)/(ε²·√(Σ(y²))) - y/(ε·√(Σ(y²))) *)
Definition torchlean_cosine_gradient_clamped (n : nat) (pred target : nat -> R) (eps : R) (k : nat)
  : R :=
  pred k * Sum n (fun i => pred i * target i) / (eps ^ 2 * sqrt (Sum n (fun i => target i ^ 2))) -
    target k / (eps * sqrt (Sum n (fun i => target i ^ 2))).

(** ** gradient *)

(** gradient is the derivative of value in the entry k of pred. *)
Theorem gradient_is_derivative :
  forall (n : nat) (pred target : nat -> R) (eps : R) (k : nat),
  (k < n)%nat ->
  0 < eps ->
  sqrt (Sum n (fun i => pred i ^ 2)) - eps <> 0 ->
  is_partial (fun pred => value n pred target eps) pred k (gradient n pred target eps k).
Proof.
  intros. unfold is_partial.
  sum_at_element S1 n pred k (fun (i : nat) (a : R) => a ^ 2) (2 * pred k).
  sum_at_element S2 n pred k (fun (i : nat) (a : R) => a * target i) (target k).
  apply (is_derive_ext (fun h : R =>
    1 - S2 h / (Rmax eps (sqrt (Sum n (fun i => target i ^ 2))) * Rmax eps (sqrt (S1 h))))).
  { intro h. in_reals. unfold value. rewrite ?with_element_here. unfold S1, S2. same_sums. }
  clearbody S1 S2.
  destruct (Rtotal_order (sqrt (Sum n (fun i => target i ^ 2))) eps) as [?|[?|?]];
  destruct (Rtotal_order (sqrt (Sum n (fun i => pred i ^ 2))) eps) as [?|[?|?]].
  - known_sums k.
    replace (gradient n pred target eps k) with (- (target k / eps ^ 2)) by (unfold gradient; by_cases).
    region (fun h : R => 1 - S2 h / eps ^ 2) (fun h : R => sqrt (S1 h) < eps).
  - impossible.
  - known_sums k.
    replace (gradient n pred target eps k) with (Sum n (fun i => pred i * target i) * pred k / (sqrt
    (Sum n (fun i => pred i ^ 2)) ^ 3 * eps) - target k / (sqrt (Sum n (fun i => pred i ^ 2)) * eps))
    by (unfold gradient; by_cases).
    region (fun h : R => 1 - S2 h / (sqrt (S1 h) * eps)) (fun h : R => eps < sqrt (S1 h)).
  - known_sums k.
    replace (gradient n pred target eps k) with (- (target k / eps ^ 2)) by (unfold gradient; by_cases).
    region (fun h : R => 1 - S2 h / eps ^ 2) (fun h : R => sqrt (S1 h) < eps).
  - impossible.
  - known_sums k.
    replace (gradient n pred target eps k) with (Sum n (fun i => pred i * target i) * pred k / (sqrt
    (Sum n (fun i => pred i ^ 2)) ^ 3 * eps) - target k / (sqrt (Sum n (fun i => pred i ^ 2)) * eps))
    by (unfold gradient; by_cases).
    region (fun h : R => 1 - S2 h / (sqrt (S1 h) * eps)) (fun h : R => eps < sqrt (S1 h)).
  - known_sums k.
    replace (gradient n pred target eps k) with (- (target k / (sqrt (Sum n (fun i => target i ^ 2)) *
    eps)))
    by (unfold gradient; by_cases).
    region
    (fun h : R => 1 - S2 h / (sqrt (Sum n (fun i => target i ^ 2)) * eps))
    (fun h : R => sqrt (S1 h) < eps).
  - impossible.
  - known_sums k.
    replace (gradient n pred target eps k) with (Sum n (fun i => pred i * target i) * pred k / (sqrt
    (Sum n (fun i => target i ^ 2)) * sqrt (Sum n (fun i => pred i ^ 2)) ^ 3) - target k / (sqrt (Sum
    n (fun i => target i ^ 2)) * sqrt (Sum n (fun i => pred i ^ 2))))
    by (unfold gradient; by_cases).
    region
    (fun h : R => 1 - S2 h / (sqrt (Sum n (fun i => target i ^ 2)) * sqrt (S1 h)))
    (fun h : R => eps < sqrt (S1 h)).
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_reduced :
  forall (m n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> nat -> R) (eps : R) (s
    k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < eps ->
  sqrt (Sum n (fun i => pred s i ^ 2)) - eps <> 0 ->
  is_derive (fun h : R => reduced m weight divisor (fun r => value n (with_entry pred s k h r)
    (target r) eps)) (pred s k)
    (weight s / divisor * gradient n (pred s) (target s) eps k).
Proof.
  intros.
  apply (reduced_slices m weight divisor (fun r x => value n x (target r) eps));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_mean :
  forall (m n : nat) (pred target : nat -> nat -> R) (eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < eps ->
  sqrt (Sum n (fun i => pred s i ^ 2)) - eps <> 0 ->
  is_derive (fun h : R => Sum m (fun r => value n (with_entry pred s k h r) (target r) eps) / INR m)
    (pred s k)
    (gradient n (pred s) (target s) eps k / INR m).
Proof.
  intros.
  apply (mean_slices m (fun r x => value n x (target r) eps));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_sum :
  forall (m n : nat) (pred target : nat -> nat -> R) (eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < eps ->
  sqrt (Sum n (fun i => pred s i ^ 2)) - eps <> 0 ->
  is_derive (fun h : R => Sum m (fun r => value n (with_entry pred s k h r) (target r) eps)) (pred s
    k)
    (gradient n (pred s) (target s) eps k).
Proof.
  intros.
  apply (sum_slices m (fun r x => value n x (target r) eps));
  [ | apply gradient_is_derivative ]; assumption.
Qed.

(** At a kink it lies between the derivatives from both sides: the clamped side: a vector too short
  to have a direction is not turned. *)
Theorem gradient_at_kink :
  forall (n : nat) (pred target : nat -> R) (eps : R) (k : nat),
  (k < n)%nat ->
  0 < eps ->
  sqrt (Sum n (fun i => pred i ^ 2)) - eps = 0 ->
  is_partial_one_sided (fun pred => value n pred target eps) pred k (gradient n pred target eps k).
Proof.
  intros. unfold is_partial_one_sided.
  sum_at_element S1 n pred k (fun (i : nat) (a : R) => a ^ 2) (2 * pred k).
  sum_at_element S2 n pred k (fun (i : nat) (a : R) => a * target i) (target k).
  apply (between_one_sided_slopes_ext (fun h : R =>
    1 - S2 h / (Rmax eps (sqrt (Sum n (fun i => target i ^ 2))) * Rmax eps (sqrt (S1 h))))).
  { intro h. in_reals. unfold value. rewrite ?with_element_here. unfold S1, S2. same_sums. }
  clearbody S1 S2.
  destruct (Rtotal_order (sqrt (Sum n (fun i => target i ^ 2))) eps) as [?|[?|?]];
  destruct (Rtotal_order (sqrt (Sum n (fun i => pred i ^ 2))) eps) as [?|[?|?]].
  - impossible.
  - known_sums k.
    replace (gradient n pred target eps k) with (- (target k / eps ^ 2)) by (unfold gradient; by_cases).
    surface
    (fun h : R => 1 - S2 h / eps ^ 2)
    (fun h : R => 1 - S2 h / (sqrt (S1 h) * eps))
    (fun h : R => sqrt (S1 h) - eps)
    (- (target k / eps ^ 2))
    (Sum n (fun i => pred i * target i) * pred k / (sqrt (Sum n (fun i => pred i ^ 2)) ^ 3 * eps) -
      target k / (sqrt (Sum n (fun i => pred i ^ 2)) * eps))
    (pred k / sqrt (Sum n (fun i => pred i ^ 2)))
    (fun h : R => True).
  - impossible.
  - impossible.
  - known_sums k.
    replace (gradient n pred target eps k) with (- (target k / eps ^ 2)) by (unfold gradient; by_cases).
    surface
    (fun h : R => 1 - S2 h / eps ^ 2)
    (fun h : R => 1 - S2 h / (sqrt (S1 h) * eps))
    (fun h : R => sqrt (S1 h) - eps)
    (- (target k / eps ^ 2))
    (Sum n (fun i => pred i * target i) * pred k / (sqrt (Sum n (fun i => pred i ^ 2)) ^ 3 * eps) -
      target k / (sqrt (Sum n (fun i => pred i ^ 2)) * eps))
    (pred k / sqrt (Sum n (fun i => pred i ^ 2)))
    (fun h : R => True).
  - impossible.
  - impossible.
  - known_sums k.
    replace (gradient n pred target eps k) with (- (target k / (sqrt (Sum n (fun i => target i ^ 2)) *
    eps)))
    by (unfold gradient; by_cases).
    surface
    (fun h : R => 1 - S2 h / (sqrt (Sum n (fun i => target i ^ 2)) * eps))
    (fun h : R => 1 - S2 h / (sqrt (Sum n (fun i => target i ^ 2)) * sqrt (S1 h)))
    (fun h : R => sqrt (S1 h) - eps)
    (- (target k / (sqrt (Sum n (fun i => target i ^ 2)) * eps)))
    (Sum n (fun i => pred i * target i) * pred k / (sqrt (Sum n (fun i => target i ^ 2)) * sqrt (Sum n
      (fun i => pred i ^ 2)) ^ 3) - target k / (sqrt (Sum n (fun i => target i ^ 2)) * sqrt (Sum n
      (fun i => pred i ^ 2))))
    (pred k / sqrt (Sum n (fun i => pred i ^ 2)))
    (fun h : R => True).
  - impossible.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_reduced_at_kink :
  forall (m n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> nat -> R) (eps : R) (s
    k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < eps ->
  sqrt (Sum n (fun i => pred s i ^ 2)) - eps = 0 ->
  between_one_sided_slopes (fun h : R => reduced m weight divisor (fun r => value n (with_entry pred
    s k h r) (target r) eps)) (pred s k)
    (weight s / divisor * gradient n (pred s) (target s) eps k).
Proof.
  intros.
  apply (reduced_slices_at_kink m weight divisor (fun r x => value n x (target r) eps));
  [ | apply gradient_at_kink ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_mean_at_kink :
  forall (m n : nat) (pred target : nat -> nat -> R) (eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < eps ->
  sqrt (Sum n (fun i => pred s i ^ 2)) - eps = 0 ->
  between_one_sided_slopes (fun h : R => Sum m (fun r => value n (with_entry pred s k h r) (target
    r) eps) / INR m) (pred s k)
    (gradient n (pred s) (target s) eps k / INR m).
Proof.
  intros.
  apply (mean_slices_at_kink m (fun r x => value n x (target r) eps));
  [ | apply gradient_at_kink ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_sum_at_kink :
  forall (m n : nat) (pred target : nat -> nat -> R) (eps : R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  0 < eps ->
  sqrt (Sum n (fun i => pred s i ^ 2)) - eps = 0 ->
  between_one_sided_slopes (fun h : R => Sum m (fun r => value n (with_entry pred s k h r) (target
    r) eps)) (pred s k)
    (gradient n (pred s) (target s) eps k).
Proof.
  intros.
  apply (sum_slices_at_kink m (fun r x => value n x (target r) eps));
  [ | apply gradient_at_kink ]; assumption.
Qed.

(** ** hvp *)

(** With every sum taken apart. *)
Lemma hvp_in_sums :
  forall (n : nat) (pred target direction : nat -> R) (eps : R) (k : nat),
  hvp n pred target direction eps k =
    (if Rlt_dec eps (sqrt (Sum n (fun i => pred i ^ 2))) then (direction k * (Sum n (fun i => pred i
      * target i) / (Rmax eps (sqrt (Sum n (fun i => pred i ^ 2))) * Rmax eps (sqrt (Sum n (fun i =>
      target i ^ 2))))) / Rmax eps (sqrt (Sum n (fun i => pred i ^ 2))) + pred k * (Sum n (fun i =>
      direction i * target i) / (Rmax eps (sqrt (Sum n (fun i => pred i ^ 2))) * Rmax eps (sqrt (Sum
      n (fun i => target i ^ 2))))) / Rmax eps (sqrt (Sum n (fun i => pred i ^ 2))) + target k *
      (Sum n (fun i => direction i * pred i) / Rmax eps (sqrt (Sum n (fun i => pred i ^ 2))) ^ 2) /
      Rmax eps (sqrt (Sum n (fun i => target i ^ 2))) - 3 * pred k * (Sum n (fun i => direction i *
      pred i) / Rmax eps (sqrt (Sum n (fun i => pred i ^ 2))) ^ 2) * (Sum n (fun i => pred i *
      target i) / (Rmax eps (sqrt (Sum n (fun i => pred i ^ 2))) * Rmax eps (sqrt (Sum n (fun i =>
      target i ^ 2))))) / Rmax eps (sqrt (Sum n (fun i => pred i ^ 2)))) / Rmax eps (sqrt (Sum n
      (fun i => pred i ^ 2))) else 0).
Proof.
  intros. unfold hvp.
  rewrite (Sum_last n
    (fun i => direction i * pred i / Rmax eps (sqrt (Sum n (fun j => pred j ^ 2))) ^ 2) (/ Rmax eps
      (sqrt (Sum n (fun j => pred j ^ 2))) ^ 2)
    (fun i => direction i * pred i))
    by (intro; unfold Rdiv; ring).
  rewrite (Sum_last n
    (fun i => direction i * target i / (Rmax eps (sqrt (Sum n (fun j => pred j ^ 2))) * Rmax eps (sqrt
      (Sum n (fun j => target j ^ 2))))) (1 / (Rmax eps (sqrt (Sum n (fun j => pred j ^ 2))) * Rmax
      eps (sqrt (Sum n (fun j => target j ^ 2)))))
    (fun i => direction i * target i))
    by (intro; unfold Rdiv; ring).
  rewrite (Sum_last n
    (fun i => pred i * target i / (Rmax eps (sqrt (Sum n (fun j => pred j ^ 2))) * Rmax eps (sqrt (Sum
      n (fun j => target j ^ 2))))) (1 / (Rmax eps (sqrt (Sum n (fun j => pred j ^ 2))) * Rmax eps
      (sqrt (Sum n (fun j => target j ^ 2)))))
    (fun i => pred i * target i))
    by (intro; unfold Rdiv; ring).
  same_sums.
Qed.

(** hvp is the derivative of gradient in pred, along the direction. *)
Theorem hvp_is_derivative :
  forall (n : nat) (pred target direction : nat -> R) (eps : R) (k : nat),
  (k < n)%nat ->
  0 < eps ->
  sqrt (Sum n (fun i => pred i ^ 2)) - eps <> 0 ->
  is_derive (fun h : R => gradient n (fun i => pred i + h * direction i) target eps k) 0
    (hvp n pred target direction eps k).
Proof.
  intros.
  sum_along S1 n pred direction (fun (i : nat) (a : R) => a ^ 2)
    (fun i => 2 * direction i * pred i)
    (2 * Sum n (fun i => direction i * pred i)).
  sum_along S2 n pred direction (fun (i : nat) (a : R) => a * target i)
    (fun i => direction i * target i)
    (1 * Sum n (fun i => direction i * target i)).
  apply (is_derive_ext (fun h : R =>
    (pred k + h * direction k) * (if Rlt_dec eps (sqrt (S1 h)) then S2 h / (sqrt (S1 h) ^ 3 * Rmax eps
      (sqrt (Sum n (fun i => target i ^ 2)))) else 0) - target k / (Rmax eps (sqrt (Sum n (fun i =>
      target i ^ 2))) * Rmax eps (sqrt (S1 h))))).
  { intro h. in_reals. unfold gradient. rewrite ?with_element_here. unfold S1, S2. same_sums. }
  clearbody S1 S2.
  destruct (Rtotal_order (sqrt (Sum n (fun i => target i ^ 2))) eps) as [?|[?|?]];
  destruct (Rtotal_order eps (sqrt (Sum n (fun i => pred i ^ 2)))) as [?|[?|?]].
  - known_sums k.
    replace (hvp n pred target direction eps k) with ((Sum n (fun i => direction i * pred i) * target k
    / (Sum n (fun i => pred i ^ 2) * eps) + Sum n (fun i => direction i * target i) * pred k / (Sum n
    (fun i => pred i ^ 2) * eps) + Sum n (fun i => pred i * target i) * direction k / (Sum n (fun i =>
    pred i ^ 2) * eps) - 3 * Sum n (fun i => direction i * pred i) * Sum n (fun i => pred i * target
    i) * pred k / (Sum n (fun i => pred i ^ 2) ^ 2 * eps)) / sqrt (Sum n (fun i => pred i ^ 2)))
    by (rewrite hvp_in_sums; by_cases).
    region
    (fun h : R => S2 h * (pred k + h * direction k) / (sqrt (S1 h) ^ 3 * eps) - target k / (sqrt (S1
      h) * eps))
    (fun h : R => eps < sqrt (S1 h)).
  - impossible.
  - known_sums k.
    replace (hvp n pred target direction eps k) with 0 by (rewrite hvp_in_sums; by_cases).
    region (fun h : R => - (target k / eps ^ 2)) (fun h : R => sqrt (S1 h) < eps).
  - known_sums k.
    replace (hvp n pred target direction eps k) with ((Sum n (fun i => direction i * pred i) * target k
    / (Sum n (fun i => pred i ^ 2) * eps) + Sum n (fun i => direction i * target i) * pred k / (Sum n
    (fun i => pred i ^ 2) * eps) + Sum n (fun i => pred i * target i) * direction k / (Sum n (fun i =>
    pred i ^ 2) * eps) - 3 * Sum n (fun i => direction i * pred i) * Sum n (fun i => pred i * target
    i) * pred k / (Sum n (fun i => pred i ^ 2) ^ 2 * eps)) / sqrt (Sum n (fun i => pred i ^ 2)))
    by (rewrite hvp_in_sums; by_cases).
    region
    (fun h : R => S2 h * (pred k + h * direction k) / (sqrt (S1 h) ^ 3 * eps) - target k / (sqrt (S1
      h) * eps))
    (fun h : R => eps < sqrt (S1 h)).
  - impossible.
  - known_sums k.
    replace (hvp n pred target direction eps k) with 0 by (rewrite hvp_in_sums; by_cases).
    region (fun h : R => - (target k / eps ^ 2)) (fun h : R => sqrt (S1 h) < eps).
  - known_sums k.
    replace (hvp n pred target direction eps k) with ((Sum n (fun i => direction i * pred i) * target k
    / (sqrt (Sum n (fun i => target i ^ 2)) * Sum n (fun i => pred i ^ 2)) + Sum n (fun i => direction
    i * target i) * pred k / (sqrt (Sum n (fun i => target i ^ 2)) * Sum n (fun i => pred i ^ 2)) +
    Sum n (fun i => pred i * target i) * direction k / (sqrt (Sum n (fun i => target i ^ 2)) * Sum n
    (fun i => pred i ^ 2)) - 3 * Sum n (fun i => direction i * pred i) * Sum n (fun i => pred i *
    target i) * pred k / (sqrt (Sum n (fun i => target i ^ 2)) * Sum n (fun i => pred i ^ 2) ^ 2)) /
    sqrt (Sum n (fun i => pred i ^ 2)))
    by (rewrite hvp_in_sums; by_cases).
    region
    (fun h : R => S2 h * (pred k + h * direction k) / (sqrt (Sum n (fun i => target i ^ 2)) * sqrt (S1
      h) ^ 3) - target k / (sqrt (Sum n (fun i => target i ^ 2)) * sqrt (S1 h)))
    (fun h : R => eps < sqrt (S1 h)).
  - impossible.
  - known_sums k.
    replace (hvp n pred target direction eps k) with 0 by (rewrite hvp_in_sums; by_cases).
    region
    (fun h : R => - (target k / (sqrt (Sum n (fun i => target i ^ 2)) * eps)))
    (fun h : R => sqrt (S1 h) < eps).
Qed.

(** ** published: torchlean_cosine_gradient *)

(** It is not the gradient, at pred = 2; target = 1; eps = 1/2: the radial term has the norm squared
  where its cube belongs. *)
Theorem torchlean_cosine_gradient_is_wrong :
  forall (n : nat) (pred target : nat -> R) (eps : R) (k : nat),
  n = 1%nat ->
  k = 0%nat ->
  pred = (fun _ => 2) ->
  target = (fun _ => 1) ->
  eps = 1 / 2 ->
  0 < eps /\ eps < sqrt (Sum n (fun i => pred i ^ 2)) /\ eps < sqrt (Sum n (fun i => target i ^ 2))
    /\ ~ is_partial (fun pred => value n pred target eps) pred k (torchlean_cosine_gradient n pred
    target eps k).
Proof.
  intros. subst.
  split; [ numbers | ].
  split; [ numbers | ].
  split; [ numbers | ].
  eapply not_the_derivative.
  - apply gradient_is_derivative; numbers.
  - unfold torchlean_cosine_gradient, gradient; numbers.
Qed.

(** ** published: torchlean_cosine_gradient_clamped *)

(** It is not the gradient, at pred = 1; target = 2; eps = 3/2: where the norm is clamped it does
  not vary, so there is no radial term. *)
Theorem torchlean_cosine_gradient_clamped_is_wrong :
  forall (n : nat) (pred target : nat -> R) (eps : R) (k : nat),
  n = 1%nat ->
  k = 0%nat ->
  pred = (fun _ => 1) ->
  target = (fun _ => 2) ->
  eps = 3 / 2 ->
  0 < eps /\ sqrt (Sum n (fun i => pred i ^ 2)) < eps /\ eps < sqrt (Sum n (fun i => target i ^ 2))
    /\ ~ is_partial (fun pred => value n pred target eps) pred k (torchlean_cosine_gradient_clamped
    n pred target eps k).
Proof.
  intros. subst.
  split; [ numbers | ].
  split; [ numbers | ].
  split; [ numbers | ].
  eapply not_the_derivative.
  - apply gradient_is_derivative; numbers.
  - unfold torchlean_cosine_gradient_clamped, gradient; numbers.
Qed.
