(** Losses of a slice: elements meet in sums, and a formula is a function of those.

    A proof names the sums that change, says how they change, forgets how they were computed, and
    goes on as if they were any differentiable functions: that is the chain rule. *)

From Coq Require Import Reals Psatz Lia Arith.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums.
Open Scope R_scope.

(** The identity matrix. *)
Definition identity (s i : nat) : R := if Nat.eqb s i then 1 else 0.

Lemma Sum_identity n s : (s < n)%nat -> Sum n (fun i => identity s i) = 1.
Proof.
  intro Hs. unfold identity. induction n as [|n IH]; [ lia |]. simpl.
  destruct (Nat.eqb_spec s n) as [->|Hn].
  - rewrite (Sum_ext n _ (fun _ => 0)), Sum_zero; [ ring |].
    intros i Hi. destruct (Nat.eqb_spec n i); [ lia | reflexivity ].
  - rewrite IH by lia. ring.
Qed.

(** A tensor with one entry of one slice replaced. *)
Definition with_entry (X : nat -> nat -> R) (s k : nat) (h : R) : nat -> nat -> R :=
  fun r => if Nat.eqb r s then with_element (X s) k h else X r.

Lemma Sum_one_varies m (g : nat -> R -> R) s h h0 :
  (s < m)%nat -> (forall r, r <> s -> g r h = g r h0) ->
  Sum m (fun r => g r h) = g s h + (Sum m (fun r => g r h0) - g s h0).
Proof.
  intros Hs H. induction m as [|m IH]; [ lia |]. simpl.
  destruct (Nat.eq_dec s m) as [->|Hm].
  - rewrite (Sum_ext m _ (fun r => g r h0)); [ ring |]. intros r Hr. apply H. lia.
  - rewrite IH by lia. rewrite (H m) by lia. ring.
Qed.

Lemma reduced_with_entry m w D (f : nat -> (nat -> R) -> R) X s k h h0 :
  (s < m)%nat ->
  reduced m w D (fun r => f r (with_entry X s k h r))
  = w s / D * f s (with_element (X s) k h)
    + (reduced m w D (fun r => f r (with_entry X s k h0 r)) - w s / D * f s (with_element (X s) k h0)).
Proof.
  intro Hs. unfold reduced.
  rewrite (Sum_one_varies m (fun r h => w r * f r (with_entry X s k h r)) s h h0 Hs).
  - unfold with_entry. rewrite Nat.eqb_refl. unfold Rdiv. ring.
  - intros r Hr. unfold with_entry. now destruct (Nat.eqb_spec r s).
Qed.

(** [v] may be taken for the derivative in the entry at [k]: it lies between those on both sides. *)
Definition is_partial_one_sided (L : (nat -> R) -> R) (x : nat -> R) (k : nat) (v : R) : Prop :=
  between_one_sided_slopes (fun h : R => L (with_element x k h)) (x k) v.

(** The derivative of a reduction over slices, in the entry [k] of the slice [s]. *)
Theorem reduced_slices m w D (f : nat -> (nat -> R) -> R) X s k d :
  (s < m)%nat -> is_partial (f s) (X s) k d ->
  is_derive (fun h => reduced m w D (fun r => f r (with_entry X s k h r))) (X s k) (w s / D * d).
Proof.
  intros Hs H.
  apply (is_derive_ext (fun h => w s / D * f s (with_element (X s) k h)
    + (reduced m w D (fun r => f r (with_entry X s k 0 r)) - w s / D * f s (with_element (X s) k 0)))).
  - intro h. symmetry. now apply reduced_with_entry.
  - now apply derivative_of_affine.
Qed.

Theorem mean_slices m (f : nat -> (nat -> R) -> R) X s k d :
  (s < m)%nat -> is_partial (f s) (X s) k d ->
  is_derive (fun h => Sum m (fun r => f r (with_entry X s k h r)) / INR m) (X s k) (d / INR m).
Proof.
  intros Hs H. apply (is_derive_ext
    (fun h => reduced m (fun _ => 1) (INR m) (fun r => f r (with_entry X s k h r)))).
  - intro h. apply reduced_mean.
  - replace (d / INR m) with (1 / INR m * d) by (unfold Rdiv; ring).
    now apply (reduced_slices m (fun _ => 1) (INR m) f).
Qed.

Theorem sum_slices m (f : nat -> (nat -> R) -> R) X s k d :
  (s < m)%nat -> is_partial (f s) (X s) k d ->
  is_derive (fun h => Sum m (fun r => f r (with_entry X s k h r))) (X s k) d.
Proof.
  intros Hs H. apply (is_derive_ext
    (fun h => reduced m (fun _ => 1) 1 (fun r => f r (with_entry X s k h r)))).
  - intro h. apply reduced_sum.
  - replace d with (1 / 1 * d) by field. now apply (reduced_slices m (fun _ => 1) 1 f).
Qed.

(** The same at kinks. *)
Lemma one_sided_of_affine f a c x v :
  between_one_sided_slopes f x v -> between_one_sided_slopes (fun y => a * f y + c) x (a * v).
Proof.
  intros (l & r & Hl & Hr & B). exists (a * l), (a * r).
  assert (Q : forall (F : (R -> Prop) -> Prop) {FF : Filter F} (u : R),
    filterlim (fun y => (f y - f x) / (y - x)) F (locally u) ->
    filterlim (fun y => (a * f y + c - (a * f x + c)) / (y - x)) F (locally (a * u))).
  { intros F FF u H. apply (filterlim_ext (fun y => a * ((f y - f x) / (y - x)))).
    - intro y. unfold Rdiv. ring.
    - apply (filterlim_comp _ _ _ _ (fun z => a * z) F (locally u)); [ exact H |].
      apply (continuous_of_derivative (fun z => a * z) u). auto_derive. exact I. }
  split; [ | split; [ | now apply between_scaled ] ].
  - apply (Q (at_left x)); [ apply within_filter, locally_filter | exact Hl ].
  - apply (Q (at_right x)); [ apply within_filter, locally_filter | exact Hr ].
Qed.

Theorem reduced_slices_at_kink m w D (f : nat -> (nat -> R) -> R) X s k v :
  (s < m)%nat -> is_partial_one_sided (f s) (X s) k v ->
  between_one_sided_slopes
    (fun h => reduced m w D (fun r => f r (with_entry X s k h r))) (X s k) (w s / D * v).
Proof.
  intros Hs H.
  apply (between_one_sided_slopes_ext (fun h => w s / D * f s (with_element (X s) k h)
    + (reduced m w D (fun r => f r (with_entry X s k 0 r)) - w s / D * f s (with_element (X s) k 0)))).
  - intro h. symmetry. now apply reduced_with_entry.
  - now apply one_sided_of_affine.
Qed.

Theorem mean_slices_at_kink m (f : nat -> (nat -> R) -> R) X s k v :
  (s < m)%nat -> is_partial_one_sided (f s) (X s) k v ->
  between_one_sided_slopes
    (fun h => Sum m (fun r => f r (with_entry X s k h r)) / INR m) (X s k) (v / INR m).
Proof.
  intros Hs H. apply (between_one_sided_slopes_ext
    (fun h => reduced m (fun _ => 1) (INR m) (fun r => f r (with_entry X s k h r)))).
  - intro h. apply reduced_mean.
  - replace (v / INR m) with (1 / INR m * v) by (unfold Rdiv; ring).
    now apply (reduced_slices_at_kink m (fun _ => 1) (INR m) f).
Qed.

Theorem sum_slices_at_kink m (f : nat -> (nat -> R) -> R) X s k v :
  (s < m)%nat -> is_partial_one_sided (f s) (X s) k v ->
  between_one_sided_slopes
    (fun h => Sum m (fun r => f r (with_entry X s k h r))) (X s k) v.
Proof.
  intros Hs H. apply (between_one_sided_slopes_ext
    (fun h => reduced m (fun _ => 1) 1 (fun r => f r (with_entry X s k h r)))).
  - intro h. apply reduced_sum.
  - replace v with (1 / 1 * v) by field.
    now apply (reduced_slices_at_kink m (fun _ => 1) 1 f).
Qed.

(** ** Tactics *)

(** Equal up to the order of sums and factors, whatever their denominators are. *)
Ltac by_inverses := unfold Rdiv; rewrite ?Rinv_mult; rewrite <- ?pow_inv; ring.
Ltac same_sums :=
  first
  [ reflexivity | ring | by_inverses
  | (repeat match goal with |- context [if ?d then _ else _] => destruct d end;
     first [ reflexivity | ring | by_inverses ])
  | by_cases ].

(** [sum_at_element S x k term slope]: [S h] is the sum of [term i] with the element of [x] at [k]
    replaced by [h]; its value and its derivative are known. *)
Ltac sum_at_element S n x k term slope :=
  let V := fresh "value_of_sum" in
  let D := fresh "slope_of_sum" in
  pose (S := fun h : R => Sum n (fun i : nat => term i (with_element x k h i)));
  assert (V : S (x k) = Sum n (fun i : nat => term i (x i)))
    by (exact (Sum_with_same n term x k));
  assert (D : is_derive S (x k) slope)
    by (apply (Sum_derivative n term x k); [ assumption | cbv beta; smooth ]);
  cbv beta in V, D.

(** [sum_along S x d term slope combined]: the same along a direction; [combined] is the sum of the
    slopes, written as is convenient. *)
Ltac sum_along S n x d term slope combined :=
  let V := fresh "value_of_sum" in
  let D := fresh "slope_of_sum" in
  pose (S := fun h : R => Sum n (fun i : nat => term i (x i + h * d i)));
  assert (V : S 0 = Sum n (fun i : nat => term i (x i)))
    by (apply Sum_ext; intros; cbv beta; repeat rewrite Rmult_0_l; repeat rewrite Rplus_0_r;
        reflexivity);
  assert (D : is_derive S 0 combined)
    by (replace combined with (Sum n slope);
        [ apply (Sum_derivative_along n (fun i h => term i (x i + h * d i))); intro; cbv beta;
          auto_derive; [ side | cbv beta; repeat rewrite Rmult_0_l; repeat rewrite Rplus_0_r; equal ]
        | cbv beta; try apply Sum_last; intros; equal ]);
  cbv beta in V, D.

Lemma positive_radicand a : 0 < sqrt a -> 0 < a.
Proof.
  intro H. destruct (Rle_or_lt a 0) as [Ha|Ha]; [ | exact Ha ].
  rewrite (sqrt_neg_0 a Ha) in H. lra.
Qed.

(** What is known of sums of positive and of nonnegative terms. *)
Ltac known_sums k :=
  rewrite ?Sum_identity by assumption;
  repeat match goal with
  | |- context [Sum ?n (fun i => exp (@?f i))] =>
      have_fact (0 < Sum n (fun i => exp (f i)))
        (Sum_pos n k (fun i => exp (f i)) ltac:(assumption) (fun i => exp_pos (f i)))
  | |- context [Sum ?n (fun i => (@?f i) ^ 2)] =>
      have_fact (0 <= Sum n (fun i => f i ^ 2))
        (Sum_nneg n (fun i => f i ^ 2) (fun i => pow2_ge_0 (f i)))
  | _ : _ = Sum ?n (fun i => (@?f i) ^ 2) |- _ =>
      have_fact (0 <= Sum n (fun i => f i ^ 2))
        (Sum_nneg n (fun i => f i ^ 2) (fun i => pow2_ge_0 (f i)))
  | H : context [sqrt ?a] |- _ => have_fact (0 < a) (positive_radicand a ltac:(lra))
  end;
  cbv beta in *.

Lemma zero_quotient a b : a / b = 0 -> b <> 0 -> a = 0.
Proof. intros H Hb. replace a with (a / b * b) by (field; exact Hb). rewrite H. ring. Qed.

(** Between two bounds that are equal there is one number. *)
Ltac squeeze :=
  match goal with
  | H : ?e <= sqrt ?a |- context [sqrt ?a] => replace (sqrt a) with e by lra
  end.

(** Where [q] does not turn, up to the equation of the surface. *)
Ltac without_turn :=
  intro;
  try match goal with
  | Z : _ / ?b = 0 |- _ => apply zero_quotient in Z; [ | side ]
  end;
  first
  [ by_cases
  | match goal with H : sqrt _ = _, Z : _ = 0 |- _ => solve [ cases; field [H Z]; side ] end ].

(** [surface below above q slope_below slope_above turn around]: a kink where [q] is zero. *)
Ltac surface below above q slope_below slope_above turn around :=
  match goal with
  | |- between_one_sided_slopes ?f ?x ?v =>
    apply (one_sided_at_surface f below above q x slope_below slope_above turn v);
    [ smooth | smooth | smooth
    | cbv beta; use_hypotheses; lra
    | cbv beta; use_hypotheses; by_cases
    | cbv beta; use_hypotheses; by_cases
    | apply (filter_imp around);
      [ intros; split; intro; cases; first [ arithmetic | repeat squeeze; arithmetic ] | open_region ]
    | without_turn
    | first [ apply between_left | apply between_right | split; by_cases ] ]
  end.
