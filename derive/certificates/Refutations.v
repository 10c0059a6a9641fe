(** Refutations: closed numbers that differ. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices.
Open Scope R_scope.

Lemma not_the_derivative (f : R -> R) (x d e : R) : is_derive f x d -> e <> d -> ~ is_derive f x e.
Proof.
  intros D N E. apply N. apply is_derive_unique in D. apply is_derive_unique in E. congruence.
Qed.

Lemma ln_negative a : 0 < a -> a < 1 -> ln a < 0.
Proof. intros H L. rewrite <- ln_1. now apply ln_increasing. Qed.

Lemma ln_positive a : 1 < a -> 0 < ln a.
Proof. intro H. rewrite <- ln_1. apply ln_increasing; lra. Qed.

Ltac known_logarithms :=
  repeat match goal with
  | |- context [ln ?a] => have_fact (ln a < 0) (ln_negative a ltac:(lra) ltac:(lra))
  | |- context [ln ?a] => have_fact (0 < ln a) (ln_positive a ltac:(lra))
  end.

(** Closed sums are computed; then roots of squares, exponentials of zero and cases. *)
Ltac numbers :=
  repeat split;
  cbv beta iota delta [Sum INR identity Nat.eqb];
  repeat match goal with
  | |- context [sqrt (0 + ?c ^ 2)] =>
      replace (sqrt (0 + c ^ 2)) with c by (rewrite Rplus_0_l, sqrt_pow2; lra)
  end;
  rewrite ?exp_0;
  first
  [ lia
  | (intros; lra)
  | (left; lra)
  | (right; lra)
  | (intros; cases; known_logarithms; first [ lra | (intro; lra) | nra | (intro; nra) ]) ].
