"""Figures of a rollout: stores live, Gantt chart, cumulative curves, cost against date, tornado, money by month, learning, and plans side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from matplotlib.dates import DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.records.rollout.comparison import Rollouts
from sim.records.rollout.outcome import NEVER, PhaseSpan, PlanOutcome, TaskSpan
from sim.report import canvas
from sim.report.canvas import BLUE, GREEN, GRID, INK, MUTED, ORANGE, SKY
from sim.report.languages import Language, money, named, percent, text
from sim.report.pages.sheet import Picture, picture
from sim.report.rollouts.gates import gate_picture

_BARS = 10
"""Of a tornado or of the tasks of a Gantt chart."""


def pictures(found: PlanOutcome, lang: Language = "en", only: str = "") -> list[Picture]:
    """The figures of one plan that have something to show; `only` one of them, by its key, such as gantt."""

    def made(key: str, title: str, shows: str, draw: Callable[[], Figure]) -> Picture | None:
        if only not in ("", key):
            return None
        return picture(f"{key}-{found.plan}".replace(" ", "-"), title, shows, draw, lang)

    shown = [
        made(
            "gantt",
            _ends_by(found, lang),
            text(
                "Phases, waves and the tasks that set the end most often. A bar runs from the median beginning to the median end, its thin line "
                "on to the 90 % quantile of the end. Diamonds are go-lives, at the median; a mark is the planned day.",
                lang,
            ),
            lambda: draw_gantt(found, lang),
        ),
        made(
            "curves",
            _moved(found, lang),
            text("Share of samples that have ended by a day, and that cost no more than an amount: with risks as planned, and without any.", lang),
            lambda: draw_curves(found, lang),
        ),
        made(
            "live",
            _live_by(found, lang),
            text("Stores live by day: the median of the samples, and the band from their 10 % to their 90 % quantile.", lang),
            lambda: draw_live(found, lang),
        ),
        made(
            "joint",
            text("{share} of samples keep both the P80 day and the P80 cost", lang, share=percent(found.joint, lang)),
            text("Each point is a sample: the day of its end and its cost. Lines are the 80 % quantiles of each.", lang),
            lambda: draw_joint(found, lang),
        ),
    ]  # fmt: skip
    if found.gates:
        shown += [gate_picture(each, found.plan, found.currency, lang) for each in found.gates.gates]
    if found.swings:
        shown.append(
            made(
                "tornado",
                text("{name} moves the end most", lang, name=_name(found.swings[0].name, lang)),
                text(
                    "Mean end of the tenth of samples in which an input is smallest (pale) and greatest (dark), in days from the mean of all; "
                    "of a risk: without it and with it.",
                    lang,
                ),
                lambda: draw_tornado(found, lang),
            )
        )
    if found.months:
        shown.append(
            made(
                "money",
                text("The rollout costs {p50} at 50 %, {p80} at 80 %", lang, p50=money(found.cost.p50, found.currency, lang),
                     p80=money(found.cost.p80, found.currency, lang)),
                text("Money committed by month: the median, the 80 % quantile as a line, and what the budget releases as a mark.", lang),
                lambda: draw_money(found, lang),
            )
        )  # fmt: skip
    if found.weeks:
        shown.append(
            made(
                "learning",
                text("A store's staff works at {share} of full proficiency on the day of its go-live", lang,
                     share=percent(found.weeks[0].proficiency, lang)),
                text("Proficiency of a store's staff by weeks since its go-live, and errors per 1,000 operations; means over the samples.", lang),
                lambda: draw_learning(found, lang),
            )
        )  # fmt: skip
    return [each for each in shown if each is not None]


def plans_picture(found: Rollouts, lang: Language = "en") -> Picture:
    """The figure of several plans: when all stores are live, and the chance of the common goal."""
    return picture(
        "plans",
        _best_plan(found, lang),
        text(
            "A bar runs from the 10 % to the 90 % quantile of the day, under the same draws for all plans; the dot is the median. Beside it the "
            "chance of the common goal.",
            lang,
        ),
        lambda: draw_plans(found, lang),
        lang,
    )


def _best_plan(found: Rollouts, lang: Language) -> str:
    """The plan most likely to meet the common goal; without one, the plan whose stores are live first in half of the samples."""
    if found.best is None:
        first = min(found.plans, key=lambda plan: _day(plan.all_live.p50))
        if first.all_live.p50 == NEVER:
            return text("In half of the samples no plan has all stores live", lang)
        return text(
            "{plan} has all stores live first: {day} in the median", lang, plan=first.plan, day=first.all_live.p50
        )
    chances = {plan.plan: goal.chance for plan in found.plans for goal in plan.goals if goal.name == found.best.goal}
    best, *others = (percent(chance, lang) for chance in sorted(chances.values(), reverse=True))
    message = "{plan} meets the common goal in {best} of samples, the next plan in {other}"
    return text(message, lang, plan=found.best.plan, best=best, other=others[0])


def draw_plans(found: Rollouts, lang: Language = "en") -> Figure:
    """A row a plan."""
    figure, (axis,) = canvas.drawing(1, 1.0 + 0.5 * len(found.plans))
    beyond = _beyond(*found.plans)
    for row, plan in enumerate(found.plans):
        best = found.best is not None and plan.plan == found.best.plan
        colour = BLUE if best else MUTED
        low, middle, high = (_day(day, beyond) for day in (plan.all_live.p10, plan.all_live.p50, plan.all_live.p90))
        axis.plot([low, high], [row, row], color=colour, linewidth=5)
        if middle < beyond:
            axis.plot(middle, row, "o", color=INK, markersize=6)
        chance = next((goal.chance for goal in plan.goals if found.best and goal.name == found.best.goal), None)
        if chance is not None:
            axis.annotate(
                percent(chance, lang),
                (1.0, row),
                xycoords=("axes fraction", "data"),
                ha="right",
                va="bottom",
                color=colour,
            )
    _rows(axis, [plan.plan for plan in found.plans], lang)
    first = min(_day(plan.all_live.p10, beyond) for plan in found.plans)
    last = max(_day(plan.all_live.p90, beyond) for plan in found.plans)
    room = max(timedelta(days=14), (last - first) / 4)
    axis.set_xlim(date2num(first) - 5, date2num(last) + room.days)
    _dates(axis, lang)
    return figure


def draw_live(found: PlanOutcome, lang: Language = "en") -> Figure:
    """Stores live by day, with the band of 80 % of samples."""
    figure, (axis,) = canvas.drawing(1, 2.7)
    days = [_day(each.day) for each in found.live]
    low, middle, high = ([getattr(each, name) for each in found.live] for name in ("p10", "p50", "p90"))
    axis.fill_between(days, low, high, color=SKY, linewidth=0, step="post", alpha=0.7)
    axis.step(days, middle, color=BLUE, where="post")
    canvas.thousands(axis)
    axis.set_ylabel(text("stores live", lang))
    _dates(axis, lang)
    return figure


def draw_gantt(found: PlanOutcome, lang: Language = "en") -> Figure:
    """Phases, waves and the most critical tasks."""
    tasks = sorted(found.tasks[:_BARS], key=lambda each: each.begins.p50)
    rows = len(found.phases) + len(found.waves) + len(tasks)
    figure, (axis,) = canvas.drawing(1, 1.0 + 0.27 * rows)
    last = _beyond(found)
    names: list[str] = []
    spans: list[tuple[PhaseSpan | TaskSpan, str, int]] = [(each, BLUE, 7) for each in found.phases]
    for each, colour, width in [*spans, *((task, SKY, 5) for task in tasks)]:
        begins, ends, late = (_day(day, last) for day in (each.begins.p50, each.ends.p50, each.ends.p90))
        axis.plot([ends, late], [len(names)] * 2, color=MUTED, linewidth=1.2)
        axis.plot([begins, ends], [len(names)] * 2, color=colour, linewidth=width, solid_capstyle="butt")
        names.append(each.name)
        if len(names) == len(found.phases):
            for wave in found.waves:
                first, middle, late = (
                    _day(day, last) for day in (wave.goes_live.p10, wave.goes_live.p50, wave.all_live.p90)
                )
                axis.plot([first, late], [len(names)] * 2, color=MUTED, linewidth=1.2)
                if middle < last:
                    axis.plot(middle, len(names), "D", color=ORANGE, markersize=6)
                axis.plot(_day(wave.planned), len(names), "|", color=INK, markersize=10)
                names.append(wave.name)
    _rows(axis, names, lang)
    _dates(axis, lang)
    axis.grid(True, axis="x", color=GRID)
    axis.grid(False, axis="y")
    return figure


def _beyond(*plans: PlanOutcome) -> date:
    """A day past all that figures of some plans show: where a bar to a day that never comes ends."""
    spans = [span for plan in plans for span in (plan.all_live, plan.ends, *(wave.all_live for wave in plan.waves))]
    spans += [each.begins for plan in plans for each in _bars(plan)]
    spans += [each.ends for plan in plans for each in _bars(plan)]
    days = [day for span in spans for day in (span.p10, span.p50, span.p80, span.p90) if day != NEVER]
    days += [plan.start for plan in plans] + [wave.planned for plan in plans for wave in plan.waves]
    return date.fromisoformat(max(days)) + timedelta(days=30)


def _bars(plan: PlanOutcome) -> list[PhaseSpan | TaskSpan]:
    return [*plan.phases, *plan.tasks]


def draw_curves(found: PlanOutcome, lang: Language = "en") -> Figure:
    """Cumulative distributions of the end and of the cost."""
    figure, axes = canvas.drawing(2, 4.2, sharex=False)
    start = date.fromisoformat(found.start)
    for axis, curve, at in (
        (axes[0], found.ends_curve, lambda value: start + timedelta(days=value)),
        (axes[1], found.cost_curve, lambda value: value),
    ):
        without = [(at(each.without), 100 * each.share) for each in curve if each.without is not None]
        planned = [(at(each.with_risks), 100 * each.share) for each in curve if each.with_risks is not None]
        for points, look in (
            (without, {"color": MUTED, "linestyle": "--", "label": text("without risks", lang)}),
            (planned, {"color": BLUE, "label": text("with risks", lang)}),
        ):
            axis.plot([x for x, _ in points], [y for _, y in points], **look)
        canvas.shares(axis)
        axis.set_ylabel(text("% of samples", lang))
    axes[0].legend(loc="lower right")
    _dates(axes[0], lang)
    _money_axis(axes[1].xaxis, lang)
    axes[1].set_xlabel(_currency(found, lang))
    return figure


def draw_joint(found: PlanOutcome, lang: Language = "en") -> Figure:
    """Cost against the day of the end."""
    figure, (axis,) = canvas.drawing(1, 3.0)
    start = date.fromisoformat(found.start)
    axis.plot(
        [start + timedelta(days=t) for t, _ in found.scatter], [cost for _, cost in found.scatter], "o", color=BLUE, markersize=2.5, alpha=0.5
    )  # fmt: skip
    if found.ends.p80 != NEVER:
        axis.axvline(_day(found.ends.p80), color=MUTED, linestyle=":", linewidth=1.2)
    axis.axhline(found.cost.p80, color=MUTED, linestyle=":", linewidth=1.2)
    _money_axis(axis.yaxis, lang)
    axis.set_ylabel(_currency(found, lang))
    _dates(axis, lang)
    return figure


def draw_tornado(found: PlanOutcome, lang: Language = "en") -> Figure:
    """Swings of the end, the widest on top."""
    shown = found.swings[:_BARS]
    figure, (axis,) = canvas.drawing(1, 1.0 + 0.27 * len(shown))
    for row, each in enumerate(shown):
        axis.barh(row, each.low, color=SKY, height=0.6)
        axis.barh(row, each.high, color=BLUE, height=0.6)
    axis.axvline(0, color=INK, linewidth=0.8)
    _rows(axis, [each.name for each in shown], lang)
    axis.set_xlabel(text("days from the mean end", lang))
    axis.grid(False, axis="y")
    return figure


def draw_money(found: PlanOutcome, lang: Language = "en") -> Figure:
    """Money by month."""
    figure, (axis,) = canvas.drawing(1, 2.7)
    place = range(len(found.months))
    axis.bar(place, [each.p50 for each in found.months], color=SKY, width=0.7)
    axis.vlines(
        place, [each.p50 for each in found.months], [each.p80 for each in found.months], color=BLUE, linewidth=1.5
    )
    budget = [(n, each.budget) for n, each in enumerate(found.months) if each.budget is not None]
    if budget:
        axis.plot(*zip(*budget, strict=True), "_", color=ORANGE, markersize=13, markeredgewidth=2)
    step = max(1, -(-len(found.months) // 6))
    axis.set_xticks(list(place)[::step], [each.month for each in found.months][::step])
    _money_axis(axis.yaxis, lang)
    axis.set_ylim(bottom=0)
    axis.set_ylabel(_currency(found, lang))
    return figure


def draw_learning(found: PlanOutcome, lang: Language = "en") -> Figure:
    """Proficiency and errors by week."""
    figure, axes = canvas.drawing(2, 3.6)
    weeks = [each.week for each in found.weeks]
    axes[0].plot(weeks, [100 * each.proficiency for each in found.weeks], color=GREEN)
    canvas.shares(axes[0])
    axes[0].set_ylabel(text("proficiency, %", lang))
    axes[1].plot(weeks, [1_000 * each.error_rate for each in found.weeks], color=ORANGE)
    axes[1].set_ylim(bottom=0)
    axes[1].yaxis.set_major_locator(MaxNLocator(4))
    axes[1].set_ylabel(text("errors per 1,000", lang))
    axes[1].set_xlabel(text("weeks since the go-live", lang))
    return figure


def _ends_by(found: PlanOutcome, lang: Language) -> str:
    if found.gates and NEVER in (found.ends.p50, found.ends.p80):
        return text(
            "In {share} of samples a gate holds a wave for good", lang, share=percent(found.gates.held_for_good, lang)
        )
    return text("Half of the samples end by {p50}, four of five by {p80}", lang, p50=found.ends.p50, p80=found.ends.p80)


def _live_by(found: PlanOutcome, lang: Language) -> str:
    if found.all_live.p80 == NEVER:
        return text("Not all {n} stores are live at 80 %", lang, n=found.stores)
    return text("All {n} stores are live by {day} at 80 %", lang, n=found.stores, day=found.all_live.p80)


def _moved(found: PlanOutcome, lang: Language) -> str:
    """The finding on risks: days between the medians of the end with risks and without; of a plan without risks its spread."""
    if not found.risks and NEVER not in (found.ends.p10, found.ends.p90):
        return text("Four of five samples end between {p10} and {p90}", lang, p10=found.ends.p10, p90=found.ends.p90)
    middle = next(each for each in found.ends_curve if each.share == 0.5)
    if middle.with_risks is None or middle.without is None:
        return text("Fewer than half of the samples end", lang)
    return text("Risks move the median end by {days} days", lang, days=f"{middle.with_risks - middle.without:.0f}")


def _day(day: str, otherwise: date = date.max) -> date:
    """A day of the record; `otherwise` for never."""
    return otherwise if day == NEVER else date.fromisoformat(day)


def _name(name: str, lang: Language) -> str:
    """A name of the plan; the lab's own are translated."""
    return named(name, lang) if name == "consent" else name


def _rows(axis: Any, names: Sequence[str], lang: Language) -> None:
    axis.set_yticks(
        range(len(names)), [canvas.label(_name(name, lang), f"{n + 1}", 26) for n, name in enumerate(names)]
    )
    axis.set_ylim(len(names) - 0.4, -0.6)


def _dates(axis: Any, lang: Language) -> None:
    axis.xaxis_date()
    axis.xaxis.set_major_locator(_locator(axis))
    axis.xaxis.set_major_formatter(DateFormatter("%b %Y" if lang == "en" else "%Y年%-m月"))


def _locator(axis: Any) -> Any:
    from matplotlib.dates import AutoDateLocator, MonthLocator

    low, high = axis.get_xlim()
    months = (high - low) / 30.4
    if months > 120:
        return AutoDateLocator(maxticks=5)
    return MonthLocator(interval=max(1, round(months / 4)))


def _money_axis(axis: Any, lang: Language) -> None:
    axis.set_major_locator(MaxNLocator(4))
    axis.set_major_formatter(FuncFormatter(lambda value, _: money(value, "", lang)))


def _currency(found: PlanOutcome, lang: Language) -> str:
    return text("cost, {currency}", lang, currency=found.currency) if found.currency else text("cost", lang)
