(** Functions in cases: inside a region, where two cases join smoothly, and where they do not.

    [abs], [max], [min], [sign] and [if] are cases as well. A region is described by strict
    inequalities between continuous functions, so that it is a neighbourhood of each of its points;
    near such a point the function is one smooth branch. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities.
Open Scope R_scope.

(** ** Neighbourhoods *)

Lemma continuous_of_derivative (f : R -> R) (x : R) : ex_derive f x -> continuous f x.
Proof. exact (@ex_derive_continuous R_AbsRing R_NormedModule f x). Qed.

Lemma continuous_lt (a b : R -> R) (x : R) :
  continuous a x -> continuous b x -> a x < b x -> locally x (fun y => a y < b y).
Proof.
  intros Ha Hb H.
  assert (C : continuous (fun y => b y - a y) x) by (apply (continuous_minus b a); assumption).
  assert (O : locally (b x - a x) (fun z => 0 < z)) by (apply (open_gt 0); lra).
  apply (filter_imp (fun y => 0 < b y - a y)); [ intros y Hy; lra | exact (C _ O) ].
Qed.

(** ** Differentiable functions *)

Lemma derivative_in_region (f h : R -> R) (x l : R) :
  locally x (fun y => f y = h y) -> is_derive f x l -> is_derive h x l.
Proof. intros H D. exact (is_derive_ext_loc f h x l H D). Qed.

(** Near [x], [h] is [f] or [g] at each point; both have the same value and slope at [x]. *)
Lemma derivative_at_junction (f g h : R -> R) (x l : R) :
  locally x (fun y => h y = f y \/ h y = g y) ->
  f x = h x -> g x = h x -> is_derive f x l -> is_derive g x l -> is_derive h x l.
Proof.
  intros [dh Dh] Ef Eg Df Dg.
  apply is_derive_Reals in Df. apply is_derive_Reals in Dg. apply is_derive_Reals.
  intros eps Heps.
  destruct (Df eps Heps) as [df Hf]. destruct (Dg eps Heps) as [dg Hg].
  assert (P : 0 < Rmin (Rmin df dg) dh) by (repeat apply Rmin_pos; apply cond_pos).
  exists (mkposreal _ P). intros z Hz Hlt. simpl in Hlt.
  pose proof (Rmin_l (Rmin df dg) dh). pose proof (Rmin_r (Rmin df dg) dh).
  pose proof (Rmin_l df dg). pose proof (Rmin_r df dg).
  assert (B : ball x dh (x + z)).
  { unfold ball; simpl; unfold AbsRing_ball, abs, minus, plus, opp; simpl.
    replace (x + z + - x) with z by ring. lra. }
  destruct (Dh _ B) as [-> | ->].
  - rewrite <- Ef. apply Hf; [ assumption | lra ].
  - rewrite <- Eg. apply Hg; [ assumption | lra ].
Qed.

(** ** Kinks *)

(** The slope of [f] tends to [l] as its argument tends to [x] from below, or from above. *)
Definition slope_from_below (f : R -> R) (x l : R) : Prop :=
  at_left x (fun y => ex_derive f y) /\ filterlim (Derive f) (at_left x) (locally l).
Definition slope_from_above (f : R -> R) (x l : R) : Prop :=
  at_right x (fun y => ex_derive f y) /\ filterlim (Derive f) (at_right x) (locally l).

(** A value that may be taken for the derivative at a kink: one between the slopes on both sides,
    as are the elements of Clarke's subdifferential. *)
Definition between_slopes (f : R -> R) (x v : R) : Prop :=
  exists l r : R,
    slope_from_below f x l /\ slope_from_above f x r /\ Rmin l r <= v <= Rmax l r.

Section One_side.
  Variables (f F F' : R -> R) (x : R).
  Hypothesis F_smooth : locally x (fun y => is_derive F y (F' y)).
  Hypothesis F'_continuous : continuous F' x.

  Lemma slope_of_side (side : R -> Prop) :
    open side -> within side (locally x) (fun y => f y = F y) ->
    within side (locally x) (fun y => ex_derive f y)
    /\ filterlim (Derive f) (within side (locally x)) (locally (F' x)).
  Proof.
    intros O [d Hd].
    assert (D : within side (locally x) (fun y => is_derive f y (F' y))).
    { destruct F_smooth as [e He].
      assert (P : 0 < Rmin d e) by (apply Rmin_pos; apply cond_pos).
      exists (mkposreal _ P). intros y Hy Sy.
      assert (By : ball x d y /\ ball x e y)
        by (split; (eapply ball_le; [ | exact Hy ]); simpl; [ apply Rmin_l | apply Rmin_r ]).
      destruct By as [By1 By2].
      apply (is_derive_ext_loc F); [ | apply He; assumption ].
      assert (L : locally y (fun z => ball x d z /\ side z)).
      { apply filter_and; [ | apply O; exact Sy ].
        assert (G : 0 < d - Rabs (y - x)).
        { unfold ball in By1; simpl in By1; unfold AbsRing_ball, abs, minus, plus, opp in By1;
            simpl in By1. unfold Rminus. lra. }
        exists (mkposreal _ G). intros z Hz.
        unfold ball in *; simpl in *; unfold AbsRing_ball, abs, minus, plus, opp in *; simpl in *.
        replace (z + - x) with ((z + - y) + (y - x)) by ring.
        eapply Rle_lt_trans; [ apply Rabs_triang | lra ]. }
      apply (filter_imp (fun z => ball x d z /\ side z)); [ | exact L ].
      intros z [Bz Sz]. symmetry. apply Hd; assumption. }
    split.
    - apply (filter_imp (fun y => is_derive f y (F' y))); [ intros y Hy; eexists; exact Hy | exact D ].
    - apply (filterlim_ext_loc F').
      + apply (filter_imp (fun y => is_derive f y (F' y))); [ | exact D ].
        intros y Hy. symmetry. now apply is_derive_unique.
      + eapply filterlim_filter_le_1; [ | exact F'_continuous ].
        intros P HP. apply filter_le_within. exact HP.
  Qed.

  Lemma slope_below : at_left x (fun y => f y = F y) -> slope_from_below f x (F' x).
  Proof. intro H. apply slope_of_side; [ apply open_lt | exact H ]. Qed.

  Lemma slope_above : at_right x (fun y => f y = F y) -> slope_from_above f x (F' x).
  Proof. intro H. apply slope_of_side; [ apply open_gt | exact H ]. Qed.
End One_side.

Lemma between_left l r : Rmin l r <= l <= Rmax l r.
Proof. split; [ apply Rmin_l | apply Rmax_l ]. Qed.
Lemma between_right l r : Rmin l r <= r <= Rmax l r.
Proof. split; [ apply Rmin_r | apply Rmax_r ]. Qed.

(** ** Tactics *)

Ltac arithmetic :=
  first [ reflexivity | lra | (exfalso; nra) | equal | nra ].

Ltac by_cases := intros; cases; simpl; arithmetic.

(** The hypotheses exclude each other. *)
Ltac impossible :=
  exfalso; cases;
  first [ lra | nra | match goal with H : _ <> 0 |- _ => apply H; first [ lra | nra ] end ].

Ltac prove_continuous :=
  lazymatch goal with
  | |- continuous (fun _ => ?c) _ => exact (continuous_const c _)
  | |- continuous (fun y => y) _ => exact (continuous_id _)
  | |- continuous (fun y => Rabs (@?f y)) ?x =>
      apply (continuous_comp f Rabs); [ prove_continuous | apply continuous_Rabs ]
  | |- _ => apply continuous_of_derivative; solve [ auto_derive; side ]
  end.

(** A conjunction of strict inequalities that hold at a point holds around it. *)
Ltac open_region :=
  lazymatch goal with
  | |- locally _ (fun _ => True) => apply filter_true
  | |- locally ?x (fun y => @?P y /\ @?Q y) => apply (filter_and P Q); cbv beta; open_region
  | |- locally ?x (fun y => @?a y < @?b y) =>
      apply (continuous_lt a b x); cbv beta;
      [ prove_continuous | prove_continuous
      | use_hypotheses; first [ assumption | side | by_cases ] ]
  end.

(** [region branch around]: the function is [branch] wherever [around] holds. *)
Ltac region branch around :=
  apply (derivative_in_region branch);
  [ apply (filter_imp around); [ by_cases | open_region ] | smooth ].

(** [junction one other around]: it is one of both wherever [around] holds. *)
Ltac junction one other around :=
  apply (derivative_at_junction one other);
  [ apply (filter_imp around);
    [ intros; cases; first [ left; solve [ arithmetic ] | right; solve [ arithmetic ] ]
    | open_region ]
  | by_cases | by_cases | smooth | smooth ].

(** [kink below below' above above' around]: it is [below] with slope [below'] below the point and
    [above] with slope [above'] above it, wherever [around] holds. *)
Ltac side_of_kink around :=
  [> apply (filter_imp around); [ intros; smooth | open_region ]
   | prove_continuous
   | unfold at_left, at_right, within;
     apply (filter_imp around); [ intros; by_cases | open_region ] ].
Ltac kink below below' above above' around :=
  match goal with
  | |- between_slopes ?f ?x ?v =>
    exists (below' x), (above' x); split; [ | split ];
    [ apply (slope_below f below below' x); side_of_kink around
    | apply (slope_above f above above' x); side_of_kink around
    | cbv beta;
      first [ (replace v with (below' x) by by_cases); apply between_left
            | (replace v with (above' x) by by_cases); apply between_right
            | split; by_cases ] ]
  end.
