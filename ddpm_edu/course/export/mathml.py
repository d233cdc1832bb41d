"""Formulas as MathML, which browsers draw and screen readers speak without a script."""

import html
import re
import unicodedata
from xml.etree import ElementTree

from bs4 import BeautifulSoup
from bs4.element import NavigableString


FORMULA = re.compile(r"(?<!\\)\$\$(?P<display>.+?)\$\$|(?<![\\$])\$(?P<inline>[^$]+?)\$", re.DOTALL)
TAG = re.compile(r"\\tag\{(.*?)\}")
NOT_TEXT = ("code", "pre", "script", "style", "math")
# What latex2mathml does not know or spells letter by letter, and its equal.
EQUALS = [
    (re.compile(r"\\\|"), "‖"),
    (re.compile(r"\\_"), "_"),
    (re.compile(r"\\\n"), r"\\ "),
    (re.compile(r"\\!"), ""),
    (re.compile(r"\\(mathrm|operatorname)\s*{(\w{2,})}"), r"\\text{\2}"),
    (re.compile(r"\\begin{aligned}"), r"\\begin{array}{rl}"),
    (re.compile(r"\\end{aligned}"), r"\\end{array}"),
]
# Browsers ignore mathvariant, but for a single upright letter; Unicode has letters of each kind.
ALPHABETS = {"double-struck": "DOUBLE-STRUCK", "script": "SCRIPT"}
FUNCTIONS = {"arg", "cos", "det", "exp", "lim", "ln", "log", "max", "min", "sin", "tan", "tr"}
LIMITS = {"msub": "munder", "msubsup": "munderover"}
APART = {"form": "prefix", "lspace": "0.17em", "rspace": "0.17em"}


def with_mathml(soup: BeautifulSoup) -> None:
    """Put MathML in the place of TeX between dollar signs, in all text that is not code."""
    for text in soup.find_all(string=FORMULA):
        if text.find_parent(NOT_TEXT):
            continue
        parts, end = [], 0
        for found in FORMULA.finditer(text):
            parts += [NavigableString(text[end : found.start()]), formula_or_tex(found)]
            end = found.end()
        text.replace_with(*parts, NavigableString(text[end:]))


def formula_or_tex(found):
    """Return the element of a formula; what is no correct TeX stays as it was written."""
    try:
        return formula(found)
    except Exception:  # the errors of latex2mathml have nothing in common
        return NavigableString(found[0])


def formula(found):
    """Return the element of a formula; one on a line of its own has its number beside it."""
    if found["inline"]:
        return BeautifulSoup(mathml(found["inline"]), "html.parser").math
    number = TAG.search(found["display"])
    name = f"equation {number[1]}" if number else "formula"
    beside = f'<span class="number">({html.escape(number[1])})</span>' if number else ""
    drawn = mathml(TAG.sub("", found["display"]), "block")
    # It may be wider than a small screen, and then is scrolled: by keyboard, too.
    frame = f'<span class="formula" role="group" aria-label="{name}" tabindex="0">{drawn}</span>'
    page = f'<span class="numbered">{frame}{beside}</span>'
    return BeautifulSoup(page, "html.parser").span


def mathml(tex: str, display: str = "inline") -> str:
    """Return a formula as MathML.

    Args:
        tex: without dollar signs.
        display: "inline", or "block" for one on its own line.
    """
    from latex2mathml.converter import convert_to_element

    for spelling, equal in EQUALS:
        tex = spelling.sub(equal, tex)
    element = convert_to_element(tex.strip(), display=display)
    for part in element.iter():
        part.text = part.text and html.unescape(part.text)  # it writes &#x003B1; for a letter
    for part in element.iter():
        mend(part)
    return ElementTree.tostring(element, encoding="unicode")


def mend(part):
    """Write a part as browsers understand it today."""
    if part.get("mathvariant") in ALPHABETS:
        part.text = letter(part.text, ALPHABETS[part.attrib.pop("mathvariant")])
    if part.tag in ("mi", "mtext") and part.text in FUNCTIONS:
        part.tag = "mo"
        part.attrib |= APART  # from what it is applied to
    elif part.tag == "mi" and not part.text.isalpha():
        part.tag, part.text = "mo", part.text.replace("~", "∼")
        part.set("stretchy", "false")
    elif part.tag in LIMITS and part[0].text in ("∑", "∏"):
        part.tag = LIMITS[part.tag]


def letter(character, alphabet):
    for name in (f"MATHEMATICAL {alphabet} CAPITAL", f"{alphabet} CAPITAL"):
        try:
            return unicodedata.lookup(f"{name} {character}")
        except KeyError:
            continue
    return character
