(** Equalities between formulas, as far as differentiation leaves them open.

    [field] decides them if equal atoms look equal. Atoms whose arguments are equal without looking
    so, or opposite, are therefore merged first. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions.
Open Scope R_scope.

Lemma exp_opposite a b : a = - b -> exp a = / exp b.
Proof. intros ->. apply exp_Ropp. Qed.

Lemma exp_double a b : a = 2 * b -> exp a = exp b ^ 2.
Proof. intros ->. replace (2 * b) with (b + b) by ring. rewrite exp_plus. ring. Qed.

Lemma cosh_opposite a b : a = - b -> cosh a = cosh b.
Proof. intros ->. unfold cosh. rewrite Ropp_involutive, Rplus_comm. reflexivity. Qed.

Lemma sinh_opposite a b : a = - b -> sinh a = - sinh b.
Proof. intros ->. unfold sinh. rewrite Ropp_involutive. field. Qed.

Lemma Rabs_opposite a b : a = - b -> Rabs a = Rabs b.
Proof. intros ->. apply Rabs_Ropp. Qed.

Lemma square_of_sqrt a : 0 <= a -> sqrt a ^ 2 = a.
Proof. apply pow2_sqrt. Qed.

(** Equal by arithmetic alone, atoms as they are. *)
Ltac same := solve [ reflexivity | ring | (field; side) ].

(** Marks a pair that was compared, so that none is compared twice. *)
Definition compared {A : Type} (_ _ : A) : Prop := True.

Ltac forget_comparisons :=
  repeat match goal with H : compared _ _ |- _ => clear H end.

Ltac drop_atom s :=
  repeat match goal with H : compared s _ |- _ => clear H | H : compared _ s |- _ => clear H end;
  clear s.

Ltac name_atoms f :=
  repeat match goal with |- context [f ?a] => let s := fresh "atom" in set (s := f a) end.

Ltac unname_atoms f :=
  forget_comparisons;
  repeat match goal with s := f _ |- _ => subst s end.

(** Atoms [f a] and [f b] become one wherever [a = b]. *)
Ltac merge f :=
  name_atoms f;
  repeat match goal with
  | s := f ?a, t := f ?b |- _ =>
    lazymatch goal with
    | _ : compared s t |- _ => fail
    | _ : compared t s |- _ => fail
    | _ => idtac
    end;
    first [ let E := fresh in
            assert (E : s = t) by (apply (f_equal f); same); rewrite E; clear E; drop_atom s
          | assert (compared s t) by exact I ]
  end;
  unname_atoms f.

(** Atoms [f a] are written through [f b] wherever the lemma says how. *)
Ltac merge_by f lemma :=
  name_atoms f;
  repeat match goal with
  | s := f ?a, t := f ?b |- _ =>
    lazymatch goal with _ : compared s t |- _ => fail | _ => idtac end;
    first [ let E := fresh in pose proof (lemma a b ltac:(same)) as E;
            change (f b) with t in E; change (f a) with s in E;
            rewrite E; clear E; drop_atom s
          | assert (compared s t) by exact I ]
  end;
  unname_atoms f.

Ltac merge_atoms :=
  unfold Rdiv, Rminus;
  merge exp; merge ln; merge sqrt; merge tanh; merge cosh; merge sinh; merge Rabs;
  merge_by cosh cosh_opposite; merge_by sinh sinh_opposite; merge_by Rabs Rabs_opposite;
  merge_by exp exp_opposite; merge_by exp exp_double.

Ltac by_field := solve [ field; side ].

(** The same where [sqrt a ^ 2 = a] is needed, for up to three roots: each becomes a number of which
    that equation is known, without denominators. *)
Ltac name_roots :=
  repeat match goal with
  | |- context [sqrt ?a] =>
      let root := fresh "root" in
      let square := fresh "square" in
      pose proof (square_of_sqrt a ltac:(side)) as square;
      try assert (0 < sqrt a) by pos;
      set (root := sqrt a) in *; clearbody root;
      try (field_simplify_eq in square; [ solve [ side ] | ])
  end.

Ltac by_field_with_roots :=
  name_roots; field_simplify_eq; [ | solve [ side ] ];
  match goal with
  | H1 : _ ^ 2 * _ = _, H2 : _ ^ 2 * _ = _, H3 : _ ^ 2 * _ = _ |- _ => solve [ ring [H1 H2 H3] ]
  | H1 : _ ^ 2 = _, H2 : _ ^ 2 = _, H3 : _ ^ 2 = _ |- _ => solve [ ring [H1 H2 H3] ]
  | H1 : _ ^ 2 = _, H2 : _ ^ 2 = _ |- _ => solve [ ring [H1 H2] ]
  | H : _ ^ 2 * _ = _ |- _ => solve [ ring [H] ]
  | H : _ ^ 2 = _ |- _ => solve [ ring [H] ]
  end.

(** On a boundary: up to the equation of the surface. *)
Ltac by_hypothesis :=
  solve
  [ lra
  | progress (repeat match goal with H : sqrt ?a = _ |- context [sqrt ?a] => rewrite H end);
    first [ by_field | by_field_with_roots ]
  | match goal with H : _ = _ :> R |- _ => solve [ field [H]; side ] end
  | nra ].

Ltac equal :=
  first
  [ by_field
  | (merge_atoms; by_field)
  | (unfold tanh; merge_atoms; by_field)
  | (merge_atoms; by_field_with_roots)
  | by_hypothesis
  | (merge_atoms; by_hypothesis) ].

(** Decide every case that occurs; what contradicts the hypotheses is dropped at once. *)
Ltac cases :=
  unfold Rmax, Rmin, Rabs, sign in *;
  repeat match goal with
  | |- context [match ?d with _ => _ end] => destruct d; try (exfalso; lra)
  | H : context [match ?d with _ => _ end] |- _ => destruct d; try (exfalso; lra)
  end.

(** What the hypotheses say of the values and slopes of functions without a formula. *)
Ltac use_hypotheses :=
  repeat match goal with
  | D : is_derive ?V ?x ?l |- context [Derive ?W ?x] =>
      replace (Derive W x) with l by (symmetry; exact (is_derive_unique V x l D))
  end;
  repeat match goal with E : ?V ?x = _ :> R |- context [?V ?x] => is_var V; rewrite E end.

(** [|- is_derive f x l] for a smooth [f]: what is to be defined, then what is to be equal. *)
Ltac smooth :=
  auto_derive;
  use_hypotheses;
  [ first [ side | solve [ cases; side ] | fail 1 "a side condition does not follow" ]
  | first [ equal | solve [ cases; equal ] | fail 1 "this is not the derivative, or the tactic is too weak" ] ].
