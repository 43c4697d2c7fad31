"""The settings of Sphinx for ``make docs``.

The API reference is read from the sources: neither Airflow nor the package itself has to be installed beside Sphinx.
"""

import re
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGE = _ROOT / "airflow_provider_paxos"

project = "airflow-provider-paxos"
author = "The authors of airflow-provider-paxos"
_version = re.search(r'__version__ = "(.+)"', (_PACKAGE / "__init__.py").read_text(encoding="utf-8"))
if _version is None:
    raise RuntimeError("airflow_provider_paxos/__init__.py has no __version__")
release = _version[1]

extensions = ["myst_parser", "autoapi.extension"]
exclude_patterns = ["_build"]

# Headings get the anchors that GitHub gives them, so that a link works in both places.
myst_heading_anchors = 4

# The pages in docs/reference name what is public; nothing is generated beside them.
autoapi_dirs = [str(_PACKAGE)]
autoapi_ignore = ["*/ui/*"]
autoapi_generate_api_docs = False
autoapi_python_class_content = "class"
autoapi_options = ["members", "show-inheritance"]
# Airflow, requests and pydantic are not installed beside Sphinx.
suppress_warnings = ["autoapi.python_import_resolution"]

autodoc_member_order = "bysource"
# A signature has a line for each argument; the import above it names the module.
python_maximum_signature_line_length = 80
add_module_names = False

html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False
