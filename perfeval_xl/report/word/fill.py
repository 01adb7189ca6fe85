"""Template and values → document: docxtpl with a sandboxed engine. Values are texts, never templates."""

from __future__ import annotations

import difflib
import io
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from perfeval_xl.core.texts import one_line, shortened
from perfeval_xl.report.word.guard import TemplateError

BRACES = str.maketrans({"{": "\ufdd3", "}": "\ufdd4"})
"""Braces in values travel as noncharacters: the template library has marks of its own that begin with them."""
UNBRACED = {0xFDD3: "{", 0xFDD4: "}"}
_TAG = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
_WORD = re.compile(r"has no attribute '([^']{1,60})'|'([^']{1,60})' is undefined")
_LONGEST = 60
_FILTERS = frozenset({"abs", "d", "default", "e", "escape", "first", "float", "int", "join", "last", "length", "count", "lower", "replace", "round", "sum", "trim", "upper"})
"""What a template may do with a value. Not among them: `safe` and others that declare a text to be markup."""


def filled(name: str, template: bytes, values: Mapping[str, Any]) -> Any:
    """The template's document (python-docx) with all values in place. Raises: TemplateError, which names the place."""
    import jinja2  # noqa: PLC0415  # on demand: --help answers at once
    from docxtpl import DocxTemplate  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    engine = ImmutableSandboxedEnvironment(autoescape=True, undefined=jinja2.StrictUndefined)
    engine.globals.clear()  # range, lipsum and the like: a template repeats what it is given, nothing else
    for unsafe in engine.filters.keys() - _FILTERS:
        del engine.filters[unsafe]
    document: Any = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library's own, about names it keeps for later
            document = DocxTemplate(io.BytesIO(template))
            document.init_docx()
            texts = _texts(document.docx)
            document.render(_unbraced(values), engine)
    except jinja2.TemplateSyntaxError as error:
        near = "".join(getattr(error, "docx_context", ()))
        raise TemplateError(f"模板“{name}”中有写错的标记{_near(near, texts)}：{_reason(error)}请改正后重试。") from error
    except jinja2.UndefinedError as error:
        raise TemplateError(_undefined(name, str(error), values, texts)) from error
    except jinja2.exceptions.SecurityError as error:
        raise TemplateError(f"模板“{name}”中的标记要做不允许的事，没有生成报告。模板中只能使用 perfeval 提供的内容，请删去其他写法。") from error
    except Exception as error:  # whatever the template makes the libraries do is the template's fault: texts alone cannot
        raise TemplateError(f"模板“{name}”无法使用（{type(error).__name__}）。请检查标记是否成对、表格的循环标记是否各占一行，或用 perfeval report --write-template 重新取一份模板。") from error
    return document.docx


def _unbraced(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(BRACES)
    if isinstance(value, Mapping):
        return {k: _unbraced(v) for k, v in value.items()}
    if isinstance(value, Sequence):
        return [_unbraced(v) for v in value]
    return value


def _texts(document: Any) -> list[str]:
    """Every paragraph with a mark, those of tables and of headers and footers too."""
    tag = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    roots = [document.element.body]
    for section in document.sections:
        roots += [part._element for part in (section.header, section.footer, section.even_page_header, section.even_page_footer)]  # no public way
    found = ["".join(t.text or "" for t in p.iter(f"{tag}t")) for root in roots for p in root.iter(f"{tag}p")]
    return [text for text in found if "{" in text or "}" in text]


def _near(context: str, texts: Sequence[str]) -> str:
    """Where a wrong mark stands: the paragraph the engine names, else the first whose marks are not whole."""
    lines = [line.strip() for line in context.splitlines() if "{" in line or "}" in line]
    odd = next((t for t in texts if _TAG.sub("", t).count("{") or _TAG.sub("", t).count("}")), "")
    near = odd or (lines[len(lines) // 2] if lines else "")
    return f"，在“{_cut(near)}”附近" if near else ""


def _cut(text: str) -> str:
    return shortened(one_line(text), _LONGEST)


_REASONS = (
    (re.compile(r"unknown tag 'end(\w+)'|Encountered unknown tag"), "有不认识的标记，或结束标记没有对应的开始标记。"),
    (re.compile(r"Unexpected end of template|was missing end tag|innermost block"), "有开始标记没有对应的结束标记（for 要有 endfor，if 要有 endif）。"),
    (re.compile(r"expected token|unexpected"), "标记没有写完整，应为 {{ 名称 }}。"),
)


def _reason(error: Exception) -> str:
    return next((text for pattern, text in _REASONS if pattern.search(str(error))), "标记的写法不正确。")


def _undefined(name: str, message: str, values: Mapping[str, Any], texts: Sequence[str]) -> str:
    found = _WORD.search(message)
    word = (found[1] or found[2]) if found else ""
    where = next((t for t in texts if word and word in t), "")
    like = difflib.get_close_matches(word, _names(values), n=3, cutoff=0.4)
    hint = f"相近的有：{'、'.join(like)}。" if like else f"可用的有：{'、'.join(list(values)[:40])}。"
    return f"模板“{name}”中的“{_cut(word)}”不是可用的内容" + (f"，在“{_cut(where)}”一处" if where else "") + f"。{hint}"


def _names(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [n for k, v in value.items() for n in (str(k), *_names(v))]
    if isinstance(value, list) and value:
        return _names(value[0])
    return []
