"""A module as it would be on another version of Airflow: executed once more, beside the one that is imported."""

from __future__ import annotations

import importlib.util
from types import ModuleType


def executed_anew(module: ModuleType) -> ModuleType:
    """Return what a module's file comes to now; ``sys.modules`` keeps the one that was imported."""
    spec = importlib.util.spec_from_file_location(f"{module.__name__}_anew", str(module.__file__))
    assert spec
    assert spec.loader
    anew = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(anew)
    return anew
