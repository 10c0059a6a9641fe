"""The structure of a Hessian, read off its product with a direction.

The product is linear in the direction ``d``: what stands before ``d`` itself is the diagonal, and
``b sum(c d)`` is the outer product of ``b`` and ``c``. Each ``b`` is a combination of the vectors
``c``, with the same coefficients for every element, so that

    H = diag(a) + sum over i, j of core[i][j] * outer(c_i, c_j).

That the core is symmetric and that this is the product again is proved by the kernel.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement

from sympy import Add, Expr, Mul, S, diff, expand_mul
from sympy.core.relational import Relational

from derive.calculus import Program
from derive.formulas import text_line
from derive.language import ENTRY, Element, Sum, as_cases, axes_of, direction
from derive.loss import Loss
from derive.prove.branches import relation
from derive.prove.cases import explore
from derive.prove.claim import derive
from derive.prove.expression import fraction_expression
from derive.prove.field import OutsideClass, Polynomial
from derive.prove.normal import NormalForm
from derive.prove.points import domain_of
from derive.prove.region import Region
from derive.prove.setting import Setting
from derive.prove.sides import without_cases
from derive.prove.sign import Sign


@dataclass(frozen=True)
class Structure:
    """A Hessian on the region ``where``: a diagonal and a symmetric core between vectors."""

    where: tuple[Relational, ...]
    diagonal: Expr
    vectors: tuple[Expr, ...] = ()
    core: tuple[tuple[Expr, ...], ...] = ()

    @property
    def kind(self) -> str:
        """The structure in words; the rank is that of the core at most."""
        if not self.vectors:
            return "zero" if self.diagonal == 0 else "diagonal"
        rank = f"rank {len(self.vectors)}"
        return rank if self.diagonal == 0 else f"diagonal plus {rank}"

    @property
    def outer_products(self) -> list[tuple[int, int, Expr]]:
        """The coefficients that are not zero, each pair of vectors once."""
        pairs = combinations_with_replacement(range(len(self.vectors)), 2)
        return [(i, j, self.core[i][j]) for i, j in pairs if self.core[i][j] != 0]

    @property
    def product(self) -> Expr:
        """The product with ``direction`` that has this structure."""
        along = [Sum(vector * direction) for vector in self.vectors]
        outer = [
            vector * coefficient * inner
            for vector, row in zip(self.vectors, self.core, strict=True)
            for coefficient, inner in zip(row, along, strict=True)
        ]
        return Add(self.diagonal * direction, *outer)


def structures(loss: Loss, wrt: Element) -> list[Structure]:
    """The structure of the derived Hessian on each open region.

    Raises ``OutsideClass`` or ``Undefined`` where the prover does not reach.
    """
    product = as_cases(derive(loss, "hvp", wrt))
    setting = Setting(domain_of(loss, product))

    def is_fixed(switch: Polynomial) -> bool:
        return wrt not in setting.field.symbols(switch)

    def read(region: Region) -> Structure | None:
        if any(fact.sign is Sign.ZERO for fact in region.local):
            return None
        return _Reading(setting.form(region)).structure(product)

    found = setting.restarting(lambda: explore(read, setting.start(), is_fixed).regions)
    return [structure for _, structure in found if structure is not None]


def structure_line(structure: Structure) -> str:
    """A structure as one line of text, the region included."""
    terms = [] if structure.diagonal == 0 else [f"diag({text_line(structure.diagonal)})"]
    for i, j, coefficient in structure.outer_products:
        left, right = (f"({text_line(structure.vectors[k])})" for k in (i, j))
        products = f"{left}{left}ᵀ" if i == j else f"({left}{right}ᵀ + {right}{left}ᵀ)"
        terms.append(f"({text_line(coefficient)})·{products}")
    where = f" where {' and '.join(map(text_line, structure.where))}" if structure.where else ""
    return f"{structure.kind}: {' + '.join(terms) or '0'}{where}"


class _Reading:
    """The parts of a product with the direction, on one region."""

    def __init__(self, form: NormalForm) -> None:
        self.form, self.field = form, form.field

    def structure(self, product: Expr) -> Structure:
        """The structure of the matrix whose product with the direction this is."""
        region = self.form.region
        rows = linear_parts(without_cases(product, self.form))
        diagonal = self._short(rows.pop(direction, S.Zero))
        rows = {vector: left for vector, left in rows.items() if not self.form(left).is_zero}
        if rows and any(ENTRY in self.field.axes(fact.polynomial) for fact in region.local):
            raise OutsideClass("the structure differs between the elements of a slice")
        found = Structure(
            tuple(relation(self.field, fact) for fact in region.local),
            diagonal,
            tuple(rows),
            self._core(rows),
        )
        if not self.field.subtract(self.form(found.product), self.form(product)).is_zero:
            raise OutsideClass("the structure was not shown to be that of the Hessian")
        return found

    def _core(self, rows: dict[Expr, Expr]) -> tuple[tuple[Expr, ...], ...]:
        """How the left factor of each vector is combined from the vectors."""
        core = []
        for left in rows.values():
            combination = self._combination((left,), rows)
            combination = combination or self._combination(Add.make_args(left), rows)
            combination = combination or self._combination(Add.make_args(expand_mul(left)), rows)
            if combination is None:
                raise OutsideClass("an outer product has no counterpart")
            core.append(tuple(map(self._short, combination.values())))
        for i, j in combinations(range(len(core)), 2):
            if self.form(core[i][j]) != self.form(core[j][i]):
                raise OutsideClass("the Hessian was not shown to be symmetric")
        return tuple(core)

    def _combination(
        self, terms: Iterable[Expr], vectors: Iterable[Expr]
    ) -> dict[Expr, Expr] | None:
        """The coefficients, the same for every element, of a sum of multiples of the vectors."""
        combination = dict.fromkeys(vectors, S.Zero)
        for term in terms:
            varying, same = _primitive(term)
            for vector in combination:
                ratio = self.form(varying / vector)
                if not any(ENTRY in self.field.axes(part) for part in ratio):
                    combination[vector] += same * fraction_expression(self.field, ratio)
                    break
            else:
                return None
        return combination

    def _short(self, expression: Expr) -> Expr:
        normal = fraction_expression(self.field, self.form(expression))
        return min(normal, expression, key=lambda e: (e.count_ops(), str(e)))


def linear_parts(product: Expr) -> dict[Expr, Expr]:
    """The coefficient of the direction itself, and of its sum with each vector.

    Raises ``OutsideClass`` if the product is not linear in the direction, or if a sum over slices
    makes them meet.
    """
    program = Program(product)
    sums: dict[Expr, dict[Expr, Expr]] = {}

    def parts(body: Expr, axis: str | None) -> dict[Expr, Expr]:
        found: dict[Expr, Expr] = {}
        for symbol in sorted(body.free_symbols & {direction, *sums}, key=str):
            factor = diff(body, symbol)
            if factor.free_symbols & {direction, *sums}:
                raise OutsideClass("the product is not linear in the direction")
            factor = program.lift(factor)
            if symbol == direction:
                vector, factor = (direction, factor) if axis is None else _primitive(factor)
                found[vector] = found.get(vector, S.Zero) + factor
                continue
            factor = factor if axis is None else Sum(factor, axis)
            for vector, inner in sums[symbol].items():
                found[vector] = found.get(vector, S.Zero) + factor * inner
        return found

    for intermediate, aggregate in program.aggregates.items():
        if aggregate.body.free_symbols & {direction, *sums}:
            if aggregate.axis != ENTRY or not isinstance(aggregate, Sum):
                raise OutsideClass("slices meet in the Hessian")
            sums[intermediate] = parts(aggregate.body, ENTRY)
    return parts(program.result, None)


def _primitive(vector: Expr) -> tuple[Expr, Expr]:
    """The vector without factors that are the same for every element, and these factors."""
    content, rest = vector.as_content_primitive()
    factors = Mul.make_args(rest)
    varying = [factor for factor in factors if ENTRY in axes_of(factor)]
    return Mul(*varying), content * Mul(*[f for f in factors if f not in varying])
