"""Refuse a ref_id template that uses what changes between the attempts of a task, by its syntax tree.

A retry that renders another ref_id pays again. A position (``ti.map_index``) is no name, either: a list that grows
moves all that follows.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes

_TASK_INSTANCES = ("ti", "task_instance")
_OF_A_TASK_INSTANCE = [
    "duration",
    "end_date",
    "get_previous_dagrun",
    "get_previous_ti",
    "hostname",
    "id",
    "job_id",
    "log_url",
    "map_index",
    "max_tries",
    "pid",
    "queued_dttm",
    "start_date",
    "state",
    "try_number",
]
_CHANGING = frozenset(
    [
        *(f"{ti}.{name}" for ti in _TASK_INSTANCES for name in _OF_A_TASK_INSTANCE),
        *(f"dag_run.{name}" for name in ("clear_number", "end_date", "note", "queued_at", "start_date", "state")),
        # The run before that has succeeded is another one, once somebody has mended a run in between.
        *(f"prev_{name}_success" for name in ("data_interval_end", "data_interval_start", "end_date", "start_date")),
        *(f"macros.datetime.{name}" for name in ("now", "today", "utcnow")),
        "macros.random",
        "macros.time",
        "macros.uuid",
        "expanded_ti_count",
        "inlet_events",
        "lipsum",
        "task_reschedule_count",
    ]
)
_CHANGING_FILTERS = frozenset({"random"})


def require_stable(template: object) -> None:
    """Check the template of a ref_id.

    :param template: what the author gave; what is no text, or no template, passes.
    :raises ValueError: names what of it changes between attempts.
    """
    if not isinstance(template, str):
        return
    try:
        tree = Environment().parse(template)  # noqa: S701 - it is parsed, never rendered
    except TemplateSyntaxError:
        return  # Rendering says what is wrong with it.
    if changing := sorted(set(_changing(tree))):
        raise ValueError(
            f"ref_id is {template!r}, which uses {' and '.join(changing)}: that changes between attempts or with the "
            "length of a list, and a retry would pay again under another ref_id. Make the ref_id of what names the "
            "payment, such as an invoice number and a business date."
        )


def _changing(tree: nodes.Template) -> Iterator[str]:
    aliases: dict[str, str] = {}
    for assigned in tree.find_all(nodes.Assign):
        if isinstance(assigned.target, nodes.Name) and (path := _path(assigned.node, aliases)):
            aliases[assigned.target.name] = path
    for node in tree.find_all((nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Filter)):
        if isinstance(node, nodes.Filter) and node.name in _CHANGING_FILTERS:
            yield f"the filter {node.name}"
        elif (path := _path(node, aliases)) in _CHANGING:
            yield str(path)


def _path(node: nodes.Node | None, aliases: dict[str, str]) -> str | None:
    """Return the dotted path of an expression such as ``ti.try_number``, ``ti['try_number']`` or ``ti|attr(…)``."""
    if isinstance(node, nodes.Name):
        return aliases.get(node.name, node.name)
    name: object = None
    if isinstance(node, nodes.Getattr):
        name = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        name = node.arg.value
    elif isinstance(node, nodes.Filter) and node.name == "attr" and node.args and isinstance(node.args[0], nodes.Const):
        name = node.args[0].value
    base = _path(getattr(node, "node", None), aliases) if isinstance(name, str) else None
    return f"{base}.{name}" if base else None
