"""How well the texts of a page stand out from what is behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["contrasts"]

# Relative luminance after WCAG 2.2; the background is the first behind the text that is not see-through.
SCRIPT = """without => {
  const linear = part => (part /= 255) <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4;
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const behind = e => { for (; e; e = e.parentElement) { const [r, g, b, opaque = 1] =
    parts(getComputedStyle(e).backgroundColor); if (opaque) return [r, g, b]; } return [255, 255, 255]; };
  const found = [];
  for (const e of document.querySelectorAll("body *")) {
    const says = [...e.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!says || !e.checkVisibility() || e.closest(without)) continue;
    const style = getComputedStyle(e), ink = parts(e instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink), light(behind(e))].sort((x, y) => y - x);
    found.push([(a + .05) / (b + .05), `${e.className} ${e.textContent.slice(0, 60)}`]);
  }
  return found;
}"""


def contrasts(page: Page, without: str) -> list[tuple[float, str]]:
    """The contrast (WCAG 2.2, 1.4.3) of each text that is shown, and its words; elements that match are left out."""
    return [(ratio, words) for ratio, words in page.evaluate(SCRIPT, without)]
