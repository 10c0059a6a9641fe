"""Lists the benchmarks."""

from __future__ import annotations

import ast
from pathlib import Path


def main() -> None:
    """Print each benchmark with the first line of what it says of itself."""
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        text = path.read_text(encoding="utf-8")
        if "__main__" in text:
            doc = ast.get_docstring(ast.parse(text)) or ""
            print(f"python -m bench.{path.stem:<10} {doc.splitlines()[0]}")


if __name__ == "__main__":
    main()
