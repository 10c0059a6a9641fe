(** Side conditions: what [auto_derive] and [field] ask for, and nothing else.

    Three tactics call each other and follow the structure of a term: [pos] proves [0 < e], [nneg]
    proves [0 <= e], [nz] proves [e <> 0]. What has no structure of use goes to linear arithmetic,
    with what is known of exponentials and hyperbolic cosines. They only ever find proofs: whatever
    they do, the kernel of Coq checks what comes of it. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

(** A power is an atom to every tactic; unfolded into products it would not be found again. *)
Global Arguments pow r%R_scope n%nat_scope : simpl never.

Lemma cosh_pos x : 0 < cosh x.
Proof. unfold cosh. pose proof (exp_pos x). pose proof (exp_pos (- x)). lra. Qed.

Lemma cosh2_minus_sinh2 x : cosh x * cosh x - sinh x * sinh x = 1.
Proof. unfold cosh, sinh. rewrite exp_Ropp. pose proof (exp_pos x). field. lra. Qed.

(** Coquelicot differentiates what it knows; it learns of [tanh] here. *)
Global Instance UnaryDiff_tanh : UnaryDiff tanh.
Proof.
  exists (fun x => 1 - tanh x ^ 2).
  intro x. pose proof (cosh_pos x). unfold tanh. auto_derive.
  - lra.
  - replace (1 - (sinh x / cosh x) ^ 2) with
      ((cosh x * cosh x - sinh x * sinh x) / (cosh x * cosh x)) by (field; lra).
    field. lra.
Defined.

Lemma square_pos x : x <> 0 -> 0 < x ^ 2.
Proof. intro H. now apply pow2_gt_0. Qed.

Lemma pos_nonzero x : 0 < x -> x <> 0.
Proof. lra. Qed.

Lemma even_power_nneg x (n : nat) : 0 <= x ^ (2 * n).
Proof. rewrite pow_mult. apply pow_le, pow2_ge_0. Qed.

(** [have_fact P proof]: a new hypothesis, unless there is one already. *)
Ltac have_fact P proof :=
  match goal with
  | _ : P |- _ => fail 1
  | _ => pose proof (proof : P)
  end.

(** What is known of the atoms that occur in the goal. *)
Ltac saturate :=
  repeat match goal with
  | |- context [exp ?e] => have_fact (0 < exp e) (exp_pos e)
  | |- context [cosh ?e] => have_fact (0 < cosh e) (cosh_pos e)
  | |- context [Rabs ?e] => have_fact (0 <= Rabs e) (Rabs_pos e)
  | |- context [sqrt ?e] => have_fact (0 <= sqrt e) (sqrt_pos e)
  | |- context [INR ?n] => have_fact (0 <= INR n) (pos_INR n)
  end.

Ltac leaf := first [ assumption | lra | (saturate; lra) ].

(** [half_of n] is [m] if [n] is the numeral [2 * m], and fails otherwise. *)
Ltac half_of n :=
  let m := eval compute in (Nat.div2 n) in
  let even := eval compute in (Nat.even n) in
  lazymatch even with true => constr:(m) end.

Ltac pos :=
  lazymatch goal with
  | |- 0 < exp _ => apply exp_pos
  | |- 0 < cosh _ => apply cosh_pos
  | |- 0 < sqrt _ => first [ leaf | apply sqrt_lt_R0; pos ]
  | |- 0 < INR _ => first [ assumption | apply lt_0_INR; lia ]
  | |- 0 < / _ => apply Rinv_0_lt_compat; pos
  | |- 0 < _ / _ => first [ leaf | apply Rdiv_lt_0_compat; pos ]
  | |- 0 < _ * _ => first [ leaf | apply Rmult_lt_0_compat; pos | nra ]
  | |- 0 < _ ^ 2 => first [ leaf | apply pow_lt; pos | apply square_pos; nz ]
  | |- 0 < _ ^ _ => first [ leaf | apply pow_lt; pos ]
  | |- 0 < Rabs _ => first [ leaf | apply Rabs_pos_lt; nz ]
  | |- 0 < _ + _ =>
      first [ leaf
            | apply Rplus_lt_0_compat; pos
            | apply Rplus_lt_le_0_compat; [ pos | nneg ]
            | apply Rplus_le_lt_0_compat; [ nneg | pos ]
            | (saturate; nra) ]
  | |- _ => first [ leaf | (saturate; nra) ]
  end
with nneg :=
  lazymatch goal with
  | |- 0 <= sqrt _ => apply sqrt_pos
  | |- 0 <= Rabs _ => apply Rabs_pos
  | |- 0 <= INR _ => apply pos_INR
  | |- 0 <= _ ^ 2 => apply pow2_ge_0
  | |- 0 <= ?a * ?a => first [ leaf | apply (Rle_0_sqr a) ]
  | |- 0 <= _ * _ => first [ leaf | apply Rmult_le_pos; nneg | nra ]
  | |- 0 <= ?a ^ ?n =>
      first [ leaf | (let m := half_of n in apply (even_power_nneg a m)) | apply pow_le; nneg ]
  | |- 0 <= _ + _ => first [ leaf | apply Rplus_le_le_0_compat; nneg | (saturate; nra) ]
  | |- _ => first [ leaf | apply Rlt_le; pos | (saturate; nra) ]
  end
with nz :=
  lazymatch goal with
  | |- _ * _ <> 0 => apply Rmult_integral_contrapositive_currified; nz
  | |- _ / _ <> 0 => apply Rmult_integral_contrapositive_currified; nz
  | |- _ ^ _ <> 0 => apply pow_nonzero; nz
  | |- / _ <> 0 => apply Rinv_neq_0_compat; nz
  | |- - _ <> 0 => apply Ropp_neq_0_compat; nz
  | |- exp _ <> 0 => apply pos_nonzero, exp_pos
  | |- sqrt _ <> 0 => first [ assumption | apply pos_nonzero; pos ]
  | |- INR _ <> 0 => first [ assumption | apply not_0_INR; lia ]
  | |- _ => first [ assumption | (intro; lra) | apply pos_nonzero; pos 
                  | (let H := fresh in intro H; nra) ]
  end.

Ltac side :=
  lazymatch goal with
  | |- True => exact I
  | |- _ /\ _ => split; side
  | |- ex_derive _ _ => solve [ eexists; eassumption ]
  | |- _ <> 0 => nz
  | |- 0 < _ => pos
  | |- 0 <= _ => nneg
  | |- _ => first [ leaf | nz | (saturate; nra) ]
  end.
