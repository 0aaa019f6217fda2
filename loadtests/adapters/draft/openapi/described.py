"""Calls as an OpenAPI file describes them, in the order in which a shopper makes them."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loadtests.adapters.draft.calls import Recording
from loadtests.adapters.draft.openapi.call_plan import Plan, Planner
from loadtests.adapters.draft.openapi.coverage import Documented, server
from loadtests.adapters.draft.openapi.examples import Making
from loadtests.adapters.draft.openapi.paths import Op, ops
from loadtests.adapters.draft.openapi.schemas import Schemas
from loadtests.adapters.draft.openapi.security import Security
from sim.records.refusal import Refusal

LONG = 200
"""Operations above which progress is printed."""
LISTED = 8
"""Operations named in a text line about those left out."""


def read(path: Path, name: str) -> Recording:
    """name: prefix of the environment variables that hold its secrets and settings. Raises `Refusal`."""
    try:
        return _read(path, name)
    except Refusal:
        raise
    except RecursionError:
        raise Refusal(path, "", "an OpenAPI file, nested less deeply") from None
    except (TypeError, AttributeError, KeyError, ValueError):
        raise Refusal(path, "", "an OpenAPI file whose values have the types that the format says") from None


def _read(path: Path, name: str) -> Recording:
    documented = Documented.read(path)
    if len(documented.operations) > LONG:
        print(f"{path.name}: {len(documented.operations)} operations read", file=sys.stderr, flush=True)
    schemas = Schemas(documented.description)
    operations = ops(documented)
    plan = Planner(operations, schemas).plan()
    auth = Security(documented, [step.op.operation.what for step in plan.steps], name)
    making = Making(schemas, name, auth, operations)
    calls = making.calls(plan.steps)
    if len(operations) > LONG:
        print(
            f"{path.name}: {len(operations)} operations, {len(plan.steps)} of them calls of journeys", file=sys.stderr
        )
    spec = documented.description.spec
    address = server(spec)
    return Recording(
        calls,
        _host(address, spec),
        [*plan.notes, *making.notes, *_left_out(documented, operations, plan)],
        auth.code,
        auth.variables,
        settings={variable: _default(spec, of) for variable, of in making.settings.items()},
    )


def _left_out(documented: Documented, operations: Sequence[Op], plan: Plan) -> list[str]:
    """The operations that no journey uses, in a text line for each reason."""
    used = {step.op.place for step in plan.steps}
    taken_apart = {op.place for op in operations}
    lines = []
    odd = [each for place, each in enumerate(documented.operations) if place not in taken_apart]
    rest = [each for place, each in enumerate(documented.operations) if place in taken_apart - used]
    for what, reason in ((odd, "a parameter is only a part of a path's part"), (rest, "no journey needs it")):
        if what:
            named = ", ".join(f"{each.method} {each.template}" for each in what[:LISTED])
            more = f" and {len(what) - LISTED} more" if len(what) > LISTED else ""
            lines.append(f"{len(what)} operation{'s' * (len(what) != 1)} ({reason}): {named}{more}")
    unresolved = documented.description.unresolved
    if unresolved:
        named = ", ".join(list(unresolved)[:LISTED])
        lines.append(f"{len(unresolved)} reference{'s' * (len(unresolved) != 1)} to nothing in these files: {named}")
    return lines


def _host(address: str, spec: Mapping[str, Any]) -> str:
    """The first server's origin, its variables filled; empty where one has no value."""
    filled = re.sub(r"\{([^{}]+)\}", lambda match: _default(spec, match[1]) or match[0], address)
    url = urlsplit(filled)
    return f"{url.scheme}://{url.netloc}" if url.netloc and "{" not in url.netloc else ""


def _default(spec: Mapping[str, Any], name: str) -> str:
    servers = spec.get("servers")
    for each in servers if isinstance(servers, list) else []:
        variables = each.get("variables") if isinstance(each, dict) else None
        variable = variables.get(name) if isinstance(variables, dict) else None
        if isinstance(variable, dict) and isinstance(variable.get("default"), str):
            return variable["default"]
    return ""
