"""Payment channels as journals name them, and the channel of a scenario that each is."""

from __future__ import annotations

from sim.tables.headings import plain
from sim.traffic.log.sku_codes import sku_codes

_KNOWN = {
    "mobile": ("mobile", "wechat", "wechatpay", "weixin", "alipay", "qr", "qrcode", "applepay", "googlepay", "wallet", "微信", "微信支付", "支付宝",
               "扫码", "扫码支付", "移动支付", "手机支付", "聚合支付", "云闪付", "数字人民币"),
    "card": ("card", "bankcard", "credit", "creditcard", "debit", "debitcard", "visa", "mastercard", "unionpay", "ec", "girocard",
             "银行卡", "刷卡", "信用卡", "借记卡", "银联"),
    "cash": ("cash", "bar", "espèces", "especes", "efectivo", "contanti", "现金", "现款"),
}  # fmt: skip
_CODES = {plain(name): code for code, names in _KNOWN.items() for name in names}


def channel_code(name: str) -> str:
    """`mobile`, `card` or `cash` for names that mean one of them, else a code made of the name."""
    return _CODES.get(plain(name)) or sku_codes([name])[0]
