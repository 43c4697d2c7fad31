"""The import graph of a package, computed from its sources: nothing is imported, nothing can hide."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "airflow_provider_paxos"


@dataclass(frozen=True)
class Import:
    """An import statement: where it stands, and the dotted names that it may mean.

    :param names: for ``from a.b import c`` both ``a.b.c`` and ``a.b``, as ``c`` may be a module or not
    :param in_function: whether it runs only when a function is called
    :param by_version: whether a ``try`` that catches ImportError surrounds it
    :param for_types: whether it stands below ``if TYPE_CHECKING``
    """

    line: int
    names: tuple[tuple[str, ...], ...]
    in_function: bool = False
    by_version: bool = False
    for_types: bool = False


def imports(source: str, module: str, *, is_package: bool = False) -> list[Import]:
    """Return every import statement of a module, at whatever depth it stands."""
    return list(_imports(ast.parse(source).body, module if is_package else module.rpartition(".")[0], {}))


def _imports(nodes: list[ast.stmt], package: str, context: dict[str, bool]) -> Iterator[Import]:
    for node in nodes:
        match node:
            case ast.Import():
                yield Import(node.lineno, tuple((alias.name,) for alias in node.names), **context)
            case ast.ImportFrom():
                origin = _origin(node, package)
                yield Import(node.lineno, tuple((f"{origin}.{alias.name}", origin) for alias in node.names), **context)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _imports(node.body, package, {**context, "in_function": True})
            case ast.Try() if any(_catches_import_error(handler) for handler in node.handlers):
                yield from _below(node, package, {**context, "by_version": True})
            case ast.If() if "TYPE_CHECKING" in ast.unparse(node.test):
                yield from _imports(node.body, package, {**context, "for_types": True})
                yield from _imports(node.orelse, package, context)
            case _:
                yield from _below(node, package, context)


def _below(node: ast.stmt, package: str, context: dict[str, bool]) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.stmt():
                yield from _imports([child], package, context)
            case ast.ExceptHandler() | ast.match_case():
                yield from _imports(child.body, package, context)


def _origin(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return str(node.module)
    base = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    return handler.type is not None and any(
        name in ast.unparse(handler.type) for name in ("ImportError", "ModuleNotFoundError")
    )


def modules(folder: Path) -> dict[str, Path]:
    """Return the file of each module of a package, by dotted name."""
    named = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
        named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return named


def imports_of(folder: Path) -> dict[str, list[Import]]:
    """Return the import statements of each module of a package."""
    return {
        name: imports(path.read_text(), name, is_package=path.name == "__init__.py")
        for name, path in modules(folder).items()
    }


def arrows(statements: Mapping[str, list[Import]]) -> dict[str, set[str]]:
    """Return for each module the modules of the same package that it imports."""
    return {
        module: {found for each in its for candidates in each.names if (found := _known(candidates, statements))}
        - {module}
        for module, its in statements.items()
    }


def _known(candidates: tuple[str, ...], known: Mapping[str, object]) -> str | None:
    return next((each for each in candidates if each in known), None)


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other, however far around; each sorted."""
    # Tarjan's strongly connected components.
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = lowest[node] = len(index)
        stack.append(node)
        for target in sorted(graph[node]):
            if target not in index:
                visit(target)
                lowest[node] = min(lowest[node], lowest[target])
            elif target in stack:
                lowest[node] = min(lowest[node], index[target])
        if lowest[node] == index[node]:
            cut = stack.index(node)
            component = sorted(stack[cut:])
            del stack[cut:]
            if len(component) > 1 or node in graph[node]:
                found.append(component)

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return sorted(found)


def room_of(module: str) -> str:
    """Return the room of a module: the folder or the single file directly below the package; "" for the package."""
    return [*module.split("."), ""][1]


def forbidden(graph: Mapping[str, set[str]], allowed: Mapping[str, set[str]]) -> list[str]:
    """Return each arrow between rooms that the table does not allow, as ``module -> module``."""
    return sorted(
        f"{module} -> {target}"
        for module, targets in graph.items()
        for target in targets
        if room_of(target) not in {room_of(module), *allowed.get(room_of(module), set())}
    )
