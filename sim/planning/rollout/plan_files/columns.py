"""Headings under which tables of tasks, people and holidays have their fields; a custom field of Microsoft Project goes by the same names."""

from sim.tables.headings import Column

NAME = Column("task", ("task name", "name", "activity", "任务名称", "任务", "名称", "工作项", "活动"), needed=True)
ID = Column("id", ("no", "number", "nr", "编号", "序号", "标识号", "任务编号"))
LEVEL = Column("outline level", ("level", "大纲级别", "级别", "层级"))
PHASE = Column("phase", ("stage", "summary", "阶段", "所属阶段"))
DAYS = Column("duration", ("days", "duration days", "length", "working days", "工期", "持续时间", "天数", "工作日"))
LEAST = Column(
    "least",
    ("optimistic", "optimistic duration", "minimum", "min", "best case", "乐观", "乐观工期", "最短", "最短工期"),
)
LIKELY = Column(
    "most likely",
    ("likely", "expected", "most likely duration", "mode", "最可能", "最可能工期", "可能工期", "正常工期"),
)
MOST = Column(
    "most",
    ("pessimistic", "pessimistic duration", "maximum", "max", "worst case", "悲观", "悲观工期", "最长", "最长工期"),
)
AFTER = Column(
    "predecessors", ("predecessor", "after", "waits for", "depends on", "前置任务", "前置", "紧前任务", "依赖")
)
PEOPLE = Column("resources", ("resource names", "people", "needs", "资源名称", "资源", "人员", "人力"))
COST = Column("cost", ("fixed cost", "固定成本", "成本", "费用"))
NOT_BEFORE = Column("not before", ("start no earlier than", "earliest start", "不早于", "最早开始", "最早开始日期"))
START = Column(
    "start", ("start date", "planned start", "go live", "开始时间", "开始日期", "开始", "计划开始", "上线日期")
)
STORES = Column("stores", ("number of stores", "store codes", "门店数", "门店", "门店数量"))
TASKS = (NAME, ID, LEVEL, PHASE, DAYS, LEAST, LIKELY, MOST, AFTER, PEOPLE, COST, NOT_BEFORE, START, STORES)
ROLE = Column("role", ("resource name", "resource", "角色", "岗位", "资源名称"))
ROLES = (
    ROLE,
    Column("number", ("people", "max units", "人数", "最大单位", "数量")),
    Column("cost per day", ("daily cost", "day rate", "日费用", "每日费用", "日单价", "人天单价")),
    Column("works", ("weekdays", "working days", "工作日", "上班日")),
)
HOLIDAYS = (
    Column("holiday", ("name", "节假日", "假期", "名称")),
    Column("first", ("from", "first day", "start", "开始", "开始日期", "第一天")),
    Column("last", ("to", "until", "last day", "end", "结束", "结束日期", "最后一天")),
)
