"""The columns of tables of health, and the headings under which people write them."""

from sim.tables.headings import Column

WHEN = (
    Column("quarter", ("季度", "period", "期间", "统计期", "统计周期", "fiscal quarter", "时间")),
    Column(
        "date", ("日期", "月份", "month", "day", "统计日期", "盘点日期", "调查日期", "survey date", "count date", "月")
    ),
    Column("year", ("年份", "年度", "年")),
)
RESPONSE = Column(
    "mean response",
    (
        "mean response time",
        "average response time",
        "avg response time",
        "response time",
        "mean response s",
        "mean_response_s",
        "avg latency",
        "latency",
        "平均响应时间",
        "响应时间",
        "平均响应",
        "系统响应时间",
        "平均响应时长",
    ),
)
RESPONSE_SD = Column("response standard deviation", ("response sd", "sd of response", "响应时间标准差", "响应标准差"))
REQUESTS = Column(
    "requests",
    (
        "request count",
        "number of requests",
        "total requests",
        "calls",
        "transactions",
        "请求数",
        "请求量",
        "请求总数",
        "调用次数",
        "调用量",
        "交易笔数",
    ),
)
ERRORS = Column(
    "errors",
    (
        "error count",
        "failed requests",
        "failures",
        "number of errors",
        "错误数",
        "失败数",
        "失败次数",
        "错误次数",
        "出错次数",
        "失败请求数",
    ),
)
ERRORS_PER = Column(
    "errors per 10,000",
    (
        "errors per 10000",
        "errors per 10k",
        "errors per ten thousand",
        "每万次错误数",
        "每万次请求错误数",
        "万次错误率",
        "万次错误数",
    ),
)
ERROR_RATE = Column("error rate", ("failure rate", "错误率", "失败率", "出错率"))
SATISFACTION = Column(
    "satisfaction",
    (
        "customer satisfaction",
        "csat",
        "satisfaction score",
        "mean satisfaction",
        "score",
        "rating",
        "满意度",
        "顾客满意度",
        "客户满意度",
        "满意度评分",
        "满意度得分",
        "满意度均分",
        "评分",
    ),
)
RESPONDENTS = Column(
    "respondents",
    (
        "responses",
        "survey n",
        "number of respondents",
        "sample size",
        "样本量",
        "样本数",
        "问卷数",
        "有效问卷",
        "有效问卷数",
        "回收问卷数",
        "受访人数",
        "答卷数",
    ),
)
SATISFACTION_SD = Column("satisfaction standard deviation", ("satisfaction sd", "满意度标准差", "评分标准差"))
BOOK = Column(
    "book units",
    (
        "book",
        "book stock",
        "system stock",
        "system units",
        "on record",
        "账面数量",
        "账面库存",
        "账面数",
        "系统库存",
        "系统数量",
        "账存",
    ),
)
COUNTED = Column(
    "counted units",
    (
        "counted",
        "physical",
        "physical count",
        "actual units",
        "实盘数量",
        "实盘数",
        "盘点数量",
        "盘点数",
        "实存",
        "实际库存",
        "实盘",
    ),
)
GAP = Column(
    "discrepancy units",
    ("units of discrepancy", "absolute difference", "差异数量", "盘点差异", "差异数", "盘盈盘亏", "差异绝对值"),
)
DISCREPANCY = Column(
    "stock discrepancy",
    ("discrepancy rate", "discrepancy", "stock discrepancy rate", "库存差异率", "盘点差异率", "差异率", "账实差异率"),
)
STORE = Column("store", ("门店", "门店编号", "店号", "store code", "shop", "branch", "仓库", "location"))
LONG = (
    Column("measure", ("指标", "指标名称", "kpi", "metric")),
    Column("value", ("数值", "值", "实际值", "actual", "figure")),
    Column("n", ("n", "count", "数量", "次数", "人数")),
    Column("standard deviation", ("sd", "std", "stdev", "stddev", "标准差", "spread")),
)
FIELDS = (
    RESPONSE,
    RESPONSE_SD,
    REQUESTS,
    ERRORS,
    ERRORS_PER,
    ERROR_RATE,
    SATISFACTION,
    RESPONDENTS,
    SATISFACTION_SD,
    BOOK,
    COUNTED,
    GAP,
    DISCREPANCY,
)
"""Of what is measured."""
