"""Gates that read KPIs, on the page of a rollout: each KPI by proficiency with its limit, and how long a wave waits."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.records.rollout.gates import GateOutcome, LimitOutcome
from sim.report import canvas
from sim.report.canvas import BLUE, MUTED, ORANGE, SKY
from sim.report.languages import Language, kpi_name, number, percent, text, unit_name
from sim.report.pages.sheet import Picture, picture
from sim.report.units import reading


def gate_picture(gate: GateOutcome, plan: str, currency: str, lang: Language = "en") -> Picture:
    """The figure of one gate."""
    return picture(
        f"gate-{gate.wave}-{plan}".replace(" ", "-"),
        title(gate, lang),
        text(
            "KPIs at the stores live before wave {wave}, by the proficiency of the newest wave's staff: means of the replications, between them "
            "linear, with the 95 % interval of their distance from the limit. The dashed line is the limit, the dotted one the KPI before the "
            "first wave.",
            lang,
            wave=gate.wave,
        ),
        lambda: draw_gate(gate, currency, lang),
        lang,
    )


def title(gate: GateOutcome, lang: Language = "en") -> str:
    """The finding of one gate."""
    if gate.held_days_p50 is None:
        return text("The gate holds wave {wave} for good in {share} of samples", lang, wave=gate.wave,
                    share=percent(gate.held_for_good, lang))  # fmt: skip
    if gate.held_days_p80 is None:
        return text("Wave {wave} waits {days} days for its gate at 50 %, for good at 80 %", lang, wave=gate.wave,
                    days=f"{gate.held_days_p50:.0f}")  # fmt: skip
    if gate.held_days_p80 == 0:
        return text("Wave {wave} hardly waits for its gate", lang, wave=gate.wave)
    return text("Wave {wave} waits {days} for its gate, P50 – P80", lang, wave=gate.wave, days=held(gate, lang))


def held(gate: GateOutcome, lang: Language = "en") -> str:
    """`12 – 20 days`, P50 and P80: once where they are the same, and with words for good."""
    p50, p80 = gate.held_days_p50, gate.held_days_p80
    if p50 is None:
        return text("for good", lang)
    if p80 is None:
        return text("{amount} days – for good", lang, amount=f"{p50:.0f}")
    return text("{amount} days", lang, amount=" – ".join(dict.fromkeys((f"{p50:.0f}", f"{p80:.0f}"))))


def limit_of(limit: LimitOutcome, currency: str, lang: Language = "en") -> str:
    """`mean wait: at most 34.5 s (15 % worse than before)`."""
    factor, unit = reading(limit.unit, abs(limit.limit), currency)
    values = {
        "kpi": kpi_name(limit.kpi, lang),
        "limit": f"{number(factor * limit.limit, lang)} {unit_name(unit, lang, currency)}",
    }
    if limit.worse_by_at_most is not None:
        values["worse"] = percent(limit.worse_by_at_most, lang)
        if limit.side == "at most":
            return text("{kpi}: at most {limit} ({worse} worse than before the first wave)", lang, **values)
        return text("{kpi}: at least {limit} ({worse} worse than before the first wave)", lang, **values)
    return text("{kpi}: at most {limit}" if limit.side == "at most" else "{kpi}: at least {limit}", lang, **values)


def draw_gate(gate: GateOutcome, currency: str, lang: Language = "en") -> Figure:
    """A panel a limit: the KPI by proficiency, its limit and what it was before."""
    figure, axes = canvas.drawing(len(gate.limits), 0.7 + 1.9 * len(gate.limits))
    for axis, limit in zip(axes, gate.limits, strict=True):
        level = max(abs(limit.limit), *(abs(point.mean) for point in limit.points))
        factor, unit = reading(limit.unit, level, currency)
        at = [100 * point.proficiency for point in limit.points]
        low, mean, high = (
            [factor * getattr(point, name) for point in limit.points] for name in ("low", "mean", "high")
        )
        axis.fill_between(at, low, high, color=SKY, linewidth=0, alpha=0.7)
        axis.plot(at, mean, color=BLUE, marker="o", markersize=4)
        axis.axhline(factor * limit.limit, color=ORANGE, linestyle="--", linewidth=1.5)
        axis.axhline(factor * limit.before, color=MUTED, linestyle=":", linewidth=1.2)
        axis.yaxis.set_major_locator(MaxNLocator(4))
        axis.set_ylabel(f"{kpi_name(limit.kpi, lang)}\n{unit_name(unit, lang, currency)}")
    axes[-1].set_xlabel(text("proficiency of the newest wave's staff, %", lang))
    return figure
