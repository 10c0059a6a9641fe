(* Written by `lossproof certify` from specs/classification/cross_entropy_logits.py; do not edit. *)

(** * cross entropy logits

    Cross-entropy of logits: minus the target-weighted sum of their log-softmax.

    A slice has [n] entries, for any [n]; [k] is the entry in which a derivative is taken.
    Coq checks every statement below against the real numbers of its standard library; how a proof
    was found is of no concern to it. What is to be read are the definitions and the theorems. *)

From Coq Require Import Reals Psatz Lia.
From Coquelicot Require Import Coquelicot.
From Lossproof Require Import Conditions Equalities Pieces Sums Slices Refutations Properties.
Open Scope R_scope.

(** The loss: -Σ(y·(ŷ - log(Σ(exp(ŷ))))) *)
Definition value (n : nat) (pred target : nat -> R) : R :=
  - Sum n (fun i => target i * (pred i - ln (Sum n (fun j => exp (pred j))))).

(** Its gradient in pred: exp(ŷ)·Σ(y)/Σ(exp(ŷ)) - y *)
Definition gradient_pred (n : nat) (pred target : nat -> R) (k : nat) : R :=
  exp (pred k) * Sum n (fun i => target i) / Sum n (fun i => exp (pred i)) - target k.

(** Its gradient in target: log(Σ(exp(ŷ))) - ŷ *)
Definition gradient_target (n : nat) (pred target : nat -> R) (k : nat) : R :=
  ln (Sum n (fun i => exp (pred i))) - pred k.

(** The diagonal of its Hessian in pred: (1 - exp(ŷ)/Σ(exp(ŷ)))·exp(ŷ)·Σ(y)/Σ(exp(ŷ)) *)
Definition hessian (n : nat) (pred target : nat -> R) (k : nat) : R :=
  (1 - exp (pred k) / Sum n (fun i => exp (pred i))) * exp (pred k) * Sum n (fun i => target i) /
    Sum n (fun i => exp (pred i)).

(** Its Hessian-vector product in pred: (direction -
  Σ(direction·exp(ŷ)/Σ(exp(ŷ))))·exp(ŷ)·Σ(y)/Σ(exp(ŷ)) *)
Definition hvp (n : nat) (pred target direction : nat -> R) (k : nat) : R :=
  (direction k - Sum n (fun i => direction i * exp (pred i) / Sum n (fun j => exp (pred j)))) * exp
    (pred k) * Sum n (fun i => target i) / Sum n (fun i => exp (pred i)).

(**
  https://optax.readthedocs.io/en/latest/api/losses.html#optax.losses.softmax_cross_entropy_with_integer_labels:
  Σ(y·log(exp(ŷ)/Σ(exp(ŷ)))) *)
Definition optax_softmax_cross_entropy_with_integer_labels (n : nat) (pred target : nat -> R) : R :=
  Sum n (fun i => target i * ln (exp (pred i) / Sum n (fun j => exp (pred j)))).

(** TorchLean, NN/Spec/Layers/Loss.lean: exp(ŷ)/Σ(exp(ŷ)) - y *)
Definition torchlean_cross_entropy_logits_gradient (n : nat) (pred target : nat -> R) (k : nat) : R
  :=
  exp (pred k) / Sum n (fun i => exp (pred i)) - target k.

(** ** gradient[pred] *)

(** With every sum taken apart. *)
Lemma value_in_sums :
  forall (n : nat) (pred target : nat -> R),
  value n pred target =
    - (Sum n (fun i => pred i * target i) - ln (Sum n (fun i => exp (pred i))) * Sum n (fun i =>
      target i)).
Proof.
  intros. unfold value.
  rewrite (Sum_first n
    (fun i => target i * (pred i - ln (Sum n (fun j => exp (pred j))))) 1
    (fun i => pred i * target i) (fun i => - (target i * ln (Sum n (fun j => exp (pred j))))))
    by (intro; unfold Rdiv; ring).
  rewrite (Sum_last n
    (fun i => - (target i * ln (Sum n (fun j => exp (pred j))))) (- ln (Sum n (fun j => exp (pred
      j))))
    (fun i => target i))
    by (intro; unfold Rdiv; ring).
  same_sums.
Qed.

(** gradient_pred is the derivative of value in the entry k of pred. *)
Theorem gradient_pred_is_derivative :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  is_partial (fun pred => value n pred target) pred k (gradient_pred n pred target k).
Proof.
  intros. unfold is_partial.
  sum_at_element S1 n pred k (fun (i : nat) (a : R) => exp a) (exp (pred k)).
  sum_at_element S2 n pred k (fun (i : nat) (a : R) => a * target i) (target k).
  apply (is_derive_ext (fun h : R => Sum n (fun i => target i) * ln (S1 h) - S2 h)).
  { intro h. in_reals. rewrite value_in_sums. rewrite ?with_element_here. unfold S1, S2. same_sums. }
  clearbody S1 S2.
  unfold gradient_pred. known_sums k. smooth.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_pred_reduced :
  forall (m n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> nat -> R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  is_derive (fun h : R => reduced m weight divisor (fun r => value n (with_entry pred s k h r)
    (target r))) (pred s k)
    (weight s / divisor * gradient_pred n (pred s) (target s) k).
Proof.
  intros.
  apply (reduced_slices m weight divisor (fun r x => value n x (target r)));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_pred_mean :
  forall (m n : nat) (pred target : nat -> nat -> R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  is_derive (fun h : R => Sum m (fun r => value n (with_entry pred s k h r) (target r)) / INR m)
    (pred s k)
    (gradient_pred n (pred s) (target s) k / INR m).
Proof.
  intros.
  apply (mean_slices m (fun r x => value n x (target r)));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_pred_sum :
  forall (m n : nat) (pred target : nat -> nat -> R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  is_derive (fun h : R => Sum m (fun r => value n (with_entry pred s k h r) (target r))) (pred s k)
    (gradient_pred n (pred s) (target s) k).
Proof.
  intros.
  apply (sum_slices m (fun r x => value n x (target r)));
  [ | apply gradient_pred_is_derivative ]; assumption.
Qed.

(** ** gradient[target] *)

(** gradient_target is the derivative of value in the entry k of target. *)
Theorem gradient_target_is_derivative :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  is_partial (fun target => value n pred target) target k (gradient_target n pred target k).
Proof.
  intros. unfold is_partial.
  sum_at_element S1 n target k (fun (i : nat) (a : R) => pred i * a) (pred k).
  sum_at_element S2 n target k (fun (i : nat) (a : R) => a) 1.
  apply (is_derive_ext (fun h : R => S2 h * ln (Sum n (fun i => exp (pred i))) - S1 h)).
  { intro h. in_reals. rewrite value_in_sums. rewrite ?with_element_here. unfold S1, S2. same_sums. }
  clearbody S1 S2.
  unfold gradient_target. known_sums k. smooth.
Qed.

(** The same with any weights, over any divisor. *)
Theorem gradient_target_reduced :
  forall (m n : nat) (weight : nat -> R) (divisor : R) (pred target : nat -> nat -> R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  is_derive (fun h : R => reduced m weight divisor (fun r => value n (pred r) (with_entry target s k
    h r))) (target s k)
    (weight s / divisor * gradient_target n (pred s) (target s) k).
Proof.
  intros.
  apply (reduced_slices m weight divisor (fun r x => value n (pred r) x));
  [ | apply gradient_target_is_derivative ]; assumption.
Qed.

(** The same of the mean. *)
Theorem gradient_target_mean :
  forall (m n : nat) (pred target : nat -> nat -> R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  is_derive (fun h : R => Sum m (fun r => value n (pred r) (with_entry target s k h r)) / INR m)
    (target s k)
    (gradient_target n (pred s) (target s) k / INR m).
Proof.
  intros.
  apply (mean_slices m (fun r x => value n (pred r) x));
  [ | apply gradient_target_is_derivative ]; assumption.
Qed.

(** The same of the sum. *)
Theorem gradient_target_sum :
  forall (m n : nat) (pred target : nat -> nat -> R) (s k : nat),
  (s < m)%nat ->
  (k < n)%nat ->
  is_derive (fun h : R => Sum m (fun r => value n (pred r) (with_entry target s k h r))) (target s
    k)
    (gradient_target n (pred s) (target s) k).
Proof.
  intros.
  apply (sum_slices m (fun r x => value n (pred r) x));
  [ | apply gradient_target_is_derivative ]; assumption.
Qed.

(** ** hessian *)

(** hessian is the derivative of gradient_pred in the entry k of pred. *)
Theorem hessian_is_derivative :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  (k < n)%nat ->
  is_partial (fun pred => gradient_pred n pred target k) pred k (hessian n pred target k).
Proof.
  intros. unfold is_partial.
  sum_at_element S1 n pred k (fun (i : nat) (a : R) => exp a) (exp (pred k)).
  apply (is_derive_ext (fun h : R => Sum n (fun i => target i) * exp h / S1 h - target k)).
  { intro h. in_reals. unfold gradient_pred. rewrite ?with_element_here. unfold S1. same_sums. }
  clearbody S1.
  unfold hessian. known_sums k. smooth.
Qed.

(** ** hvp *)

(** With every sum taken apart. *)
Lemma hvp_in_sums :
  forall (n : nat) (pred target direction : nat -> R) (k : nat),
  hvp n pred target direction k =
    (direction k - (Sum n (fun i => direction i * exp (pred i)) / Sum n (fun i => exp (pred i)))) *
      exp (pred k) * Sum n (fun i => target i) / Sum n (fun i => exp (pred i)).
Proof.
  intros. unfold hvp.
  rewrite (Sum_last n
    (fun i => direction i * exp (pred i) / Sum n (fun j => exp (pred j))) (/ Sum n (fun j => exp (pred
      j)))
    (fun i => direction i * exp (pred i)))
    by (intro; unfold Rdiv; ring).
  same_sums.
Qed.

(** hvp is the derivative of gradient_pred in pred, along the direction. *)
Theorem hvp_is_derivative :
  forall (n : nat) (pred target direction : nat -> R) (k : nat),
  (k < n)%nat ->
  is_derive (fun h : R => gradient_pred n (fun i => pred i + h * direction i) target k) 0
    (hvp n pred target direction k).
Proof.
  intros.
  sum_along S1 n pred direction (fun (i : nat) (a : R) => exp a)
    (fun i => direction i * exp (pred i))
    (1 * Sum n (fun i => direction i * exp (pred i))).
  apply (is_derive_ext (fun h : R =>
    Sum n (fun i => target i) * exp (pred k + h * direction k) / S1 h - target k)).
  { intro h. in_reals. unfold gradient_pred. rewrite ?with_element_here. unfold S1. same_sums. }
  clearbody S1.
  rewrite hvp_in_sums. known_sums k. smooth.
Qed.

(** ** published: optax_softmax_cross_entropy_with_integer_labels *)

(** It is not the value, at pred = 0, 0; target = 0, 1: the documented logarithm of a probability
  lacks the minus that the code has. *)
Theorem optax_softmax_cross_entropy_with_integer_labels_is_wrong :
  forall (n : nat) (pred target : nat -> R),
  n = 2%nat ->
  pred = (fun _ => 0) ->
  target = (fun i => match i with 0%nat => 0 | _ => 1 end) ->
  optax_softmax_cross_entropy_with_integer_labels n pred target <> value n pred target.
Proof.
  intros. subst.
  unfold optax_softmax_cross_entropy_with_integer_labels, value; numbers.
Qed.

(** ** published: torchlean_cross_entropy_logits_gradient *)

(** It is not the gradient, at pred = 0; target = 0: the softmax carries the factor Sum(target). *)
Theorem torchlean_cross_entropy_logits_gradient_is_wrong :
  forall (n : nat) (pred target : nat -> R) (k : nat),
  n = 1%nat ->
  k = 0%nat ->
  pred = (fun _ => 0) ->
  target = (fun _ => 0) ->
  ~ is_partial (fun pred => value n pred target) pred k (torchlean_cross_entropy_logits_gradient n
    pred target k).
Proof.
  intros. subst.
  eapply not_the_derivative.
  - apply gradient_pred_is_derivative; numbers.
  - unfold torchlean_cross_entropy_logits_gradient, gradient_pred; numbers.
Qed.
