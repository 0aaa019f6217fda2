"""A table of tasks to fill in: a small rollout that can be sampled as it stands, as CSV, or as a workbook with roles, holidays and a guide."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sim.records.atomic_files import whole
from sim.records.refusal import Refusal

Rows = tuple[tuple[str | float, ...], ...]
TASKS: Rows = (
    ("id（编号）", "task（任务）", "phase（阶段）", "least（乐观，工作日）", "most likely（最可能，工作日）", "most（悲观，工作日）",
     "predecessors（前置任务）", "resources（资源）", "cost（费用）", "start（上线的计划日期；最早一天为项目开始）", "stores（门店数或编号）"),
    (1, "contract", "prepare", 3, 5, 12, "", "analysts", 0, "2027-03-01", ""),
    (2, "interfaces", "prepare", 10, 15, 30, "1", "engineers[2]", 20000, "", ""),
    (3, "training material", "prepare", 5, 8, 14, "1SS+2 days", "trainers", 0, "", ""),
    (4, "pilot live", "pilot", 0, 0, 0, "2; 3", "", 0, "2027-04-12", 2),
    (5, "pilot observed", "pilot", 15, 20, 30, "4", "analysts[50%]", 0, "", ""),
    (6, "all live", "rollout", 0, 0, 0, "5FS+3 days", "", 0, "2027-05-24", 18),
)  # fmt: skip
ROLES: Rows = (
    ("role（岗位）", "number（人数）", "cost per day（日费用）", "works（上班日）"),
    ("analysts", 2, 1600, "Mon-Fri"),
    ("engineers", 4, 1300, "Mon-Fri"),
    ("trainers", 2, 1100, "Mon-Sat"),
)
HOLIDAYS: Rows = (("holiday（节假日）", "first（开始）", "last（结束）"), ("Labour Day", "2027-05-01", "2027-05-05"))
_GUIDE: Rows = tuple(
    (line,)
    for line in (
        "Tasks of a rollout / 推广任务",
        "A row a task. Lengths are working days: least, most likely, most; or one column duration (工期), as 10 days or 2 wks.",
        "predecessors: ids or names; 3 or 3FS: after its end; 3SS+2 days: two working days after its start. FF and SF are refused.",
        "A row of length 0 with stores is a go-live: how many stores, or their codes; start is its planned day.",
        "Waves, risks, adoption and goals stand in a YAML plan beside it, with rollout: {tasks_from: this file}.",
        "每行一个任务，工期为工作日：乐观、最可能、悲观；或只用一列“工期”，如 10 天、2 周。",
        "前置任务：编号或名称；3 或 3FS 表示其完成之后，3SS+2 days 表示其开始两个工作日之后。不支持 FF 与 SF。",
        "工期为 0 且填了门店的行表示上线：门店数或门店编号；开始日期为计划上线日。",
        "批次、风险、培训与目标写在旁边的 YAML 方案里：rollout: {tasks_from: 本文件}。",
    )
)


def write_template(path: Path) -> None:
    """Write it as .csv, tasks alone, or as .xlsx. An existing file is replaced. Raises `Refusal` for another ending."""
    if path.suffix.lower() == ".csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(TASKS)
        with whole(path) as aside:
            aside.write_text(text.getvalue(), encoding="utf-8-sig", newline="")
    elif path.suffix.lower() == ".xlsx":
        _write_workbook(path)
    else:
        raise Refusal("--template", path, "a name that ends in .csv or .xlsx", path.suffix or "nothing")


def _write_workbook(path: Path) -> None:
    import xlsxwriter

    with whole(path) as aside, xlsxwriter.Workbook(aside) as book:
        head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        for name, rows in (("tasks", TASKS), ("roles", ROLES), ("holidays", HOLIDAYS), ("Read me", _GUIDE)):
            sheet = book.add_worksheet(name)
            guide = rows is _GUIDE
            for n, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value != "":
                        sheet.write(n, column, value, wrap if guide else head if not n else None)
            sheet.set_column(0, len(rows[0]) - 1, 110 if guide else 18)
            if not guide:
                sheet.freeze_panes(1, 0)
