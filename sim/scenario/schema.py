"""The JSON Schema of scenario files, for editors: what may stand in a file that says only what differs from another."""

from __future__ import annotations

from typing import Any

from sim.scenario.model import Scenario

_NAMED_FILE = {"type": "string", "minLength": 1}


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one scenario file: nothing is required, because the extended file may say it; a list may be
    a table or a mapping of changes to its elements; a number that may vary may be a plain number."""
    schema = Scenario.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_partial(schema)}
    schema["properties"]["extends"] = {**_NAMED_FILE, "description": "The scenario file that this one changes."}
    schema["properties"]["calibrated"] = {
        "type": "array",
        "items": _NAMED_FILE,
        "description": "Files that `retail-lab calibrate` wrote: traffic, till times, lead times.",
    }
    schema["$defs"]["Traffic"]["properties"]["file"] = {
        **_NAMED_FILE,
        "description": "Calibrated traffic, as `retail-lab calibrate` writes it.",
    }
    for system in ("RetailSystem", "SystemChange"):
        service = schema["$defs"][system]["properties"]["service"]
        service["anyOf"].append(_only("profile", "A service profile, as `retail-lab profile` writes it."))
    return schema


def _only(name: str, description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {**_NAMED_FILE, "description": description}},
        "required": [name],
        "additionalProperties": False,
    }


def _partial(schema: Any) -> Any:
    """A schema for a part of what `schema` describes."""
    if isinstance(schema, list):
        return [_partial(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    loose = {
        key: _partial(value) for key, value in schema.items() if key not in ("required", "discriminator", "default")
    }
    if "oneOf" in loose:  # without its required fields a section may fit several kinds
        loose["anyOf"] = loose.pop("oneOf")
    if schema.get("discriminator", {}).get("propertyName") == "distribution":
        number = {"type": "number"} | {key: loose.pop(key) for key in ("minimum", "maximum", "unit") if key in loose}
        loose["anyOf"] = [number, *loose["anyOf"]]
    if loose.get("type") == "array" and "$ref" in loose.get("items", {}):
        return _list_of_records(loose)
    return loose


def _list_of_records(array: dict[str, Any]) -> dict[str, Any]:
    table = _only("table", "A .csv or .parquet file: a row a record, a column a field.")
    changes = {
        "type": "object",
        "description": "Changes to single elements, by code, name or position.",
        "not": {"required": ["table"]},
        "additionalProperties": array["items"],
    }
    said: dict[str, Any] = {key: array[key] for key in ("title", "description") if key in array}
    bare = {key: value for key, value in array.items() if key not in said}
    return {**said, "anyOf": [bare, table, changes]}
