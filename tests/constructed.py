"""Gradients made up for the purpose, right ones and wrong ones, in the form of the museum.

They cover the mathematics of losses at large: distributions and their special functions, links,
robust losses, boxes, margins. What is right is written in another form than a machine would
derive; what is wrong is wrong in the way that people are.
"""

from __future__ import annotations

from typing import Any

from tests.museum import Entry


def _entry(
    name: str, loss: str, wrong: Any, right: Any, domain: dict[str, Any], **more: Any
) -> Entry:
    what = more.pop("what", "gradient")
    wrt = more.pop("wrt", "x")
    return Entry(
        {
            "id": name,
            "kind": "wrong-" + what,
            "what": what,
            "wrt": wrt,
            "mode": "elementwise" if isinstance(wrt, str) else "vector",
            "loss": loss,
            "wrong": wrong,
            "right": right,
            "domain": domain,
            **more,
        }
    )


WIDE, COUNT, SHAPE, OPEN = [-3, 3], {"int": [0, 5]}, [0.3, 4], [0.05, 0.95]
PHI = "(1+erf({0}/sqrt(2)))/2"
DENSITY = "exp(-({0})**2/2)/sqrt(2*pi)"
Z = "((t-x)/s)"
SIGMOID = "(1/(1+exp(-x)))"

DISTRIBUTIONS = [
    _entry(
        "student-t-location",
        "(nu+1)/2*log(1+(t-x)**2/(nu*s**2))",
        "-(nu+1)*(t-x)/(nu+(t-x)**2/s**2)",
        "(nu+1)*(x-t)/(nu*s**2+(x-t)**2)",
        {"x": WIDE, "t": WIDE, "nu": [1, 9], "s": SHAPE},
        params={"nu": ">0", "s": ">0"},
    ),
    _entry(
        "student-t-log-scale",
        "x+(nu+1)/2*log(1+t**2*exp(-2*x)/nu)",
        "1-(nu+1)*t**2/(nu+t**2*exp(-2*x))",
        "1-(nu+1)*t**2/(nu*exp(2*x)+t**2)",
        {"x": [-1, 1], "t": WIDE, "nu": [1, 9]},
    ),
    _entry(
        "gamma-shape",
        "loggamma(x)-x*log(b)-(x-1)*log(t)+b*t",
        "log(x)-log(b)-log(t)",
        "digamma(x)-log(b*t)",
        {"x": SHAPE, "b": SHAPE, "t": SHAPE},
    ),
    _entry(
        "gamma-shape-shifted",
        "loggamma(x+1)",
        "digamma(x)",
        "digamma(x)+1/x",
        {"x": SHAPE},
    ),
    _entry(
        "gamma-function",
        "log(gamma(x+2))",
        "digamma(x+1)",
        "digamma(x)+1/x+1/(x+1)",
        {"x": SHAPE},
    ),
    _entry(
        "beta-first",
        "loggamma(x)+loggamma(b)-loggamma(x+b)-(x-1)*log(t)",
        "digamma(x)-digamma(b)-log(t)",
        "digamma(x)-digamma(x+b)-log(t)",
        {"x": SHAPE, "b": SHAPE, "t": OPEN},
    ),
    _entry(
        "beta-function",
        "log(beta(x,b))",
        "digamma(x)",
        "digamma(x)-digamma(b+x)",
        {"x": SHAPE, "b": SHAPE},
    ),
    _entry(
        "beta-mean-precision",
        "loggamma(x*f)+loggamma((1-x)*f)-(x*f-1)*log(t)-((1-x)*f-1)*log(1-t)",
        "digamma(x*f)-digamma((1-x)*f)-log(t/(1-t))",
        "f*(digamma(x*f)-digamma(f-x*f)-log(t/(1-t)))",
        {"x": OPEN, "f": [1, 5], "t": OPEN},
    ),
    _entry(
        "dirichlet",
        "loggamma(x0)+loggamma(x1)+loggamma(x2)-loggamma(x0+x1+x2)-(x0-1)*log(t)",
        [
            "digamma(x0)-log(t)",
            "digamma(x1)-digamma(x0+x1+x2)",
            "digamma(x2)-digamma(x0+x1+x2)",
        ],
        [
            "digamma(x0)-digamma(x0+x1+x2)-log(t)",
            "digamma(x1)-digamma(x0+x1+x2)",
            "digamma(x2)-digamma(x0+x1+x2)",
        ],
        {"x0": SHAPE, "x1": SHAPE, "x2": SHAPE, "t": OPEN},
        wrt=["x0", "x1", "x2"],
    ),
    _entry(
        "negative-binomial-mean",
        "loggamma(r)-loggamma(t+r)-r*log(r/(r+x))-t*log(x/(r+x))",
        "(x-t)/(x+r)",
        "r*(x-t)/(x*(x+r))",
        {"x": SHAPE, "t": COUNT, "r": [0.5, 5]},
    ),
    _entry(
        "negative-binomial-dispersion",
        "loggamma(x)-loggamma(t+x)-x*log(x/(x+m))-t*log(m/(x+m))",
        "digamma(x)-digamma(t+x)-log(x/(x+m))",
        "digamma(x)-digamma(t+x)+log(1+m/x)-1+(t+x)/(x+m)",
        {"x": SHAPE, "t": COUNT, "m": [0.5, 5]},
    ),
    _entry(
        "negative-binomial-dispersion-in-alpha",
        "loggamma(1/x)-loggamma(t+1/x)+log(1+x*m)/x-t*log(x*m/(1+x*m))",
        "(digamma(t+1/x)-digamma(1/x)-log(1+x*m))/x**2",
        "(digamma(t+1/x)-digamma(1/x)-log(1+x*m))/x**2+(m-t)/(x*(1+x*m))",
        {"x": SHAPE, "t": COUNT, "m": [0.5, 5]},
    ),
    _entry(
        "tweedie-deviance",
        "2*(t**(2-p)/((1-p)*(2-p))-t*x**(1-p)/(1-p)+x**(2-p)/(2-p))",
        "2*(x**(2-p)-t*x**(1-p))",
        "2*x**(-p)*(x-t)",
        {"x": SHAPE, "t": SHAPE, "p": [1.1, 1.9]},
    ),
    _entry(
        "tweedie-log-link-hessian",
        "-t*exp((1-p)*x)/(1-p)+exp((2-p)*x)/(2-p)",
        "(2-p)*exp((2-p)*x)-t*exp((1-p)*x)",
        "(2-p)*exp((2-p)*x)-t*(1-p)*exp((1-p)*x)",
        {"x": [-2, 2], "t": SHAPE, "p": [1.1, 1.9]},
        what="hessian",
    ),
    _entry(
        "von-mises-angle",
        "-k*cos(t-x)",
        "k*sin(t-x)",
        "k*(sin(x)*cos(t)-cos(x)*sin(t))",
        {"x": WIDE, "t": WIDE, "k": SHAPE},
    ),
    _entry(
        "von-mises-concentration",
        "log(2*pi*besseli(0,x))-x*cos(t)",
        "besseli(0,x)/besseli(1,x)-cos(t)",
        "besseli(1,x)/besseli(0,x)-cos(t)",
        {"x": SHAPE, "t": WIDE},
    ),
    _entry(
        "von-mises-concentration-hessian",
        "log(besseli(0,x))",
        "1-besseli(1,x)**2/besseli(0,x)**2",
        "1-besseli(1,x)/(x*besseli(0,x))-(besseli(1,x)/besseli(0,x))**2",
        {"x": SHAPE},
        what="hessian",
    ),
    _entry("double-angle", "sin(x)**2", "2*sin(x)", "sin(2*x)", {"x": WIDE}),
    _entry(
        "cosine-of-a-half", "-2*cos((x-t)/2)**2", "sin((x-t)/2)", "sin(x-t)", {"x": WIDE, "t": WIDE}
    ),
    _entry("tangent", "tan(x)", "1+tan(x)", "1/cos(x)**2", {"x": [-1, 1]}),
    _entry("logarithm-of-cosine", "-log(cos(x))", "-tan(x)", "sin(x)/cos(x)", {"x": [-1, 1]}),
    _entry(
        "laplace-scale",
        "log(2*x)+Abs(t)/x",
        "1/x-t/x**2",
        "(x-Abs(t))/x**2",
        {"x": SHAPE, "t": WIDE},
    ),
    _entry(
        "gaussian-crps-location",
        f"s*({Z}*(2*{PHI.format(Z)}-1)+2*{DENSITY.format(Z)}-1/sqrt(pi))",
        f"2*{PHI.format(Z)}-1",
        f"1-2*{PHI.format(Z)}",
        {"x": WIDE, "t": WIDE, "s": SHAPE},
    ),
    _entry(
        "gaussian-crps-scale",
        "x*((t/x)*(2*(1+erf(t/(x*sqrt(2))))/2-1)+2*exp(-(t/x)**2/2)/sqrt(2*pi)-1/sqrt(pi))",
        "2*exp(-(t/x)**2/2)/sqrt(2*pi)",
        "(2*exp(-(t/x)**2/2)/sqrt(2)-1)/sqrt(pi)",
        {"x": SHAPE, "t": WIDE},
    ),
    _entry(
        "laplace-crps",
        "Abs(x-t)+s*exp(-Abs(x-t)/s)-3*s/4",
        "sign(x-t)*exp(-Abs(x-t)/s)",
        "sign(x-t)*(1-exp(-Abs(x-t)/s))",
        {"x": WIDE, "t": WIDE, "s": SHAPE},
        avoid=["x-t"],
    ),
    _entry(
        "logistic-crps",
        "t-x+2*log(1+exp(-(t-x)))-1",
        "1-2/(1+exp(t-x))",
        "2/(1+exp(t-x))-1",
        {"x": WIDE, "t": WIDE},
    ),
    _entry(
        "kl-between-gaussians",
        "log(s/exp(x1))+(exp(2*x1)+(x0-m)**2)/(2*s**2)-Rational(1,2)",
        ["(x0-m)/s", "exp(2*x1)/s**2-1"],
        ["(x0-m)/s**2", "(exp(x1)/s)**2-1"],
        {"x0": WIDE, "x1": [-1, 1], "m": WIDE, "s": SHAPE},
        wrt=["x0", "x1"],
    ),
    _entry(
        "kl-reversed",
        "log(x/s)+(s**2+m**2)/(2*x**2)",
        "1/x-(s**2+m**2)/x**2",
        "(x**2-s**2-m**2)/x**3",
        {"x": SHAPE, "s": SHAPE, "m": WIDE},
    ),
    _entry(
        "inverse-gaussian",
        "t/(2*x**2)-1/x+1/(2*t)",
        "(x-t)/x**2",
        "(x-t)/x**3",
        {"x": SHAPE, "t": SHAPE},
    ),
    _entry(
        "weibull-shape",
        "-log(x)-(x-1)*log(t)+t**x",
        "-1/x-log(t)+x*t**(x-1)",
        "log(t)*(t**x-1)-1/x",
        {"x": SHAPE, "t": SHAPE},
    ),
    _entry("gumbel", "(t-x)+exp(-(t-x))", "exp(t-x)-1", "exp(x)/exp(t)-1", {"x": WIDE, "t": WIDE}),
    _entry(
        "generalised-gaussian-shape",
        "loggamma(1/x)-log(x)+2**x",
        "digamma(1/x)/x**2-1/x+2**x*log(2)",
        "-digamma(1/x)/x**2-1/x+2**x*log(2)",
        {"x": SHAPE},
    ),
    _entry(
        "dirichlet-kl-hessian",
        "loggamma(x)-loggamma(x+b)",
        "polygamma(1,x+b)-polygamma(1,x)",
        "polygamma(1,x)-polygamma(1,x+b)",
        {"x": SHAPE, "b": SHAPE},
        what="hessian",
    ),
    _entry(
        "trigamma-recurrence",
        "digamma(x+1)",
        "polygamma(1,x)",
        "polygamma(1,x)-1/x**2",
        {"x": SHAPE},
    ),
    _entry(
        "truncated-gaussian",
        f"-log(1-{PHI.format('x')})",
        f"{DENSITY.format('x')}/({PHI.format('x')})",
        f"{DENSITY.format('x')}/({PHI.format('(-x)')})",
        {"x": WIDE},
    ),
    _entry(
        "binomial-coefficient",
        "-log(binomial(x+t,t))",
        "digamma(x+1)-digamma(x+t)",
        "digamma(x+1)-digamma(x+t+1)",
        {"x": SHAPE, "t": SHAPE},
    ),
    _entry(
        "gamma-survival",
        "uppergamma(a,x)",
        "x**(a-1)*exp(-x)",
        "-x**a*exp(-x)/x",
        {"x": SHAPE, "a": SHAPE},
    ),
    _entry(
        "lambert",
        "LambertW(x)",
        "1/(1+LambertW(x))",
        "LambertW(x)/(x*(1+LambertW(x)))",
        {"x": SHAPE},
    ),
]

LINKS = [
    _entry(
        "cloglog-sign",
        "-(t*log(1-exp(-exp(x)))-(1-t)*exp(x))",
        "exp(x)*(1-t/(1-exp(-x)))",
        "exp(x)*(1-t/(1-exp(-exp(x))))",
        {"x": [0.1, 1], "t": {"choices": [0, 1]}},
    ),
    _entry("loglog", "exp(-exp(-x))", "-exp(-x)*exp(-exp(-x))", "exp(-x-exp(-x))", {"x": WIDE}),
    _entry(
        "probit",
        f"-(t*log({PHI.format('x')})+(1-t)*log(1-{PHI.format('x')}))",
        f"({PHI.format('x')}-t)/({PHI.format('x')}*{PHI.format('(-x)')})",
        f"({PHI.format('x')}-t)*{DENSITY.format('x')}/(({PHI.format('x')})*({PHI.format('(-x)')}))",
        {"x": [-2, 2], "t": {"choices": [0, 1]}},
    ),
    _entry(
        "probit-signed",
        "-log((1+erf(t*x/sqrt(2)))/2)",
        "-exp(-x**2/2)/sqrt(2*pi)/((1+erf(t*x/sqrt(2)))/2)",
        "-t*exp(-x**2/2)/sqrt(2*pi)/((1+erf(t*x/sqrt(2)))/2)",
        {"x": [-2, 2], "t": {"choices": [-1, 1]}},
    ),
    _entry(
        "probit-complementary",
        "-log(erfc(-x/sqrt(2))/2)",
        "-exp(-x**2/2)/erfc(-x/sqrt(2))",
        "-sqrt(2/pi)*exp(-x**2/2)/(1+erf(x/sqrt(2)))",
        {"x": [-2, 2]},
    ),
    _entry(
        "probit-quantile",
        "sqrt(2)*erfinv(2*x-1)",
        "sqrt(pi)*exp(erfinv(2*x-1)**2)",
        "sqrt(2*pi)*exp(erfinv(2*x-1)**2)",
        {"x": OPEN},
    ),
    _entry(
        "cauchit",
        "-log(Rational(1,2)+atan(x)/pi)",
        "-1/(1+x**2)/(Rational(1,2)+atan(x)/pi)",
        "-1/((1+x**2)*(pi/2+atan(x)))",
        {"x": WIDE},
    ),
    _entry(
        "cauchit-two-sided",
        "-(t*log(Rational(1,2)+atan(x)/pi)+(1-t)*log(Rational(1,2)-atan(x)/pi))",
        "(Rational(1,2)+atan(x)/pi-t)/(1+x**2)",
        "(Rational(1,2)+atan(x)/pi-t)/(pi*(1+x**2)*(Rational(1,4)-(atan(x)/pi)**2))",
        {"x": WIDE, "t": [0, 1]},
    ),
    _entry("arcsine-link", "asin(sqrt(x))", "1/sqrt(1-x)", "1/(2*sqrt(x*(1-x)))", {"x": OPEN}),
    _entry(
        "angular-distance",
        "acos(x)/pi",
        "1/(pi*sqrt(1-x**2))",
        "-1/(pi*sqrt((1-x)*(1+x)))",
        {"x": [-0.9, 0.9]},
    ),
    _entry(
        "inverse-hyperbolic-sine",
        "asinh(x/c)",
        "1/sqrt(x**2+1)",
        "1/sqrt(x**2+c**2)",
        {"x": WIDE, "c": SHAPE},
    ),
    _entry("fisher-transform", "atanh(x)", "1/(1+x**2)", "1/((1-x)*(1+x))", {"x": [-0.9, 0.9]}),
    _entry(
        "inverse-hyperbolic-cosine", "acosh(x)", "1/sqrt(x**2+1)", "1/sqrt(x**2-1)", {"x": [1.5, 4]}
    ),
    _entry(
        "gelu-exact",
        f"x*{PHI.format('x')}",
        f"{PHI.format('x')}",
        f"{PHI.format('x')}+x*{DENSITY.format('x')}",
        {"x": WIDE},
    ),
    _entry(
        "gelu-tanh",
        "x/2*(1+tanh(sqrt(2/pi)*(x+a*x**3)))",
        "(1+tanh(sqrt(2/pi)*(x+a*x**3)))/2"
        "+x/2*(1-tanh(sqrt(2/pi)*(x+a*x**3))**2)*sqrt(2/pi)*(1+a*x**2)",
        "(1+tanh(sqrt(2/pi)*(x+a*x**3)))/2"
        "+x/2*(1-tanh(sqrt(2/pi)*(x+a*x**3))**2)*sqrt(2/pi)*(1+3*a*x**2)",
        {"x": WIDE, "a": [0.01, 0.1]},
    ),
    _entry(
        "softsign-arctangent-of-reciprocal",
        "atan(1/x)",
        "1/(1+x**2)",
        "-1/(x**2+1)",
        {"x": SHAPE},
    ),
    _entry("reciprocal-arctangents", "atan(x)+atan(1/x)", "x", "0", {"x": SHAPE}),
]

ROBUST = [
    _entry(
        "wing",
        "Piecewise((w*log(1+Abs(x-t)/e),Abs(x-t)<w),(Abs(x-t)-(w-w*log(1+w/e)),True))",
        "Piecewise((w*sign(x-t)/(1+Abs(x-t)/e),Abs(x-t)<w),(sign(x-t),True))",
        "Piecewise((w*sign(x-t)/(e+Abs(x-t)),Abs(x-t)<w),(sign(x-t),True))",
        {"x": WIDE, "t": WIDE, "w": [1, 2], "e": [0.3, 0.9]},
        avoid=["x-t", "Abs(x-t)-w"],
        params={"w": ">0", "e": ">0"},
    ),
    _entry(
        "adaptive-wing",
        "w*log(1+(Abs(x-t)/e)**(a-t))",
        "w*(a-t)*(Abs(x-t)/e)**(a-t-1)/(1+(Abs(x-t)/e)**(a-t))*sign(x-t)",
        "w*(a-t)/e*(Abs(x-t)/e)**(a-t-1)/(1+(Abs(x-t)/e)**(a-t))*sign(x-t)",
        {"x": [0, 1], "t": [0, 1], "w": [1, 2], "e": [0.3, 0.9], "a": [2.1, 3]},
        avoid=["x-t"],
    ),
    _entry(
        "tukey-biweight",
        "Piecewise((c**2/6*(1-(1-(x/c)**2)**3),Abs(x)<=c),(c**2/6,True))",
        "Piecewise((x*(1-(x/c)**2),Abs(x)<=c),(0,True))",
        "Piecewise((x*(1-(x/c)**2)**2,Abs(x)<=c),(0,True))",
        {"x": WIDE, "c": [0.5, 2]},
        avoid=["Abs(x)-c"],
    ),
    _entry(
        "andrews-wave",
        "Piecewise((c**2*(1-cos(x/c)),Abs(x)<=c*pi),(2*c**2,True))",
        "Piecewise((sin(x/c),Abs(x)<=c*pi),(0,True))",
        "Piecewise((c*sin(x/c),Abs(x)<=c*pi),(0,True))",
        {"x": WIDE, "c": [0.4, 2]},
        avoid=["Abs(x)-c*pi"],
    ),
    _entry(
        "hampel",
        "Piecewise((x**2/2,Abs(x)<=a),(a*Abs(x)-a**2/2,Abs(x)<=b),"
        "(a*(b-a)+a**2/2+a*(c-b)/2*(1-((c-Abs(x))/(c-b))**2)-a*(b-a)+a*b-a**2,Abs(x)<=c),"
        "(a*b-a**2/2+a*(c-b)/2,True))",
        "Piecewise((x,Abs(x)<=a),(a*sign(x),Abs(x)<=b),(a*(c-Abs(x))/(c-b),Abs(x)<=c),(0,True))",
        "Piecewise((x,Abs(x)<=a),(a*sign(x),Abs(x)<=b),"
        "(a*sign(x)*(c-Abs(x))/(c-b),Abs(x)<=c),(0,True))",
        {"x": [-5, 5], "a": [0.5, 1], "b": [1.5, 2], "c": [2.5, 4]},
        avoid=["x", "Abs(x)-a", "Abs(x)-b", "Abs(x)-c"],
    ),
    _entry(
        "barron-general",
        "Abs(a-2)/a*(((x/c)**2/Abs(a-2)+1)**(a/2)-1)",
        "x/c*((x/c)**2/Abs(a-2)+1)**(a/2-1)",
        "x/c**2*((x/c)**2/Abs(a-2)+1)**(a/2-1)",
        {"x": WIDE, "c": SHAPE, "a": [0.5, 1.5]},
    ),
    _entry(
        "welsch",
        "c**2/2*(1-exp(-(x/c)**2))",
        "x*exp(-(x/c))",
        "x*exp(-x**2/c**2)",
        {"x": WIDE, "c": SHAPE},
    ),
    _entry(
        "fair",
        "c**2*(Abs(x)/c-log(1+Abs(x)/c))",
        "x/(1+Abs(x))",
        "c*x/(c+Abs(x))",
        {"x": WIDE, "c": [1.5, 3]},
    ),
    _entry(
        "epsilon-insensitive",
        "Max(Abs(x-t)-e,0)",
        "sign(x-t)",
        "Piecewise((sign(x-t),Abs(x-t)>e),(0,True))",
        {"x": WIDE, "t": WIDE, "e": [0.1, 1]},
        avoid=["Abs(x-t)-e"],
    ),
    _entry(
        "expectile",
        "Abs(q-Piecewise((1,t<x),(0,True)))*(t-x)**2",
        "2*q*(x-t)",
        "Piecewise((2*(1-q)*(x-t),x>t),(2*q*(x-t),True))",
        {"x": WIDE, "t": WIDE, "q": [0.1, 0.9]},
        avoid=["x-t"],
    ),
    _entry(
        "quantile-huber",
        "Abs(q-Piecewise((1,t<x),(0,True)))*Piecewise(((t-x)**2/(2*k),Abs(t-x)<=k),"
        "(Abs(t-x)-k/2,True))",
        "q*Max(-1,Min(1,(x-t)/k))",
        "Abs(q-Piecewise((1,t<x),(0,True)))*Max(-1,Min(1,(x-t)/k))",
        {"x": WIDE, "t": WIDE, "q": [0.1, 0.9], "k": [0.5, 1]},
        avoid=["x-t", "Abs(x-t)-k"],
    ),
    _entry(
        "msle",
        "(log(1+x)-log(1+t))**2",
        "2*(log(1+x)-log(1+t))",
        "2*log((1+x)/(1+t))/(1+x)",
        {"x": SHAPE, "t": SHAPE},
    ),
    _entry(
        "arctangent-loss",
        "atan((x-t)**2)",
        "2*(x-t)/(1+(x-t)**2)",
        "2*(x-t)/(1+(x-t)**4)",
        {"x": WIDE, "t": WIDE},
    ),
    _entry(
        "smape",
        "2*Abs(x-t)/(Abs(x)+Abs(t))",
        "2*sign(x-t)/(Abs(x)+Abs(t))",
        "4*t*sign(x-t)/(x+t)**2",
        {"x": SHAPE, "t": SHAPE},
        avoid=["x-t"],
    ),
    _entry(
        "log-cosh-second", "log(cosh(x))", "1-tanh(x)", "1/cosh(x)**2", {"x": WIDE}, what="hessian"
    ),
]

CLASSES = [
    _entry(
        "focal-logits",
        f"-(1-{SIGMOID})**g*log({SIGMOID})",
        f"g*{SIGMOID}*(1-{SIGMOID})**g*log({SIGMOID})-(1-{SIGMOID})**g",
        f"(1-{SIGMOID})**g*(g*{SIGMOID}*log({SIGMOID})+{SIGMOID}-1)",
        {"x": WIDE, "g": [0.5, 3]},
    ),
    _entry(
        "tversky",
        "1-x*t/(x*t+a*x*(1-t)+b*(1-x)*t)",
        "-t/(x*t+a*x*(1-t)+b*(1-x)*t)",
        "-b*t**2/(x*t+a*x*(1-t)+b*(1-x)*t)**2",
        {"x": OPEN, "t": OPEN, "a": [0.1, 0.9], "b": [0.1, 0.9]},
    ),
    _entry(
        "focal-tversky",
        "(1-(x*t+s)/(x*t+a*x*(1-t)+b*(1-x)*t+s))**g",
        "g*(1-(x*t+s)/(x*t+a*x*(1-t)+b*(1-x)*t+s))**(g-1)*t",
        "-g*(1-(x*t+s)/(x*t+a*x*(1-t)+b*(1-x)*t+s))**(g-1)"
        "*(t*(a*x*(1-t)+b*(1-x)*t)-(x*t+s)*(a*(1-t)-b*t))/(x*t+a*x*(1-t)+b*(1-x)*t+s)**2",
        {"x": OPEN, "t": OPEN, "a": [0.1, 0.9], "b": [0.1, 0.9], "g": [1, 2], "s": [0.1, 1]},
    ),
    _entry(
        "contrastive",
        "t*x**2+(1-t)*Max(m-x,0)**2",
        "2*t*x+2*(1-t)*Max(m-x,0)",
        "2*t*x-2*(1-t)*Max(m-x,0)",
        {"x": [0, 3], "t": {"choices": [0, 1]}, "m": [0.5, 2]},
    ),
    _entry(
        "hinge-labels-squared",
        "(t*x)**2/2-t*x",
        "t*x-t",
        "x-t",
        {"x": WIDE, "t": {"choices": [-1, 1]}},
    ),
    _entry(
        "zero-one-labels",
        "t**2*log(1+exp(-x))+(1-t)*log(1+exp(x))",
        "1/(1+exp(-x))+t",
        "1/(1+exp(-x))-t",
        {"x": WIDE, "t": {"choices": [0, 1]}},
    ),
    _entry(
        "info-nce-with-temperature",
        "-x0/tau+log(exp(x0/tau)+exp(x1/tau)+exp(x2/tau))",
        [
            f"exp({n}/tau)/(exp(x0/tau)+exp(x1/tau)+exp(x2/tau))" + ("-1" if n == "x0" else "")
            for n in ("x0", "x1", "x2")
        ],
        [
            f"(exp({n}/tau)/(exp(x0/tau)+exp(x1/tau)+exp(x2/tau))"
            + ("-1)/tau" if n == "x0" else ")/tau")
            for n in ("x0", "x1", "x2")
        ],
        {"x0": WIDE, "x1": WIDE, "x2": WIDE, "tau": SHAPE},
        wrt=["x0", "x1", "x2"],
    ),
    _entry(
        "multi-margin",
        "Max(0,m-x0+x1)+Max(0,m-x0+x2)",
        [
            "-1",
            "Piecewise((1,m-x0+x1>0),(0,True))",
            "Piecewise((1,m-x0+x2>0),(0,True))",
        ],
        [
            "-Piecewise((1,m-x0+x1>0),(0,True))-Piecewise((1,m-x0+x2>0),(0,True))",
            "Piecewise((1,m-x0+x1>0),(0,True))",
            "Piecewise((1,m-x0+x2>0),(0,True))",
        ],
        {"x0": WIDE, "x1": WIDE, "x2": WIDE, "m": [0.5, 1]},
        wrt=["x0", "x1", "x2"],
        avoid=["m-x0+x1", "m-x0+x2"],
    ),
    _entry(
        "bpr",
        "-log(1/(1+exp(-(x0-x1))))",
        ["-1/(1+exp(x0-x1))", "-1/(1+exp(x0-x1))"],
        ["-1/(1+exp(x0-x1))", "1/(1+exp(x0-x1))"],
        {"x0": WIDE, "x1": WIDE},
        wrt=["x0", "x1"],
    ),
    _entry(
        "arc-face",
        "-cos(acos(x)+m)",
        "-1",
        "-(cos(m)+x*sin(m)/sqrt(1-x**2))",
        {"x": [-0.9, 0.9], "m": [0.1, 0.5]},
    ),
    _entry(
        "poly-loss",
        f"-log({SIGMOID})+e*(1-{SIGMOID})",
        f"-(1-{SIGMOID})*(1+e)",
        f"-(1-{SIGMOID})*(1+e*{SIGMOID})",
        {"x": WIDE, "e": [0.5, 2]},
    ),
    _entry(
        "requirement-with-absolute-value",
        "Piecewise((x**2/2,Abs(x)<1),(Abs(x)-1/2,True))",
        "x",
        "sign(x)",
        {"x": WIDE},
        require=["Abs(x)>1"],
    ),
    _entry(
        "requirement-inside",
        "Piecewise((x**2/2,Abs(x)<1),(Abs(x)-1/2,True))",
        "sign(x)",
        "x",
        {"x": WIDE},
        require=["Abs(x)<1"],
    ),
]

INTER = "Max(0,Min(x1,t1)-Max(x0,t0))"
UNION = f"(x1-x0+t1-t0-{INTER})"
SPAN = {"x0": [0, 0.4], "x1": [0.5, 1], "t0": [0, 0.4], "t1": [0.5, 1]}
W, H = "Max(0,Min(x2,t2)-Max(x0,t0))", "Max(0,Min(x3,t3)-Max(x1,t1))"
I2 = f"({W}*{H})"
U2 = f"((x2-x0)*(x3-x1)+(t2-t0)*(t3-t1)-{I2})"
C2 = "((Max(x2,t2)-Min(x0,t0))*(Max(x3,t3)-Min(x1,t1)))"
BOX = {
    **{n: [0, 0.9] for n in ("x0", "x1", "t0", "t1")},
    **{n: [0.1, 1] for n in ("x2", "x3", "t2", "t3")},
}
SIDES = ["x0-t0", "x1-t1", "x2-t2", "x3-t3"]
DISJOINT = ["Min(x2,t2)-Max(x0,t0)", "Min(x3,t3)-Max(x1,t1)"]
ORDER = ["x2-x0>0.05", "x3-x1>0.05", "t2-t0>0.05", "t3-t1>0.05"]
DI = (
    f"-Piecewise(({H},(x0>t0)&(Min(x2,t2)>x0)),(0,True))",
    f"-Piecewise(({W},(x1>t1)&(Min(x3,t3)>x1)),(0,True))",
    f"Piecewise(({H},(x2<t2)&(x2>Max(x0,t0))),(0,True))",
    f"Piecewise(({W},(x3<t3)&(x3>Max(x1,t1))),(0,True))",
)
DA = ("-(x3-x1)", "-(x2-x0)", "(x3-x1)", "(x2-x0)")
DC = (
    "-Piecewise((1,x0<t0),(0,True))*(Max(x3,t3)-Min(x1,t1))",
    "-Piecewise((1,x1<t1),(0,True))*(Max(x2,t2)-Min(x0,t0))",
    "Piecewise((1,x2>t2),(0,True))*(Max(x3,t3)-Min(x1,t1))",
    "Piecewise((1,x3>t3),(0,True))*(Max(x2,t2)-Min(x0,t0))",
)
XS = ["x0", "x1", "x2", "x3"]
BOXES = [
    _entry(
        "interval-iou",
        f"1-{INTER}/{UNION}",
        [f"Piecewise((1,x0>t0),(0,True))/{UNION}", f"-Piecewise((1,x1<t1),(0,True))/{UNION}"],
        [
            f"-(-Piecewise((1,x0>t0),(0,True))*({UNION}+{INTER})+{INTER})/{UNION}**2",
            f"-(Piecewise((1,x1<t1),(0,True))*({UNION}+{INTER})-{INTER})/{UNION}**2",
        ],
        SPAN,
        wrt=["x0", "x1"],
        avoid=["x0-t0", "x1-t1"],
    ),
    _entry(
        "box-iou",
        f"1-{I2}/{U2}",
        [f"-({d})/{U2}" for d in DI],
        [f"-(({d})*({U2}+{I2})-{I2}*({a}))/{U2}**2" for d, a in zip(DI, DA, strict=True)],
        BOX,
        wrt=XS,
        avoid=[*SIDES, *DISJOINT],
        require=ORDER,
    ),
    _entry(
        "box-giou",
        f"1-{I2}/{U2}+({C2}-{U2})/{C2}",
        [
            f"-(({d})*({U2}+{I2})-{I2}*({a}))/{U2}**2-(({a})-({d}))/{C2}"
            for d, a in zip(DI, DA, strict=True)
        ],
        [
            f"-(({d})*({U2}+{I2})-{I2}*({a}))/{U2}**2-(({a})-({d}))/{C2}+{U2}*({c})/{C2}**2"
            for d, a, c in zip(DI, DA, DC, strict=True)
        ],
        BOX,
        wrt=XS,
        avoid=[*SIDES, *DISJOINT],
        require=ORDER,
    ),
    _entry(
        "centre-distance",
        "((x0+x2-t0-t2)**2/4)/((Max(x2,t2)-Min(x0,t0))**2)",
        ["(x0+x2-t0-t2)/2/((Max(x2,t2)-Min(x0,t0))**2)"] * 2,
        [
            "(x0+x2-t0-t2)/2/((Max(x2,t2)-Min(x0,t0))**2)"
            "+(x0+x2-t0-t2)**2/2/(Max(x2,t2)-Min(x0,t0))**3*Piecewise((1,x0<t0),(0,True))",
            "(x0+x2-t0-t2)/2/((Max(x2,t2)-Min(x0,t0))**2)"
            "-(x0+x2-t0-t2)**2/2/(Max(x2,t2)-Min(x0,t0))**3*Piecewise((1,x2>t2),(0,True))",
        ],
        {n: BOX[n] for n in ("x0", "x2", "t0", "t2")},
        wrt=["x0", "x2"],
        avoid=["x0-t0", "x2-t2"],
        require=["x2-x0>0.05", "t2-t0>0.05"],
    ),
    _entry(
        "ciou-with-its-weight",
        "(4/pi**2*(atan(t0/t1)-atan(x0/x1))**2)**2/(1-q+4/pi**2*(atan(t0/t1)-atan(x0/x1))**2)",
        ["-8/pi**2*(atan(t0/t1)-atan(x0/x1))*x1/(x0**2+x1**2)"] * 2,
        [
            "(-8/pi**2*(atan(t0/t1)-atan(x0/x1))*x1/(x0**2+x1**2))"
            "*(2*V*(1-q+V)-V**2)/(1-q+V)**2".replace("V", "(4/pi**2*(atan(t0/t1)-atan(x0/x1))**2)"),
            "(8/pi**2*(atan(t0/t1)-atan(x0/x1))*x0/(x0**2+x1**2))"
            "*(2*V*(1-q+V)-V**2)/(1-q+V)**2".replace("V", "(4/pi**2*(atan(t0/t1)-atan(x0/x1))**2)"),
        ],
        {"x0": OPEN, "x1": OPEN, "t0": OPEN, "t1": OPEN, "q": [0.1, 0.9]},
        wrt=["x0", "x1"],
    ),
    _entry(
        "aspect-with-swapped-sides",
        "(atan(t0/t1)-pi/2+atan(x1/x0))**2",
        ["2*(atan(t0/t1)-atan(x0/x1))*x1/(x0**2+x1**2)", "0"],
        [
            "-2*(atan(t0/t1)-atan(x0/x1))*x1/(x0**2+x1**2)",
            "2*(atan(t0/t1)-atan(x0/x1))*x0/(x0**2+x1**2)",
        ],
        {"x0": OPEN, "x1": OPEN, "t0": OPEN, "t1": OPEN},
        wrt=["x0", "x1"],
    ),
    _entry(
        "angle-of-a-vector",
        "atan2(x1,x0)",
        ["x1/(x0**2+x1**2)", "x0/(x0**2+x1**2)"],
        ["-x1/(x0**2+x1**2)", "x0/(x0**2+x1**2)"],
        {"x0": OPEN, "x1": OPEN},
        wrt=["x0", "x1"],
    ),
]

DECIMAL = "sqrt(2/pi)*(x+0.044715*x**3)"
NORM = "sqrt(x0**2+x1**2)"
ANGLES = "(x0-x1)**2-4*tan(t)**2*(c-(x0+x1)/2)**2"
HARDER = [
    _entry(
        "gelu-tanh-decimals",
        f"x/2*(1+tanh({DECIMAL}))",
        f"(1+tanh({DECIMAL}))/2+x/2*(1-tanh({DECIMAL})**2)*sqrt(2/pi)*(1+0.044715*x**2)",
        f"(1+tanh({DECIMAL}))/2+x/2*(1-tanh({DECIMAL})**2)*sqrt(2/pi)*(1+3*0.044715*x**2)",
        {"x": WIDE},
    ),
    _entry(
        "swish-with-a-decimal",
        "x/(1+exp(-1.702*x))",
        "1/(1+exp(-1.702*x))+1.702*x*exp(-1.702*x)/(1+exp(-x))**2",
        "1/(1+exp(-1.702*x))+1.702*x*exp(1.702*x)/(1+exp(1.702*x))**2",
        {"x": WIDE},
    ),
    _entry(
        "celu",
        "Max(0,x)+Min(0,a*(exp(x/a)-1))",
        "Piecewise((1,x>0),(exp(x),True))",
        "Piecewise((1,x>0),(exp(x/a),True))",
        {"x": WIDE, "a": [1.2, 2]},
        avoid=["x"],
    ),
    _entry(
        "entmax-power",
        "Max(x,0)**(1/(a-1))",
        "Max(x,0)**(1/(a-1)-1)",
        "Piecewise((x**((2-a)/(a-1))/(a-1),x>0),(0,True))",
        {"x": [0.1, 3], "a": [1.2, 1.9]},
        params={"a": ">1"},
    ),
    _entry(
        "contrastive-euclidean",
        f"(1-t)*(x0**2+x1**2)/2+t*Max(0,m-{NORM})**2/2",
        [f"(1-t)*{x}-t*Max(0,m-{NORM})" for x in ("x0", "x1")],
        [f"(1-t)*x0-t*Max(0,m-{NORM})*x0/{NORM}", f"(1-t)*x1-t*Max(0,m/{NORM}-1)*x1"],
        {"x0": [-2, 2], "x1": [-2, 2], "t": {"choices": [0, 1]}, "m": [0.5, 2]},
        wrt=["x0", "x1"],
        require=["x0**2+x1**2>0.05"],
        avoid=[f"m-{NORM}"],
    ),
    _entry(
        "gaussian-with-its-constant",
        "(log(x)+(t-m)**2/x+log(2*pi))/2",
        "(log(x)+(t-m)**2/x+2*pi)/2",
        "log(sqrt(2*pi*x))+(t-m)**2/(2*x)",
        {"x": SHAPE, "t": WIDE, "m": WIDE},
        what="loss",
    ),
    _entry(
        "wrapped-angle",
        "atan2(sin(x-t),cos(x-t))**2",
        "2*atan2(sin(x-t),cos(x-t))*cos(x-t)",
        "2*atan2(sin(x-t),cos(x-t))",
        {"x": [-1, 1], "t": [-1, 1]},
    ),
    _entry(
        "angular",
        f"Max(0,{ANGLES})",
        [
            f"Piecewise(({sign}2*(x0-x1)+8*tan(t)**2*(c-(x0+x1)/2),{ANGLES}>0),(0,True))"
            for sign in ("", "-")
        ],
        [
            f"Piecewise(({sign}2*(x0-x1)+4*tan(t)**2*(c-(x0+x1)/2),{ANGLES}>0),(0,True))"
            for sign in ("", "-")
        ],
        {"x0": [-2, 2], "x1": [-2, 2], "c": [-2, 2], "t": [0.3, 1]},
        wrt=["x0", "x1"],
        avoid=[ANGLES],
    ),
    _entry(
        "far-tail",
        "log(1+exp(-x))",
        "-exp(-x)",
        "-1/(1+exp(x))",
        {"x": [60, 80]},
    ),
    _entry(
        "root-kept-off-zero",
        "sqrt(x)",
        "1/(2*sqrt(x))",
        "1/(2*sqrt(x+Rational(1,10**8)))",
        {"x": [0.5, 4]},
        kind="domain",
        agree_in_domain=1e-8,
    ),
    _entry(
        "root-with-a-declared-offset",
        "sqrt(x+Rational(1,10**8))",
        "1/(2*sqrt(x))",
        "1/(2*sqrt(x+Rational(1,10**8)))",
        {"x": [0.5, 4]},
        kind="domain",
        agree_in_domain=1e-8,
    ),
]

INVENTED = [
    _entry(
        "ppo-clipped",
        "-Min(exp(x-o)*a,Max(1-e,Min(1+e,exp(x-o)))*a)",
        "Piecewise((-a*exp(x-o),Abs(exp(x-o)-1)<e),(0,True))",
        "Piecewise((-a*exp(x-o),((a>0)&(exp(x-o)<1+e))|((a<0)&(exp(x-o)>1-e))),(0,True))",
        {"x": [-1, 1], "o": [-1, 1], "a": [-2, 2], "e": [0.1, 0.3]},
        avoid=["exp(x-o)-1-e", "exp(x-o)-1+e", "a"],
    ),
    _entry(
        "circle",
        "log(1+exp(g*((x1+m)*(x1-m)-(1+m-x0)*(x0-1+m))))",
        [
            "-(1/(1+exp(-(g*((x1+m)*(x1-m)-(1+m-x0)*(x0-1+m))))))*g*(1+m-x0)",
            "(1/(1+exp(-(g*((x1+m)*(x1-m)-(1+m-x0)*(x0-1+m))))))*g*(x1+m)",
        ],
        [
            "2*g*(x0-1)*(1/(1+exp(-(g*((x1+m)*(x1-m)-(1+m-x0)*(x0-1+m))))))",
            "2*g*x1/(1+exp(-(g*((x1+m)*(x1-m)-(1+m-x0)*(x0-1+m)))))",
        ],
        {"x0": [0, 1], "x1": [0, 1], "g": [1, 4], "m": [0.1, 0.4]},
        wrt=["x0", "x1"],
    ),
    _entry(
        "asymmetric-focal",
        "-(1-t)*Max(x-m,0)**g*log(1-Max(x-m,0))-t*(1-x)**h*log(x)",
        "(1-t)*Max(x-m,0)**g/(1-Max(x-m,0))-t*(1-x)**h/x",
        (
            "Piecewise(((1-t)*((x-m)**g/(1-x+m)-g*(x-m)**(g-1)*log(1-x+m)),x>m),(0,True))+t*(h*(1"
            "-x)**(h-1)*log(x)-(1-x)**h/x)"
        ),
        {"x": [0.05, 0.95], "t": {"choices": [0, 1]}, "m": [0.05, 0.2], "g": [2, 4], "h": [0.5, 2]},
        avoid=["x-m"],
    ),
    _entry(
        "crps-gaussian-scale",
        (
            "x*(((t-m)/x)*(2*((1+erf((((t-m)/x))/sqrt(2)))/2)-1)+2*(exp(-(((t"
            "-m)/x))**2/2)/sqrt(2*pi))-1/sqrt(pi))"
        ),
        (
            "2*(exp(-(((t-m)/x))**2/2)/sqrt(2*pi))+((t-m)/x)*(2*((1+erf((((t-m)/x))/sqrt(2)))/2)"
            "-1)-1/sqrt(pi)"
        ),
        "2*(exp(-(((t-m)/x))**2/2)/sqrt(2*pi))-1/sqrt(pi)",
        {"x": [0.3, 4], "t": [-2, 2], "m": [-2, 2]},
    ),
    _entry(
        "poincare-distance",
        "acosh(1+2*(x-t)**2/((1-x**2)*(1-t**2)))",
        "4*(x-t)/((1-x**2)*(1-t**2))/sqrt((1+2*(x-t)**2/((1-x**2)*(1-t**2)))**2-1)",
        "2*sign(x-t)/(1-x**2)",
        {"x": [-0.9, 0.9], "t": [-0.9, 0.9]},
        avoid=["x-t"],
    ),
    _entry(
        "barron-shape-derivative",
        "(2-x)/x*(((t/c)**2/(2-x)+1)**(x/2)-1)",
        (
            "-2/x**2*(((t/c)**2/(2-x)+1)**(x/2)-1)+(2-x)/x*((t/c)**2/(2-x)"
            "+1)**(x/2)*(log(((t/c)**2/(2-x)+1))+x/2*(t/c)**2/(2-x)**2/((t/c)**2/(2-x)+1))"
        ),
        (
            "-2/x**2*(((t/c)**2/(2-x)+1)**(x/2)-1)+(2-x)/x*((t/c)**2/(2-x)"
            "+1)**(x/2)*(log(((t/c)**2/(2-x)+1))/2+x/2*(t/c)**2/(2-x)**2/((t/c)**2/(2-x)+1))"
        ),
        {"x": [0.3, 1.7], "t": [-3, 3], "c": [0.3, 4]},
    ),
    _entry(
        "evidential-nig-shape",
        (
            "log(pi/v)/2-x*log((2*b*(1+v)))+(x+Rational(1,2))*log((t-m)**2*v+(2*b*(1+v)))"
            "+loggamma(x)-loggamma(x+Rational(1,2))"
        ),
        "log((t-m)**2*v+(2*b*(1+v)))+digamma(x)-digamma(x+Rational(1,2))",
        "log(1+(t-m)**2*v/(2*b*(1+v)))+digamma(x)-digamma(x+Rational(1,2))",
        {"x": [1.1, 3], "t": [-2, 2], "m": [-2, 2], "v": [0.3, 4], "b": [0.3, 4]},
    ),
    _entry(
        "quick-swish-second",
        "x/(1+exp(-1.702*x))",
        "1.702*exp(-1.702*x)/(1+exp(-1.702*x))**2*(2+1.702*x*tanh(1.702*x/2))",
        "1.702*exp(-1.702*x)/(1+exp(-1.702*x))**2*(2-1.702*x*tanh(1.702*x/2))",
        {"x": [-3, 3]},
        what="hessian",
    ),
    _entry(
        "alpha-divergence",
        "(t**a*x**(1-a)-a*t-(1-a)*x)/(a*(a-1))",
        "((t/x)**a-1)/a",
        "(1-(t/x)**a)/a",
        {"x": [0.3, 4], "t": [0.3, 4], "a": [0.2, 0.8]},
        params={"a": "alpha"},
    ),
    _entry(
        "coral-ordinal",
        (
            "-Piecewise((log((1/(1+exp(-(x-a))))),t>0),(log((1/(1+exp(-(a-x))))),True))"
            "-Piecewise((log((1/(1+exp(-(x-b))))),t>1),(log((1/(1+exp(-(b-x))))),True))"
        ),
        "(1/(1+exp(-(x-a))))+(1/(1+exp(-(x-b))))-t/2",
        "(1/(1+exp(-(x-a))))+(1/(1+exp(-(x-b))))-t",
        {"x": [-3, 3], "a": [-1, 0], "b": [0.5, 1], "t": {"choices": [0, 1, 2]}},
    ),
]

CONSTRUCTED = [*DISTRIBUTIONS, *LINKS, *ROBUST, *CLASSES, *BOXES, *HARDER, *INVENTED]
