"""Who does what in a drill: the table of steps that ships, or a user's."""

from __future__ import annotations

from pathlib import Path

from sim.planning.drills.catalogue import DRILLS
from sim.records.decisions.drills import Step
from sim.records.refusal import Refusal
from sim.tables import headings
from sim.tables.faults import Faults
from sim.tables.headings import Column
from sim.tables.sheets import read_sheets
from sim.tables.values import number, text

COLUMNS = (
    Column("drill", ("演练", "场景", "演练项目"), needed=True),
    Column("minute", ("分钟", "时间", "触发后分钟", "minutes")),
    Column("role", ("who", "responsible")),
    Column("step", ("what", "action", "task")),
    Column("role_zh", ("岗位", "角色", "负责人")),
    Column("step_zh", ("步骤", "动作", "措施")),
)
_NAMES = {
    "holiday_peak": ("节假日高峰", "holiday peak"),
    "power_cut": ("停电", "power cut"),
    "payment_outage": ("支付中断", "payment outage"),
    "network_cut": ("断网", "network cut"),
    "live_stream": ("直播", "live stream", "live-stream spike"),
    "warehouse_closed": ("仓库关闭", "warehouse closed"),
    "supplier_fails": ("供应商断供", "supplier fails"),
}
_LONGEST = 400


def shipped() -> Path:
    """The table of steps that ships with the lab."""
    return Path(__file__).parent / "steps.csv"


def read_steps(path: Path) -> dict[str, list[Step]]:
    """Steps by drill, in the order of their minutes. Raises `TableRefusal` with every cell that cannot be used, `Refusal` for another file."""
    faults = Faults()
    found: dict[str, list[Step]] = {name: [] for name in DRILLS}
    known = {headings.plain(word): name for name, words in _NAMES.items() for word in (name, *words)}
    sheets = [sheet for sheet in read_sheets(path, flag=False) if any(any(row) for row in sheet.rows)]
    for sheet in sheets:
        table = headings.find(sheet, COLUMNS, mappable=False)
        for field in ("role", "step"):
            if not {field, f"{field}_zh"} & table.place.keys():
                headed = ", ".join(table.unread) or "nothing"
                raise Refusal(sheet.where, f"row {table.heading_row}", f"a column {field}", headed)
        for row, cells in table.records():
            drill = known.get(headings.plain(text(cells.get("drill"))))
            if drill is None:
                faults.add(sheet, row, table.heading["drill"], f"one of {', '.join(DRILLS)}", text(cells.get("drill")))
                continue
            try:
                minute = number(cells.get("minute", 0))
                if not abs(minute) <= 1e6:
                    raise ValueError("a number of minutes up to 1,000,000")
            except ValueError as error:
                faults.add(sheet, row, table.heading["minute"], str(error), text(cells.get("minute")))
                continue
            words = {name: text(cells.get(name)) for name in ("role", "step", "role_zh", "step_zh")}
            words |= {name: words[name] or words[f"{name}_zh"] for name in ("role", "step")}
            if long := next((name for name, said in words.items() if len(said) > _LONGEST), None):
                faults.add(sheet, row, long, f"at most {_LONGEST} characters", len(words[long]))
            elif lacking := next((name for name in ("role", "step") if not words[name]), None):
                faults.add(sheet, row, lacking, "a text", "nothing")
            else:
                found[drill].append(Step(minute=minute, **words))
    faults.refuse()
    if not any(found.values()):
        raise Refusal(path, "", "a table of steps: columns drill, minute, role and step", "no rows")
    return {name: sorted(steps, key=lambda step: step.minute) for name, steps in found.items()}
