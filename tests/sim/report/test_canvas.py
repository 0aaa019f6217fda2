"""Figures as the page takes them."""

from sim.report import canvas


def _drawn(label):
    with canvas.style():
        figure, (axis,) = canvas.drawing()
        axis.plot([0, 1], [0, 1], color=canvas.BLUE, label=label)
        axis.legend()
        return canvas.svg(figure)


def test_colours_follow_the_pages_theme():
    svg = _drawn("line")
    assert "var(--blue)" in svg
    assert not any(colour in svg for colour in (canvas.BLUE, canvas.MUTED, canvas.GRID))


def test_text_is_outlines_so_that_no_reader_needs_its_font():
    assert "<text" not in _drawn("上海")


def test_the_figure_scales_to_its_place():
    head = _drawn("line").split(">")[0]
    assert "viewBox" in head
    assert " width=" not in head


def test_glyphs_that_no_font_has_fall_back_to_a_code(monkeypatch):
    monkeypatch.setattr(canvas, "installed", lambda: ["DejaVu Sans"])
    assert canvas.drawable("徐汇店", "SH01") == "SH01"
    assert canvas.drawable("Xuhui", "SH01") == "Xuhui"


def test_dollar_signs_are_text_and_not_mathematics():
    assert _drawn("$\\nonsense{$")
