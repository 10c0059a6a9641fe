(** Sums over an index, for every number of terms: the derivative in one element, along a direction,
    and of a reduction.

    A vector is a function [nat -> R] of which the elements below [n] count; a tensor of [m] slices
    of [n] entries is a function [nat -> nat -> R]. *)

From Coq Require Import Reals Psatz Lia Arith.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces.
Open Scope R_scope.

Fixpoint Sum (n : nat) (f : nat -> R) : R :=
  match n with
  | O => 0
  | S m => Sum m f + f m
  end.

(** The same as the sum of the standard library. *)
Lemma Sum_sum_f_R0 n f : Sum (S n) f = sum_f_R0 f n.
Proof. induction n as [|n IH]; [ simpl; ring | simpl in *; now rewrite IH ]. Qed.

Lemma Sum_ext n f g : (forall i, (i < n)%nat -> f i = g i) -> Sum n f = Sum n g.
Proof. induction n as [|n IH]; intro H; simpl; [ reflexivity | rewrite IH, H; auto ]. Qed.

Lemma Sum_zero n : Sum n (fun _ => 0) = 0.
Proof. induction n as [|n IH]; simpl; [ reflexivity | rewrite IH; ring ]. Qed.

Lemma Sum_one n : Sum n (fun _ => 1) = INR n.
Proof. induction n as [|n IH]; [ reflexivity | rewrite S_INR; simpl Sum; now rewrite IH ]. Qed.

Lemma Sum_scaled n c f : Sum n (fun i => c * f i) = c * Sum n f.
Proof. induction n as [|n IH]; simpl; [ ring | rewrite IH; ring ]. Qed.

Lemma Sum_plus n f g : Sum n (fun i => f i + g i) = Sum n f + Sum n g.
Proof. induction n as [|n IH]; simpl; [ ring | rewrite IH; ring ]. Qed.

(** A term with a constant factor, and the rest: sums of what is linear in simpler terms. *)
Lemma Sum_last n f c a : (forall i, f i = c * a i) -> Sum n f = c * Sum n a.
Proof. intro H. rewrite (Sum_ext n f (fun i => c * a i)) by auto. apply Sum_scaled. Qed.

Lemma Sum_first n f c a g :
  (forall i, f i = c * a i + g i) -> Sum n f = c * Sum n a + Sum n g.
Proof.
  intro H. rewrite (Sum_ext n f (fun i => c * a i + g i)) by auto.
  now rewrite Sum_plus, Sum_scaled.
Qed.

Lemma Sum_nneg n f : (forall i, 0 <= f i) -> 0 <= Sum n f.
Proof. intro H. induction n as [|n IH]; simpl; [ lra | pose proof (H n); lra ]. Qed.

Lemma Sum_pos n k f : (k < n)%nat -> (forall i, 0 < f i) -> 0 < Sum n f.
Proof.
  intros Hk H. destruct n as [|n]; [ lia |]. simpl. pose proof (H n).
  assert (0 <= Sum n f) by (apply Sum_nneg; intro i; apply Rlt_le, H). lra.
Qed.

(** Coquelicot states equations in the reals as a normed module, where [ring] does not see them. *)
Ltac in_reals := cbv beta; match goal with |- ?a = ?b => change (a = b :> R) end.

(** ** One element *)

(** [x] with the element at [k] replaced by [h]. *)
Definition with_element (x : nat -> R) (k : nat) (h : R) : nat -> R :=
  fun i => if Nat.eqb i k then h else x i.

(** [d] is the derivative of [L] at [x] with respect to the element at [k]. *)
Definition is_partial (L : (nat -> R) -> R) (x : nat -> R) (k : nat) (d : R) : Prop :=
  is_derive (fun h : R => L (with_element x k h)) (x k) d.

(** [v] may be taken for it at a kink: it lies between the slopes on both sides. *)
Definition is_partial_at_kink (L : (nat -> R) -> R) (x : nat -> R) (k : nat) (v : R) : Prop :=
  between_slopes (fun h : R => L (with_element x k h)) (x k) v.

Lemma with_element_here x k h : with_element x k h k = h.
Proof. unfold with_element. now rewrite Nat.eqb_refl. Qed.

Lemma with_element_there x k h i : i <> k -> with_element x k h i = x i.
Proof. intro H. unfold with_element. destruct (Nat.eqb_spec i k); [ contradiction | reflexivity ]. Qed.

Lemma with_element_same x k i : with_element x k (x k) i = x i.
Proof. unfold with_element. destruct (Nat.eqb_spec i k); [ now subst | reflexivity ]. Qed.

(** Of a sum, one term depends on the element at [k]. *)
Lemma Sum_with_element n (f : nat -> R -> R) x k h :
  (k < n)%nat ->
  Sum n (fun i => f i (with_element x k h i)) = f k h + (Sum n (fun i => f i (x i)) - f k (x k)).
Proof.
  intro Hk. induction n as [|n IH]; [ lia |]. simpl.
  destruct (Nat.eq_dec k n) as [->|Hn].
  - rewrite (Sum_ext n _ (fun i => f i (x i))).
    + rewrite with_element_here. ring.
    + intros i Hi. now rewrite with_element_there by lia.
  - rewrite IH by lia. rewrite with_element_there by lia. ring.
Qed.

Lemma Sum_with_same n (f : nat -> R -> R) x k :
  Sum n (fun i => f i (with_element x k (x k) i)) = Sum n (fun i => f i (x i)).
Proof. apply Sum_ext. intros i _. now rewrite with_element_same. Qed.

Lemma derivative_of_affine (f : R -> R) (a c x l : R) :
  is_derive f x l -> is_derive (fun y => a * f y + c) x (a * l).
Proof.
  intro H. replace (a * l) with (a * l + 0) by ring.
  apply (is_derive_plus (V := R_NormedModule)); [ now apply is_derive_scal |].
  apply (is_derive_const (V := R_NormedModule)).
Qed.

Lemma Sum_derivative n (f : nat -> R -> R) x k d :
  (k < n)%nat -> is_derive (f k) (x k) d ->
  is_derive (fun h : R => Sum n (fun i => f i (with_element x k h i))) (x k) d.
Proof.
  intros Hk H.
  apply (is_derive_ext (fun h => 1 * f k h + (Sum n (fun i => f i (x i)) - f k (x k)))).
  - intro h. in_reals. rewrite (Sum_with_element n f x k h Hk). ring.
  - replace d with (1 * d) by ring. now apply derivative_of_affine.
Qed.

(** Along a direction, every term moves. *)
Lemma Sum_derivative_along n (f : nat -> R -> R) (d : nat -> R) (h0 : R) :
  (forall i, is_derive (f i) h0 (d i)) ->
  is_derive (fun h : R => Sum n (fun i => f i h)) h0 (Sum n d).
Proof.
  intro H. induction n as [|n IH]; simpl.
  - apply (is_derive_const (V := R_NormedModule)).
  - apply (is_derive_plus (V := R_NormedModule)); [ exact IH | apply H ].
Qed.

(** ** Reductions: sums with any weights, over any divisor *)

(** Weights 1 and divisor 1 give the sum, weights 1 and divisor [INR n] the mean. *)
Definition reduced (n : nat) (weight : nat -> R) (divisor : R) (f : nat -> R) : R :=
  Sum n (fun i => weight i * f i) / divisor.

Lemma reduced_sum n f : reduced n (fun _ => 1) 1 f = Sum n f.
Proof. unfold reduced. rewrite Sum_scaled. field. Qed.

Lemma reduced_mean n f : reduced n (fun _ => 1) (INR n) f = Sum n f / INR n.
Proof. unfold reduced. rewrite Sum_scaled. unfold Rdiv. ring. Qed.

Lemma reduced_with_element n w D (f : nat -> R -> R) x k h :
  (k < n)%nat ->
  reduced n w D (fun i => f i (with_element x k h i))
  = w k / D * f k h + (reduced n w D (fun i => f i (x i)) - w k / D * f k (x k)).
Proof.
  intro Hk. unfold reduced. rewrite (Sum_with_element n (fun i a => w i * f i a) x k h Hk).
  unfold Rdiv. ring.
Qed.

Theorem reduced_is_partial n w D (f : nat -> R -> R) x k d :
  (k < n)%nat -> is_derive (f k) (x k) d ->
  is_partial (fun x => reduced n w D (fun i => f i (x i))) x k (w k / D * d).
Proof.
  intros Hk H. unfold is_partial.
  apply (is_derive_ext
    (fun h => w k / D * f k h + (reduced n w D (fun i => f i (x i)) - w k / D * f k (x k)))).
  - intro h. symmetry. now apply reduced_with_element.
  - now apply derivative_of_affine.
Qed.

Theorem mean_is_partial n (f : nat -> R -> R) x k d :
  (k < n)%nat -> is_derive (f k) (x k) d ->
  is_partial (fun x => Sum n (fun i => f i (x i)) / INR n) x k (d / INR n).
Proof.
  intros Hk H. unfold is_partial. apply (is_derive_ext
    (fun h => reduced n (fun _ => 1) (INR n) (fun i => f i (with_element x k h i)))).
  - intro h. apply reduced_mean.
  - replace (d / INR n) with (1 / INR n * d) by (unfold Rdiv; ring).
    now apply (reduced_is_partial n (fun _ => 1) (INR n) f).
Qed.

Theorem sum_is_partial n (f : nat -> R -> R) x k d :
  (k < n)%nat -> is_derive (f k) (x k) d ->
  is_partial (fun x => Sum n (fun i => f i (x i))) x k d.
Proof. intros Hk H. now apply Sum_derivative. Qed.

(** A parameter acts on all elements at once. *)
Theorem reduced_in_parameter n w D (f : nat -> R -> R) p (d : nat -> R) :
  (forall i, is_derive (f i) p (d i)) ->
  is_derive (fun p => reduced n w D (fun i => f i p)) p (reduced n w D d).
Proof.
  intro H. unfold reduced, Rdiv.
  apply (is_derive_ext (fun p => / D * Sum n (fun i => w i * f i p) + 0)); [ intro; in_reals; ring |].
  rewrite Rmult_comm. apply derivative_of_affine.
  apply (Sum_derivative_along n (fun i p => w i * f i p) (fun i => w i * d i)). intro i.
  apply (is_derive_ext (fun p => w i * f i p + 0)); [ intro; in_reals; ring |].
  apply derivative_of_affine. apply H.
Qed.

(** Kinks: an affine image of a function has its slopes scaled. *)
Lemma slope_of_affine (F : (R -> Prop) -> Prop) {FF : Filter F} (f : R -> R) (a c l : R) :
  F (fun y => ex_derive f y) -> filterlim (Derive f) F (locally l) ->
  F (fun y => ex_derive (fun y => a * f y + c) y)
  /\ filterlim (Derive (fun y => a * f y + c)) F (locally (a * l)).
Proof.
  intros E L.
  assert (A : forall y, ex_derive f y -> is_derive (fun y => a * f y + c) y (a * Derive f y)).
  { intros y Hy. apply derivative_of_affine. now apply Derive_correct. }
  split.
  - apply (filter_imp (fun y => ex_derive f y)); [ intros y Hy; eexists; now apply A | exact E ].
  - apply (filterlim_ext_loc (fun y => a * Derive f y)).
    + apply (filter_imp (fun y => ex_derive f y)); [ | exact E ].
      intros y Hy. symmetry. apply is_derive_unique. now apply A.
    + apply (filterlim_comp _ _ _ (Derive f) (fun z => a * z) F (locally l)); [ exact L |].
      apply (continuous_of_derivative (fun z => a * z) l). auto_derive. exact I.
Qed.

Lemma between_scaled a l r v :
  Rmin l r <= v <= Rmax l r -> Rmin (a * l) (a * r) <= a * v <= Rmax (a * l) (a * r).
Proof.
  intros H. destruct (Rle_dec 0 a); unfold Rmin, Rmax in *;
    destruct (Rle_dec l r); destruct (Rle_dec (a * l) (a * r)); nra.
Qed.

Lemma between_slopes_of_affine f a c x v :
  between_slopes f x v -> between_slopes (fun y => a * f y + c) x (a * v).
Proof.
  intros (l & r & [El Ll] & [Er Lr] & B). exists (a * l), (a * r). split; [ | split ].
  - apply slope_of_affine; [ apply within_filter, locally_filter | exact El | exact Ll ].
  - apply slope_of_affine; [ apply within_filter, locally_filter | exact Er | exact Lr ].
  - now apply between_scaled.
Qed.

Lemma between_slopes_ext f g x v :
  (forall y, f y = g y) -> between_slopes f x v -> between_slopes g x v.
Proof.
  intros H (l & r & [El Ll] & [Er Lr] & B). exists l, r.
  assert (E : forall y, ex_derive f y -> ex_derive g y) by (intros y Hy; now apply (ex_derive_ext f)).
  split; [ | split ]; [ split | split | exact B ].
  - apply (filter_imp (fun y => ex_derive f y)); assumption.
  - apply (filterlim_ext (Derive f)); [ intro y; apply Derive_ext; exact H | exact Ll ].
  - apply (filter_imp (fun y => ex_derive f y)); assumption.
  - apply (filterlim_ext (Derive f)); [ intro y; apply Derive_ext; exact H | exact Lr ].
Qed.

Theorem reduced_is_partial_at_kink n w D (f : nat -> R -> R) x k v :
  (k < n)%nat -> between_slopes (f k) (x k) v ->
  is_partial_at_kink (fun x => reduced n w D (fun i => f i (x i))) x k (w k / D * v).
Proof.
  intros Hk H. unfold is_partial_at_kink.
  apply (between_slopes_ext
    (fun h => w k / D * f k h + (reduced n w D (fun i => f i (x i)) - w k / D * f k (x k)))).
  - intro h. symmetry. now apply reduced_with_element.
  - now apply between_slopes_of_affine.
Qed.

Theorem mean_is_partial_at_kink n (f : nat -> R -> R) x k v :
  (k < n)%nat -> between_slopes (f k) (x k) v ->
  is_partial_at_kink (fun x => Sum n (fun i => f i (x i)) / INR n) x k (v / INR n).
Proof.
  intros Hk H. unfold is_partial_at_kink. apply (between_slopes_ext
    (fun h => reduced n (fun _ => 1) (INR n) (fun i => f i (with_element x k h i)))).
  - intro h. apply reduced_mean.
  - replace (v / INR n) with (1 / INR n * v) by (unfold Rdiv; ring).
    now apply (reduced_is_partial_at_kink n (fun _ => 1) (INR n) f).
Qed.

Theorem sum_is_partial_at_kink n (f : nat -> R -> R) x k v :
  (k < n)%nat -> between_slopes (f k) (x k) v ->
  is_partial_at_kink (fun x => Sum n (fun i => f i (x i))) x k v.
Proof.
  intros Hk H. unfold is_partial_at_kink. apply (between_slopes_ext
    (fun h => reduced n (fun _ => 1) 1 (fun i => f i (with_element x k h i)))).
  - intro h. apply reduced_sum.
  - replace v with (1 / 1 * v) by field.
    now apply (reduced_is_partial_at_kink n (fun _ => 1) 1 f).
Qed.
