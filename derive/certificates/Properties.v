(** Properties of a loss that follow from its derivatives everywhere. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations.
Open Scope R_scope.

(** The mean value theorem, for a function that has a derivative everywhere. *)
Lemma mean_value (f f' : R -> R) (x y : R) :
  (forall z, is_derive f z (f' z)) ->
  exists z, Rmin x y <= z <= Rmax x y /\ f y - f x = f' z * (y - x).
Proof.
  intro D. apply MVT_gen; intros z _.
  - apply D.
  - apply continuity_pt_filterlim, (ex_derive_continuous f). eexists. apply D.
Qed.

Lemma nondecreasing_slope (f f' : R -> R) (x y : R) :
  (forall z, is_derive f z (f' z)) -> (forall z, 0 <= f' z) -> x <= y -> f x <= f y.
Proof.
  intros D P L. destruct (mean_value f f' x y D) as [z [_ E]]. specialize (P z). nra.
Qed.

Lemma above_its_tangents (f f' f'' : R -> R) (x y : R) :
  (forall z, is_derive f z (f' z)) -> (forall z, is_derive f' z (f'' z)) ->
  (forall z, 0 <= f'' z) -> f x + f' x * (y - x) <= f y.
Proof.
  intros D D' P. destruct (mean_value f f' x y D) as [z [Z E]].
  destruct (Rle_lt_dec x y) as [L|L].
  - rewrite Rmin_left, Rmax_right in Z by lra.
    pose proof (nondecreasing_slope f' f'' x z D' P ltac:(lra)). nra.
  - rewrite Rmin_right, Rmax_left in Z by lra.
    pose proof (nondecreasing_slope f' f'' z x D' P ltac:(lra)). nra.
Qed.

Theorem convex_by_curvature (f f' f'' : R -> R) (x y t : R) :
  (forall z, is_derive f z (f' z)) -> (forall z, is_derive f' z (f'' z)) ->
  (forall z, 0 <= f'' z) -> 0 < t < 1 ->
  f (t * x + (1 - t) * y) <= t * f x + (1 - t) * f y.
Proof.
  intros D D' P T. set (m := t * x + (1 - t) * y).
  pose proof (above_its_tangents f f' f'' m x D D' P) as A.
  pose proof (above_its_tangents f f' f'' m y D D' P) as B.
  replace (f m) with (t * (f m + f' m * (x - m)) + (1 - t) * (f m + f' m * (y - m)))
    by (unfold m; ring).
  apply Rplus_le_compat; apply Rmult_le_compat_l; lra.
Qed.

Theorem lipschitz_by_slope (f f' : R -> R) (x y c : R) :
  (forall z, is_derive f z (f' z)) -> (forall z, Rabs (f' z) <= c) ->
  Rabs (f x - f y) <= c * Rabs (x - y).
Proof.
  intros D B. apply (bounded_variation f f' c y x). intros z _. split; [ apply D | apply B ].
Qed.

(** Bounds of what occurs in slopes and curvatures. *)
Lemma tanh_bounds x : -1 < tanh x < 1.
Proof.
  unfold tanh, sinh, cosh. pose proof (exp_pos x). pose proof (exp_pos (- x)).
  split; [ apply Rlt_div_r | apply Rlt_div_l ]; lra.
Qed.

Lemma logistic_bounds a : 0 < a -> 0 < / (1 + a) < 1.
Proof.
  intro P. split.
  - apply Rinv_0_lt_compat. lra.
  - rewrite <- Rinv_1. apply Rinv_lt_contravar; lra.
Qed.

Ltac bounds :=
  repeat match goal with
  | |- context [tanh ?e] => have_fact (-1 < tanh e < 1) (tanh_bounds e)
  | |- context [/ (1 + exp ?e)] =>
      have_fact (0 < / (1 + exp e) < 1) (logistic_bounds (exp e) (exp_pos e))
  end.

Ltac curvature := unfold Rdiv; bounds; first [ nneg | lra | (saturate; nra) ].

Ltac slope :=
  unfold Rdiv; bounds; unfold sign;
  repeat match goal with
  | |- context [Rle_dec ?a ?b] => destruct (Rle_dec a b)
  | |- context [total_order_T ?a ?b] => destruct (total_order_T a b) as [[?|?]|?]
  end;
  first [ lra
        | (split_Rabs; first [ lra | nra ])
        | match goal with
          | H : Rabs _ <= _ |- Rabs (_ * / _) <= _ =>
              apply Rabs_le_between in H; apply Rabs_le;
              split; [ apply Rle_div_r | apply Rle_div_l ]; lra
          end ].
