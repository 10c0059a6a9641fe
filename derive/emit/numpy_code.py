"""Prints formulas as NumPy statements: shared parts once, under the names that the spec gives them.

A kernel sees arrays whose last axis is the axis of the slice; an aggregate keeps that axis with
length one, so that everything broadcasts. A case distinction must not lose a NaN: a comparison
with NaN is false, so the branch taken then is arranged to be one that depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sympy
from sympy import And, Expr, Mul, Or, Piecewise, Pow, Rational, S, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import to_nnf

from derive.emit.class_labels import LABELS, AtLabel, Placed
from derive.emit.helpers import AGGREGATES, FUNCTIONS, fresh, helper_for, stem_of
from derive.emit.nan_passing import inputs_carried, inputs_compared, is_better_reversed, keeps_nan
from derive.emit.numerals import is_dyadic, numeral
from derive.emit.parts import (
    Shared,
    bare,
    clamped,
    fraction_by_parameters,
    no_multiples,
    parts,
    power_for,
)
from derive.formulas import factor_out, powers
from derive.language import Aggregate, Element, Largest, Rounded, Size, identity
from derive.stable.softmax import parts as parts_of_softmax

WIDTH = 88
_SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(5)


class NotPrintable(Exception):
    """A formula with a function that has no NumPy counterpart here."""


@dataclass(frozen=True)
class Code:
    """Assignments in order, and the expression to return."""

    lines: tuple[str, ...]
    result: str


def statements(
    results: Sequence[Expr],
    names: Mapping[Expr, str],
    like: Element,
    taken: Iterable[str],
    *,
    readable: bool = True,
) -> Code:
    """The statements that compute ``results``, in lines that are short if they are to be read.

    ``names`` are the names to use for parts; ``like`` is an input of the shape that results have;
    names in ``taken`` are not to be assigned. Raises ``NotPrintable``.
    """
    forced: set[Expr] = set()
    shared = Shared(results)
    while True:
        writer = _Writer(names, like, set(taken), forced, shared)
        code = writer.write(results)
        part = writer.part_of_a_long_line() if readable else None
        if part is None:
            return code
        forced.add(part)


class _Writer:
    def __init__(
        self,
        names: Mapping[Expr, str],
        like: Element,
        taken: set[str],
        forced: set[Expr],
        shared: Shared,
    ) -> None:
        self.results = [fresh(stem, taken) for stem in ("value", "gradient")]
        self.taken = {*taken, *self.results}
        free = {e: n for e, n in names.items() if n not in self.taken}
        self.names = {e: n for e, n in free.items() if not n.startswith("_")}
        self.like, self.forced, self.shared = like, forced, shared
        self.products = {e: powers(e) for e in self.names if e.is_Mul}
        self.lines: list[tuple[str, Expr]] = []
        self.known: dict[Expr, str] = {}
        self.kept: set[Expr] = set()  # sums to evaluate as they stand
        self.guarding = False

    def write(self, results: Sequence[Expr]) -> Code:
        """The statements for all results, which share their parts."""
        if len(results) > 1:
            for formula, name in zip(results, self.results, strict=True):
                self.lines.append((f"{name} = {self._result(formula)}", formula))
            return Code(self._texts(), ", ".join(self.results))
        result = self._result(results[0])
        code = Code(self._texts(), result)
        self.lines.append((f"return {result}", results[0]))
        return code

    def _texts(self) -> tuple[str, ...]:
        return tuple(text for text, _ in self.lines)

    def part_of_a_long_line(self) -> Expr | None:
        """The largest unnamed part of a line that is too long, if there is one."""
        for text, e in self.lines:
            if len(text) > WIDTH:
                found = [p for p in parts(e) if p not in self.known and not p.is_Atom]
                found = [p for p in found if isinstance(p, Expr) and p.atoms(Element)]
                found = no_multiples([p for p in found if p not in self.forced], self.forced)
                if found:
                    return max(found, key=lambda p: (p.count_ops(), str(p)))
        return None

    # What is worth a name ----------------------------------------------------------------------

    def _deserves_name(self, e: Expr) -> bool:
        if e.is_Atom or isinstance(e, Relational | And | Or) or not e.atoms(Element):
            return False
        if e in self.names or e in self.forced:
            return True
        return self.shared.uses[e] > 1 and bool(e.as_coeff_Mul()[0] == 1)

    def _assign(self, e: Expr, text: str) -> str:
        name = self.names.get(e) or self._new_name(e)
        self.taken.add(name)
        self.known[e] = name
        self.lines.append((f"{name} = {text}", e))
        return name

    def _assign_exponentials(self, largest: Largest) -> None:
        numerator, divisor = fraction_by_parameters(largest.body)
        text = self.code(numerator, _SUM)
        text += f", {self.code(divisor, _SUM)}" if divisor != 1 else ""
        names: list[str] = []
        for part in parts_of_softmax(largest):
            used = part in self.shared.uses
            names.append((self.names.get(part) or self._new_name(part)) if used else "_")
            self.taken.add(names[-1])
            self.known[part] = names[-1]
        self.lines.append((f"{', '.join(names)} = exponentials({text})", largest))

    def _named(self, e: Expr) -> bool:
        return e in self.known or e in self.names

    def _new_name(self, e: Expr) -> str:
        stem = e.name.rstrip("'") if isinstance(e, Symbol) else stem_of(e)
        return fresh(stem, {*self.taken, *self.names.values()})

    # Printing ----------------------------------------------------------------------------------

    def _result(self, e: Expr) -> str:
        """The text of a whole result, an array even where the formula is a constant."""
        if not e.atoms(Element):
            number = numeral(e, as_float=True) if e.is_Rational else self.code(e, _SUM)
            return f"np.full_like({self.like.name}, {number})"
        if isinstance(e, Placed):
            elsewhere, there = map(self._result, e.args)
            again = elsewhere.isidentifier() and self.shared.uses[e.elsewhere] > 1
            return f"placed({elsewhere}{'.copy()' if again else ''}, {LABELS}, {there})"
        self.guarding = not keeps_nan(e)
        return self.code(e, _SUM)

    def code(self, e: Expr, level: int) -> str:
        """The text of an expression, in parentheses if it binds less tightly than ``level``."""
        if isinstance(e, Rounded):
            self.kept.add(e.inner)
            return self.code(e.inner, level)  # what it must not be merged with is another part
        if e in self.shared.together and e not in self.known:
            self._assign_exponentials(self.shared.together[e])
        if e in self.known:
            return self.known[e]
        if e in self.shared.there:
            return self._assign(e, f"at_labels({self.code(self.shared.there[e], _SUM)}, {LABELS})")
        if e.is_Add and self._named(-e):
            text, binding = f"-{self.code(-e, _PRODUCT)}", _UNARY
        else:
            text, binding = self._print(e)
        if self._deserves_name(e):
            return self._assign(e, text)
        return f"({text})" if binding < level else text

    def _print(self, e: Expr) -> tuple[str, int]:
        if e.is_Rational:
            return numeral(e), _ATOM if e >= 0 else _UNARY
        if (helper := helper_for(e)) is not None:
            name, parts = helper
            return f"{name}({', '.join(self.code(part, _SUM) for part in parts)})", _ATOM
        if isinstance(e, Symbol):
            return self._symbol(e), _ATOM
        if e.is_Add:
            product = None if e in self.kept else self._multiple_of_a_named_sum(e)
            return (self._add(e), _SUM) if product is None else self._multiply(product)
        if e.is_Mul:
            return self._multiply(e)
        if isinstance(e, Pow):
            return self._power(e)
        if isinstance(e, Aggregate):
            name, body = AGGREGATES[type(e)], self._summand(e.body)
            return f"{name}({body}, axis=-1, keepdims=True)", _ATOM
        if isinstance(e, Piecewise):
            return self._cases(e), _ATOM
        return self._function(e), _ATOM

    def _summand(self, e: Expr) -> str:
        if isinstance(e, Piecewise) and [v for v, _ in e.args] == [1, 0]:
            return self._condition(e.args[0][1])  # counts where it holds
        return self.code(e, _SUM)

    def _symbol(self, e: Symbol) -> str:
        if e == identity:
            return self._assign(e, f"np.eye({self.like.name}.shape[-1])")
        if isinstance(e, AtLabel):
            name = e.name.removesuffix("_there")
            return self._assign(e, f"at_labels({name}, {LABELS})")
        if isinstance(e, Size):
            return f"{self.like.name}.shape[-1]"
        return str(e.name)

    def _multiple_of_a_named_sum(self, e: Expr) -> Expr | None:
        """2*(a - b) for 2*a - 2*b, to which SymPy expands it, if a - b or b - a has a name."""
        factor, rest = e.primitive()
        for sign in (1, -1):
            if factor != 1 and (sign * rest in self.known or sign * rest in self.names):
                return Mul(sign * factor, sign * rest, evaluate=False)
        return None

    def _add(self, e: Expr) -> str:
        terms = sorted(e.as_ordered_terms(), key=lambda term: term.could_extract_minus_sign())
        terms = [inner if self._named(-(inner := bare(term))) else term for term in terms]
        terms.sort(key=lambda term: self._named(-term))
        text = self.code(terms[0], _SUM)
        for term in terms[1:]:
            if (term.could_extract_minus_sign() or self._named(-term)) and not self._named(term):
                text += f" - {self.code(-term, _PRODUCT)}"
            else:
                text += f" + {self.code(term, _PRODUCT)}"
        return text

    def _multiply(self, e: Expr) -> tuple[str, int]:
        coefficient, rest = e.as_coeff_Mul()
        if coefficient.is_negative:
            return f"-{self.code(Mul(-coefficient, rest), _PRODUCT)}", _UNARY
        above: list[str] = []
        below: list[str] = []
        named, rest = factor_out(rest, self.products)
        if coefficient.q != 1 and not is_dyadic(coefficient):
            coefficient, divisor = sympy.Integer(coefficient.p), sympy.Integer(coefficient.q)
            below.append(numeral(divisor))
        if coefficient != 1:
            above.append(numeral(coefficient))
        above += [self.code(factor, _UNARY) for factor in named]
        for factor in rest.as_ordered_factors() if rest != 1 else []:
            base, exponent = factor.as_base_exp()
            if exponent.is_Integer and exponent < 0 and not e.atoms(Element):
                # a Python number divided by a power that underflows raises
                below += [self.code(base, _ATOM)] * int(-exponent)
            elif exponent.is_Rational and exponent < 0 and base is not S.Exp1:
                below.append(self.code(base**-exponent, _POWER))
            else:
                above.append(self.code(factor, _UNARY if above else _PRODUCT))
        text = " * ".join(above) or "1"
        if below and not e.atoms(Element):
            text = " / ".join([text, *below])
        elif below:
            divisor_text = below[0] if len(below) == 1 else f"({' * '.join(below)})"
            text = f"{text} / {divisor_text}"
        return text, _PRODUCT

    def _power(self, e: Pow) -> tuple[str, int]:
        base, exponent = e.args
        if base is S.Exp1:
            return f"np.exp({self.code(exponent, _SUM)})", _ATOM
        if exponent == Rational(1, 2):
            return f"np.sqrt({self.code(base, _SUM)})", _ATOM
        if exponent.is_Integer and exponent < 0 and not base.atoms(Element):
            return self._multiply(e)
        if exponent.is_Rational and exponent < 0:
            return f"1 / {self.code(base**-exponent, _POWER)}", _PRODUCT
        if exponent.is_Integer and not base.atoms(Element):
            # a power of a Python number raises where it overflows
            return " * ".join([self.code(base, _UNARY)] * int(exponent)), _PRODUCT
        base_text = self.code(base, _ATOM)
        operator = "**" if base_text.isidentifier() else " ** "
        return f"{base_text}{operator}{self.code(exponent, _ATOM)}", _POWER

    def _function(self, e: Expr) -> str:
        name = FUNCTIONS.get(type(e))
        if name is None:
            raise NotPrintable(f"no NumPy function for {type(e).__name__}")
        if not isinstance(e, sympy.Max | sympy.Min):
            return self._function_of_one(name, e)
        if (clamp := clamped(e)) is not None:
            return f"clip({', '.join(map(self._branch, clamp))})"
        first, *others = sorted(e.args, key=lambda a: (not a.atoms(Element), str(a)))
        text = self._branch(first)
        for other in others:
            text = f"{name}({text}, {self._branch(other)})"
        return text

    def _function_of_one(self, name: str, e: Expr) -> str:
        argument = e.args[0]
        text = self.code(argument, _SUM)
        if name.startswith("np."):
            return f"{name}({text})"
        if not argument.atoms(Element):
            return f"np.{name}({text})"
        power = power_for(e)
        if power not in self.shared.uses:
            return f"{name}({text})"
        return f"{name}({text}, {self.code(power, _SUM)})"

    # Cases -------------------------------------------------------------------------------------

    def _cases(self, e: Piecewise) -> str:
        *pairs, (last, _) = e.args
        probes = self._probes(e) if self.guarding and not keeps_nan(e) else []
        if is_better_reversed(e):
            ((value, condition),) = pairs
            pairs, last = [(last, to_nnf(sympy.Not(condition), simplify=False))], value
        text = self._branch(last)
        if len(text) > WIDTH // 2:
            text = self._assigned(text, last)
        for value, condition in reversed(pairs):
            if text.startswith("select(") and len(text) > WIDTH // 2:
                text = self._assigned(text, e)
            chosen = self._branch(value)
            if len(chosen) > WIDTH // 2:
                chosen = self._assigned(chosen, value)
            text = f"select({self._condition(condition)}, {chosen}, {text})"
        if not probes:
            return text
        if len(text) > WIDTH // 2:
            text = self._assigned(text, e)
        for probe in probes:
            text = f"with_nan({text}, {probe})"
        return text

    def _assigned(self, text: str, e: Expr) -> str:
        """A new name for a text that belongs to an expression."""
        name = self._new_name(e)
        self.taken.add(name)
        self.lines.append((f"{name} = {text}", e))
        return name

    def _branch(self, e: Expr) -> str:
        return numeral(e, as_float=True) if e.is_Rational else self.code(e, _SUM)

    def _probes(self, e: Piecewise) -> list[str]:
        """What is NaN if an input is that the cases compare: one quantity, or those inputs."""
        relation = min(e.args[0][1].atoms(Relational), key=str)
        compared = relation.lhs if relation.lhs.atoms(Element) else relation.rhs
        factors = [f for f in Mul.make_args(bare(compared)) if f.atoms(Element)]
        if len(factors) > 1 or isinstance(compared, Element):
            # a product of zero and infinity is NaN though no input is
            return [
                self.code(x, _SUM) for x in sorted(inputs_compared(e) - inputs_carried(e), key=str)
            ]
        if self._named(-compared):
            compared = -compared
        self.forced.add(compared)
        return [self.code(compared, _SUM)]

    def _condition(self, condition: Expr) -> str:
        if isinstance(condition, And | Or):
            parts = sorted(map(self._condition, condition.args))
            joint = " & " if isinstance(condition, And) else " | "
            return joint.join(f"({part})" for part in parts)
        if isinstance(condition, Relational):
            varies = [bool(side.atoms(Element)) for side in (condition.lhs, condition.rhs)]
            relation = condition.reversed if varies == [False, True] else condition
            number, rest = relation.rhs.as_coeff_Add()
            if number != 0 and rest != 0 and not rest.atoms(Element):
                # x > 1 - p as 1 - x < p: where x is near the number, nothing is rounded
                relation = relation.func(relation.lhs - number, rest)
                turned = rest.could_extract_minus_sign()
            else:
                turned = relation.rhs == 0 and self._named(-relation.lhs)
            if turned:
                relation = relation.reversedsign
            left, right = self.code(relation.lhs, _SUM), self.code(relation.rhs, _SUM)
            return f"{left} {relation.rel_op} {right}"
        raise NotPrintable(f"a condition of kind {type(condition).__name__}")
