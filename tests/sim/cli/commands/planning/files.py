"""Files of commands of planning as tests write them: mutated trees as YAML, mutated tables as CSV."""

import json

import yaml


def put(file, tree):
    """Write a tree as YAML, or as JSON where YAML cannot hold it."""
    try:
        file.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8", errors="backslashreplace")
    except yaml.YAMLError:
        file.write_text(json.dumps(tree))


def rows(file, table):
    """Write the rows of a table as CSV; None is an empty cell."""
    lines = (
        ",".join("" if cell is None else f'"{cell}"' for cell in row) if isinstance(row, list) else str(row)
        for row in table
    )
    file.write_text("\n".join(lines), encoding="utf-8", errors="backslashreplace")
