"""The direction of imports: each room imports only what stands before it."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

# The rooms of the core, from vocabulary to face. Rooms in one line do not know each other.
CORE = (
    "quality sentences",
    "model",
    "errors settings",
    "transitions magnets",
    "torznab musicbrainz",
    "common",
    "titles",
    "store",
    "decision metadata",
    "search events torrents",
    "library",
    "workflow",
    "downloads background",
    "responses",
    "app",
    "standalone",
    "__init__",
)
# The rooms of the host; every one of them may use the core.
HOST = (
    "core",
    "const",
    "errors",
    "schemas",
    "config",
    "bridge",
    "runtime",
    "entity assist frontend",
    "binary_sensor button condition config_flow diagnostics event intent llm logbook"
    " repairs select sensor services system_health todo trigger websocket_api",
    "__init__",
)


class Import(NamedTuple):
    """A module that imports a name from another, both as dotted paths below the root."""

    module: str
    imported: str


def imports_below(root: Path) -> Iterator[Import]:
    """Yield every import of one module below a folder by another, from the syntax trees."""
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ImportFrom) or not node.level:
                continue
            package = parts[: len(parts) - node.level]
            assert len(parts) >= node.level, f"{path} imports from above {root}"
            base = [*package, *(node.module or "").split(".")]
            for alias in node.names:
                target = ".".join(filter(None, base))
                as_module = root.joinpath(*filter(None, base), f"{alias.name}.py")
                is_package = root.joinpath(*filter(None, base), alias.name).is_dir()
                if as_module.exists() or is_package:
                    target = f"{target}.{alias.name}".strip(".")
                yield Import(".".join(parts), target or "__init__")


def room_of(module: str) -> str:
    """Return the room of a module: its first part."""
    return module.partition(".")[0]


def against_the_direction(
    imports: Iterator[Import], order: Sequence[str]
) -> list[Import]:
    """Return the imports of a room by another that does not stand behind it."""
    place = {room: n for n, rooms in enumerate(order) for room in rooms.split()}
    return [
        one
        for one in imports
        if room_of(one.module) != room_of(one.imported)
        and place[room_of(one.module)] <= place[room_of(one.imported)]
    ]


def circle(imports: Iterator[Import]) -> list[str]:
    """Return the modules of an import circle, none if there is none."""
    graph: dict[str, set[str]] = {}
    for one in imports:
        graph.setdefault(_named(one.module), set()).add(_named(one.imported))
    done: set[str] = set()
    for start in graph:
        if found := _walk(graph, start, [], done):
            return found
    return []


def _named(module: str) -> str:
    """Return a module's name; a package is its `__init__`."""
    return module.removesuffix(".__init__")


def _walk(
    graph: Mapping[str, set[str]], module: str, path: list[str], done: set[str]
) -> list[str]:
    if module in path:
        return [*path[path.index(module) :], module]
    if module in done:
        return []
    for imported in sorted(graph.get(module, ())):
        if imported != module and (
            found := _walk(graph, imported, [*path, module], done)
        ):
            return found
    done.add(module)
    return []
