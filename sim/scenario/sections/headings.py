"""The headings under which people's tables hold the fields of a scenario, in Chinese and English, and words for what may be chosen there.

Of each field the first heading is the Chinese one of a workbook's template, the second the English one; both may stand in one cell. Headings
after `||` count only where none of those before it is there.
"""

from __future__ import annotations

import re

from sim.tables.headings import Column

HOURS = "hours"
"""A column that holds opening and closing in one cell: 9:00-22:00."""
WEEKDAYS = "weekdays"
"""A column that holds the first and the last weekday in one cell: 周一至周五."""

_TEXT = """
regions
  code: 区域编码 | Region code | 区域代码 | 大区编码 || 编码 | 代码 | 编号 | region | 区域 | 大区
  name: 区域名称 | Region name | 区域名 | 大区名称 || 名称 | name
stores
  code: 门店编码 | Store code | 店号 | 门店号 | 门店编号 | 门店代码 | 店铺编码 | 店铺编号 | 店铺代码 | 分店编码 | 分店编号 | 店代码 | 机构编码
    | store id | store no | store number | shop code | shop id || 编码 | 代码 | 编号 | code | id
  name: 门店名称 | Store name | 店名 | 门店名 | 店铺名称 | 分店名称 | shop name || 门店 | 店铺 | 分店 | store | shop | 名称 | name
  region: 区域 | Region | 大区 | 片区 | 所属区域 | 所属大区 || 区域编码 | region code | 地区 | 区域名称 | area | 省份 | 城市
  ownership: 经营方式 | Ownership | 门店性质 | 经营性质 | 经营模式 | 直营/加盟 | 加盟/直营 | 是否加盟 | 是否直营 | 直营或加盟 | 加盟类型
    | franchise | ownership type | direct or franchise || 性质 | 门店类型 | 类型 | store type | type
  warehouse: 配送仓库 | Warehouse | 所属仓库 | 配送仓 | 供货仓 | 供货仓库 | 配送中心 | 仓库 | served by || 仓库编码 | 仓库代码 | 仓
    | warehouse code | 仓库名称 | dc | distribution centre | distribution center
  customers_per_day: 日均客流 | Customers a day | 日客流 | 客流 | 客流量 | 日均客流量 | 日客流量 | 日均客数 | 日均来客数 | 日来客数 | 来客数
    | 日均交易笔数 | 日均小票数 | 日均客单数 | 客数 | customers per day | daily customers | customers/day | customers | footfall | footfall/day
    | footfall a day | daily footfall | tickets per day | transactions per day | daily tickets
  tills: 收银台数 | Tills | 收银台 | 人工收银台 | 人工收银台数 | 收银机 | 收银机数 | 收银台数量 | 收银机数量 | POS数 | POS机数 | POS机 | 款台数
    | 款台 | checkouts | registers | cash registers | number of tills | staffed tills | no. of tills
  self_checkouts: 自助收银机数 | Self-checkouts | 自助收银 | 自助收银台 | 自助收银台数 | 自助收银机 | 自助结账机 | 自助机 | 自助机数
    | self checkout | self-service checkouts | sco | scos
  opens: 开门时间 | Opens | 开门 | 开店时间 | 开始营业 | 营业开始 | 营业开始时间 | 开业时间 | open | opening time | opens at | opening
  closes: 关门时间 | Closes | 关门 | 关店时间 | 打烊时间 | 结束营业 | 营业结束 | 营业结束时间 | close | closing time | closes at | closing
  hours: 营业时间 | Hours | 营业时段 | opening hours | trading hours | store hours | business hours
  roster: 排班 | Roster | 班表 | 排班表 | 排班编码 | 班次表 | roster code
rosters
  roster: 排班编码 | Roster | 排班 | 班表 | 排班表 | roster code || 编码 | 代码 | code
  first_weekday: 起始星期 | First weekday | 开始星期 | 星期起 | from weekday | first day | from day
  last_weekday: 结束星期 | Last weekday | 截止星期 | 星期止 | to weekday | last day | to day
  weekdays: 星期 | Weekdays | 周几 | 工作日 | weekday | days
  starts: 开始时间 | Starts | 上班时间 | 班次开始 | 上班 | start time | start | from || 开始
  ends: 结束时间 | Ends | 下班时间 | 班次结束 | 下班 | end time | end | to || 结束
  hours: 时段 | Shift hours | 班次时间 | 工作时间 | 班次 | hours | shift
  tills: 开台数 | Staffed tills | 收银员数 | 收银人数 | 开放收银台 | 开台 | cashiers || 收银台数 | 人数 | tills | staff
  proficiency: 熟练系数 | Proficiency | 熟练度
  reserve_tills: 备用开台数 | Reserve tills | 备用收银台 | 备用收银员 | 机动收银员 | 机动开台 | tills in reserve | reserve cashiers | reserve staff
warehouses
  code: 仓库编码 | Warehouse code | 仓库代码 | 仓库编号 | warehouse id | dc code || 编码 | 代码 | 编号 | code | 仓库 | warehouse | id
  name: 仓库名称 | Warehouse name | 仓库名 || 名称 | name
  region: 区域 | Region | 大区 | 所属区域 | 所属大区 || 区域编码 | region code | 地区 | 区域名称 | area
  warehouse: 上级仓库 | Fed by | 上级仓 | 上级配送中心 | 供货仓库 | 供货仓 | 补货仓库 | 中心仓 | 总仓 | fed by warehouse | parent warehouse
    | central warehouse | supplied by | replenished from
  docks: 卸货口数 | Docks | 月台数 | 月台 | 卸货口 | 码头数
  pickers: 拣货人数 | Pickers | 拣货员 | 拣货员数 | 拣货员人数
  opens: 开始作业时间 | Opens | 作业开始 | 开门时间 | open | opening time || 开始时间
  closes: 结束作业时间 | Closes | 作业结束 | 关门时间 | close | closing time || 结束时间
  hours: 作业时间 | Hours | 营业时间 | 工作时间 | opening hours | working hours
suppliers
  code: 供应商编码 | Supplier code | 供应商代码 | 供应商编号 | 厂商编码 | supplier id | vendor code | vendor id
    || 编码 | 代码 | 编号 | code | 供应商 | 供应商名称 | 厂商 | supplier | supplier name | vendor | name | id
  lead_time_days: 交货期 | Lead time | 到货周期 | 交货周期 | 提前期 | 采购提前期 | 供货周期 | 交期 | 送货周期 | 到货天数 | 交货天数 | 送货天数
    | lead time days | delivery time | leadtime
  fill_rate: 满足率 | Fill rate | 到货率 | 订单满足率 | 供货满足率 | 履约率 | 送货满足率 | service level
  minimum_order: 起订金额 | Minimum order | 最低起订金额 | 最小订货额 | 起送金额 | 最低订货金额 | minimum order value
  order_weekdays: 订货日 | Order weekdays | 下单日 | 可订货日 | 订货星期 | order days | ordering days
  disruptions_per_year: 每年断供次数 | Disruptions a year | 年断供次数 | disruptions
  disruption_days: 断供天数 | Disruption days | 每次断供天数
  unavailable_share: 缺货率 | Unavailable share | 供应商缺货率 | 单品缺货率 | 缺货时间占比 | share unavailable | supplier out-of-stock rate
  unavailable_days: 平均缺货天数 | Unavailable days | 每次缺货天数 | 缺货天数 | days unavailable | mean days out of stock
  late_share: 晚到率 | Late share | 迟到率 | 延迟率 | 延期率 | 逾期率 | 晚到比例 | share late | late deliveries | late delivery rate
  late_days: 晚到天数 | Late days | 迟到天数 | 延迟天数 | 延期天数 | 逾期天数 | days late | delay days
  shelf_life_days: 保质期 | Shelf life | 保质天数 | 保质期天数
  direct: 直送门店 | Direct to stores | 门店直送 | 是否直送 | 是否直送门店 | 直送 | 直配 | 厂家直送 | 供应商直送 | direct | direct delivery
    | direct store delivery | dsd
lanes
  origin: 发货地 | From | 起点 | 发货方 | 出发地 | 发货仓 | 发货仓库 | origin | source || 仓库编码 | 仓库 | warehouse
  destination: 收货地 | To | 终点 | 收货方 | 目的地 | 收货门店 | destination || 门店编码 | 门店 | store | store code
  lead_time_days: 配送时长 | Lead time | 运输天数 | 配送周期 | 在途天数 | 配送天数 | 运输时间 | 交货期 | 到货周期 | 提前期 | 时效 | transit time
    | lead time days | delivery time | transit days
  distance_km: 距离 | Distance | 里程 | 公里数 | 运距 | km
  truck_kg: 载重 | Truck load | 车辆载重 | 最大载重 | truck | capacity
skus
  code: 商品编码 | SKU code | 商品代码 | 商品编号 | 货号 | 品号 | sku | sku id | item code | item no | article number | product code | plu
    || 编码 | 代码 | 编号 | code | 商品条码 | 条码 | 国际条码 | barcode | ean | item | article | id
  name: 商品名称 | SKU name | 品名 | 商品名 | 货品名称 | product name | item name | article name || 名称 | name | 商品 | product | description
  supplier: 供应商编码 | Supplier | 供应商 | 供应商代码 | supplier code | vendor code || 供应商名称 | 厂商 | 供货商 | vendor | supplier name
  price: 零售价 | Price | 售价 | 销售价 | 零售单价 | 正常售价 | 含税售价 | retail price | selling price | sales price | rrp
    || 单价 | unit price | 标价
  unit_cost: 进价 | Unit cost | 成本 | 成本价 | 采购价 | 进货价 | 单位成本 | 含税进价 | 进货单价 | cost | cost price | purchase price | buying price
  weight_kg: 重量 | Weight | 单重 | 单位重量 || 毛重 | 净重 | gross weight | net weight
  pack: 箱规 | Pack | 装箱数 | 箱装数 | 件装数 | 包装数 | 订货倍数 | pack size | case size | case pack | units per case | order multiple
    || 包装规格 | case
  shelf_units: 货架容量 | Shelf units | 排面容量 | 陈列量 | 排面量 | 满架数量 | shelf capacity | shelf quantity | units on shelf | planogram units
    || 货架数量
  group: 品类 | Group | 替代组 | 商品类别 | 类别 | product group || 小类 | 中类 | 大类 | 分类 | 商品分类 | category | subcategory
  sku_class: ABC分类 | SKU class | ABC | ABC类 | abc class || 商品等级 | 等级 | class
  shelf_life_days: 保质期 | Shelf life | 保质天数 | 保质期天数 | 效期 | expiry days
  popularity: 销售权重 | Popularity | 权重 | sales weight || 销量 | 月销量 | 年销量 | 销售数量 | units sold | sales units
opening_stock
  location: 地点 | Location | 门店/仓库 | 仓库/门店 | 库存地点 | 机构 | 机构编码 | location code | site
    || 门店编码 | 仓库编码 | 店号 | 门店 | 仓库 | store code | warehouse code | store | warehouse
  sku: 商品编码 | SKU | 商品代码 | 货号 | 商品编号 | sku code | item code | product code || 编码 | 条码 | 商品条码 | 商品 | item | article | barcode
  units: 在库数量 | On hand | 库存 | 库存数量 | 现有库存 | 在库 | 实际库存 | 实物库存 | 库存量 | 期初库存 | stock | stock on hand | units on hand
    || 数量 | quantity | qty | units
  book: 账面库存 | Book stock | 系统库存 | 账面数量 | book | stock on record
  expires: 到期日 | Expires | 有效期至 | 失效日期 | 保质期至 | expiry date | best before | use by
  promised: 已占用数量 | Promised | 占用库存 | 已承诺 | 锁定库存 | 预占库存 | 已占用 | reserved | allocated
  on_order: 在途数量 | On order | 在途 | 在途库存 | 已订未到 | 采购在途 | 订单在途 | in transit | ordered | open orders
  arrives: 预计到货日 | Arrives | 预计到货 | 到货日期 | 预计到货日期 | 预计到货时间 | eta | expected arrival | due date | due
  origin: 来源 | Origin | 发货方 | 发货地 | 供应商编码 | 供应商 | supplier
  as_of: 库存日期 | As of | 截止日期 | 盘点日期 | 日期 | date | stock date
prices
  sku: 商品编码 | SKU | 商品代码 | 货号 | 商品编号 | sku code | item code | product code || 编码 | 条码 | 商品条码 | 商品 | item | article | barcode
  price: 售价 | Price | 零售价 | 新售价 | 促销价 | 销售价 | new price | selling price | retail price || 单价 | unit price
  unit_cost: 进价 | Unit cost | 成本 | 成本价 | 采购价 | cost | cost price
  from: 生效日期 | From | 起始日期 | 开始日期 | 执行日期 | valid from | effective date | effective from || 日期 | date
replenishment.planogram
  location: 门店 | Store | 门店编码 | 店号 | 门店号 | 地点 | 机构 | 机构编码 | location | store code | location code | shop || 编码 | site
  sku: 商品编码 | SKU | 商品代码 | 货号 | 商品编号 | sku code | item code | product code || 编码 | 条码 | 商品条码 | 商品 | item | article | barcode
  shelf_units: 货架容量 | Shelf units | 排面容量 | 陈列量 | 排面量 | 满架数量 | shelf capacity | capacity | shelf quantity | units on shelf
    || 货架数量 | 数量 | units | quantity | qty
replenishment.forecast
  location: 地点 | Location | 门店/仓库 | 机构 | location code | site || 门店编码 | 门店 | 仓库 | store | store code | warehouse
  sku: 商品编码 | SKU | 商品代码 | 货号 | sku code | item code || 编码 | 商品 | item
  day: 第几天 | Day || 天 | 日
  units: 预测数量 | Units | 预测销量 | forecast | forecast units || 数量 | 销量 | quantity | qty
trading.payments
  name: 支付方式 | Payment channel | 支付渠道 | channel
  share: 占比 | Share | 比例
  pays_s: 支付时长 | Payment time | 支付秒数
  backup: 是否备用 | Backup | 备用 | 备用渠道
traffic.holidays
  name: 节日 | Holiday | 节假日 || 名称 | name
  first: 开始日期 | First day | 起始日期 | from | start
  last: 结束日期 | Last day | 截止日期 | to | end
  factor: 系数 | Factor | 客流系数
"""


def _columns() -> dict[str, tuple[Column, ...]]:
    sections: dict[str, tuple[Column, ...]] = {}
    section = ""
    for line in re.sub(r"\n    +", " ", _TEXT).strip().splitlines():
        if not line.startswith(" "):
            section = line
            sections[section] = ()
            continue
        name, _, headings = line.strip().partition(": ")
        first, _, weaker = headings.partition(" || ")
        names = _split(first)
        sections[section] += (Column(name, (*names, " ".join(names[:2])), weaker=_split(weaker)),)
    return sections


def _split(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split("|") if each.strip())


COLUMNS = _columns()
"""By section of a scenario: its fields and their headings."""

CHOICES: dict[str, dict[str, str]] = {
    "ownership": {
        **dict.fromkeys(
            ("直营", "直营店", "自营", "自营店", "own", "owned", "company", "companyowned", "corporate"), "direct"
        ),
        **dict.fromkeys(("加盟", "加盟店", "特许", "特许加盟", "联营", "franchised", "franchisee"), "franchise"),
    }
}
"""By field that takes one of several words: the word that other words, as `plain` compares them, stand for."""
