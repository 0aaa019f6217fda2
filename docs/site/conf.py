"""Sphinx's settings for the site of the docs, which `python docs/site/build.py` builds."""

import re
from importlib.metadata import version as version_of

from sphinx.ext.napoleon import Config, GoogleDocstring

project = "retail-lab"
author = "retail-lab"
version = release = version_of("retail-lab")
extensions = ["myst_nb", "sphinx.ext.autodoc"]
default_role = "code"
nitpicky = True
smartquotes = False  # they would write the -- of options as a dash

nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # pages whose first heading below the title is of the third level
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings have types in words
autodoc_inherit_docstrings = False

html_theme = "pydata_sphinx_theme"
html_title = "retail-lab"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = True
html_sourcelink_suffix = ""
html_extra_path = ["llms.txt"]
html_theme_options = {
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "show_nav_level": 1,
    "navigation_depth": 2,
    "collapse_navigation": True,
    "footer_start": [],
    "footer_center": [],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": []}


COLUMN = re.compile(r"    (\S+) {2,}(\S.*)")
"""A line of a docstring that says what a column of a frame holds."""


def setup(app):
    app.connect("autodoc-process-docstring", _sections)


def _sections(app, what, name, obj, options, lines):
    """Arguments as a list of fields, columns as a list of definitions.

    Napoleon's own extension would take what stands before a property's first colon for its type.
    """
    if what not in ("attribute", "property"):
        lines[:] = GoogleDocstring(lines, Config(), app, what, name, obj, options).lines()
    else:
        columns = "\n".join(COLUMN.sub(r"`\1`\n    \2", line) for line in lines)
        lines[:] = re.sub(
            r"^ {5,}", "    ", re.sub(r"^(Columns|KPIs):$", r"\1:\n", columns, flags=re.M), flags=re.M
        ).split("\n")
