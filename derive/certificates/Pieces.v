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

(** ** One-sided derivatives *)

(** The difference quotients tend to [l] from below, or from above. *)
Definition derivative_from_below (f : R -> R) (x l : R) : Prop :=
  filterlim (fun y => (f y - f x) / (y - x)) (at_left x) (locally l).
Definition derivative_from_above (f : R -> R) (x l : R) : Prop :=
  filterlim (fun y => (f y - f x) / (y - x)) (at_right x) (locally l).

(** A value that may be taken for the derivative where a slice can touch a surface of kinks without
    crossing it: one between the derivatives from below and from above. *)
Definition between_one_sided_slopes (f : R -> R) (x v : R) : Prop :=
  exists l r : R,
    derivative_from_below f x l /\ derivative_from_above f x r /\ Rmin l r <= v <= Rmax l r.

Lemma there (x y : R) : x + (y - x) = y.
Proof. ring. Qed.

Lemma quotients_within (side : R -> Prop) (f F : R -> R) (x l : R) :
  is_derive F x l -> F x = f x -> ~ side x -> within side (locally x) (fun y => f y = F y) ->
  filterlim (fun y => (f y - f x) / (y - x)) (within side (locally x)) (locally l).
Proof.
  intros D E N A P [eps HP]. apply is_derive_Reals in D.
  destruct (D eps (cond_pos eps)) as [d Hd]. destruct A as [a Ha].
  assert (Q : 0 < Rmin d a) by (apply Rmin_pos; apply cond_pos).
  exists (mkposreal _ Q). intros y Hy Sy.
  assert (B : Rabs (y - x) < Rmin d a) by exact Hy.
  pose proof (Rmin_l d a). pose proof (Rmin_r d a).
  apply HP. rewrite (Ha y); [ | change (Rabs (y - x) < a); lra | exact Sy ].
  assert (Z : y - x <> 0) by (intro Z; apply N; apply Rminus_diag_uniq in Z; now rewrite <- Z).
  specialize (Hd (y - x) Z ltac:(lra)). rewrite there in Hd.
  rewrite <- E. exact Hd.
Qed.

(** [q] is negative where [f] is [F] and positive where it is [G]. Whichever way [q] turns at [x], a
    value between both slopes is legal; where it does not turn, the slopes have to agree. *)
Theorem one_sided_at_surface (f F G q : R -> R) (x a b d v : R) :
  is_derive F x a -> is_derive G x b -> is_derive q x d ->
  q x = 0 -> F x = f x -> G x = f x ->
  locally x (fun y => (q y <= 0 -> f y = F y) /\ (0 <= q y -> f y = G y)) ->
  (d = 0 -> a = b) -> Rmin a b <= v <= Rmax a b ->
  between_one_sided_slopes f x v.
Proof.
  intros DF DG Dq Q EF EG [e He] T B.
  assert (S : forall s : R, s <> 0 -> 0 < s * d ->
    locally x (fun y => 0 < s * (y - x) -> 0 < q y)
    /\ locally x (fun y => s * (y - x) < 0 -> q y < 0)).
  { intros s Hs Hd. apply is_derive_Reals in Dq.
    assert (Nd : d <> 0) by (intro Z; rewrite Z in Hd; lra).
    assert (P : 0 < Rabs d / 2) by (pose proof (Rabs_pos_lt d Nd); lra).
    destruct (Dq _ P) as [c Hc].
    assert (K : forall y : R, ball x c y -> y <> x -> Rabs (q y / (y - x) - d) < Rabs d / 2).
    { intros y Hy N. specialize (Hc (y - x) ltac:(lra) Hy).
      rewrite there, Q in Hc.
      now replace (q y - 0) with (q y) in Hc by ring. }
    split; exists c; intros y Hy Hlt.
    - assert (N : y <> x) by (intro; subst; lra). specialize (K y Hy N).
      assert (M : q y = (q y / (y - x)) * (y - x)) by (field; lra).
      apply Rabs_def2 in K. unfold Rabs in K; destruct (Rcase_abs d); rewrite M.
      + assert (s < 0) by nra. assert (y - x < 0) by nra. nra.
      + assert (0 < s) by nra. assert (0 < y - x) by nra. nra.
    - assert (N : y <> x) by (intro; subst; lra). specialize (K y Hy N).
      assert (M : q y = (q y / (y - x)) * (y - x)) by (field; lra).
      apply Rabs_def2 in K. unfold Rabs in K; destruct (Rcase_abs d); rewrite M.
      + assert (s < 0) by nra. assert (0 < y - x) by nra. nra.
      + assert (0 < s) by nra. assert (y - x < 0) by nra. nra. }
  assert (He' : locally x (fun y => (q y <= 0 -> f y = F y) /\ (0 <= q y -> f y = G y)))
    by (now exists e).
  destruct (Rtotal_order d 0) as [Hd|[Hd|Hd]].
  - destruct (S (-1) ltac:(lra) ltac:(lra)) as [S1 S2]. exists b, a. split; [ | split ].
    + apply (quotients_within _ f G); try assumption; [ lra |].
      unfold within. generalize (filter_and _ _ He' S1). apply filter_imp.
      intros y [[_ H2] H3] Hy. apply H2, Rlt_le, H3. lra.
    + apply (quotients_within _ f F); try assumption; [ lra |].
      unfold within. generalize (filter_and _ _ He' S2). apply filter_imp.
      intros y [[H1 _] H3] Hy. apply H1, Rlt_le, H3. lra.
    + rewrite Rmin_comm, Rmax_comm. exact B.
  - assert (E : a = b) by (apply T; exact Hd). subst b.
    assert (D : is_derive f x a).
    { apply (derivative_at_junction F G); try assumption.
      generalize He'. apply filter_imp. intros y [H1 H2].
      destruct (Rle_or_lt (q y) 0); [ left | right ]; [ apply H1 | apply H2 ]; lra. }
    exists a, a. split; [ | split ]; [ | | exact B ];
      apply (quotients_within _ f f); try assumption; try reflexivity; try lra;
      apply filter_forall; reflexivity.
  - destruct (S 1 ltac:(lra) ltac:(lra)) as [S1 S2]. exists a, b. split; [ | split ].
    + apply (quotients_within _ f F); try assumption; [ lra |].
      unfold within. generalize (filter_and _ _ He' S2). apply filter_imp.
      intros y [[H1 _] H3] Hy. apply H1, Rlt_le, H3. lra.
    + apply (quotients_within _ f G); try assumption; [ lra |].
      unfold within. generalize (filter_and _ _ He' S1). apply filter_imp.
      intros y [[_ H2] H3] Hy. apply H2, Rlt_le, H3. lra.
    + exact B.
Qed.

Lemma between_one_sided_slopes_ext f g x v :
  (forall y, f y = g y) -> between_one_sided_slopes f x v -> between_one_sided_slopes g x v.
Proof.
  intros E (l & r & L & R & B). exists l, r. split; [ | split ]; [ | | exact B ].
  - apply (filterlim_ext (fun y => (f y - f x) / (y - x))); [ | exact L ].
    intro y. now rewrite !E.
  - apply (filterlim_ext (fun y => (f y - f x) / (y - x))); [ | exact R ].
    intro y. now rewrite !E.
Qed.

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
  | |- continuous (fun y => sqrt (@?f y)) ?x =>
      apply (continuous_comp f sqrt); [ prove_continuous | apply continuous_sqrt ]
  | |- continuous (fun y => @?f y - @?g y) ?x =>
      apply (continuous_minus f g); prove_continuous
  | |- continuous (fun y => @?f y + @?g y) ?x =>
      apply (continuous_plus f g); prove_continuous
  | |- _ => apply continuous_of_derivative; solve [ eexists; eassumption | auto_derive; side ]
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
