"""Uploaded tables of products as rows of text: CSV (UTF-8 or GBK) and XLSX, bounded before they are opened.

Nothing is calculated: a cell that begins like a formula is refused where it is read, so that no file we
write later carries it into somebody's spreadsheet.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from .errors import BadImport

MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED_BYTES = 30 * 1024 * 1024
MAX_ENTRIES = 200
MAX_ROWS = 1000
MAX_CELL = 3000
# name -> the headings that mean it, the template's first.
COLUMNS = {
    "code": ("商品编码", "编码", "货号", "code", "sku"),
    "title": ("标题", "商品名称", "名称", "title"),
    "variant": ("规格", "款式", "variant"),
    "price": ("价格", "售价", "价格(元)", "price"),
    "stock": ("库存", "数量", "stock"),
    "category": ("类目", "分类", "category"),
    "values": ("属性", "attributes"),
    "description": ("介绍", "描述", "详情", "description"),
}
REQUIRED = ("code", "title", "price", "stock")
EXAMPLES = [
    ["TEA-001", "段泥西施壶", "一壶", "328", "12", "茶具", "材质:紫砂;适合:普洱", "壶口宽，好清洗"],
    ["TEA-002", "段泥西施壶", "一壶两杯", "408", "8", "茶具", "材质:紫砂;适合:普洱", "壶口宽，好清洗"],
]
FORMULA = ("=", "+", "-", "@", "\t")

Row = dict[str, str]


def read(name: str, content: bytes) -> list[tuple[int, Row]]:
    """The filled rows below the headings, each with its number in the file (the headings' is usually 1).

    Raises:
        BadImport: too large, not a table, no headings, no rows or more than 1,000.
    """
    if len(content) > MAX_BYTES:
        raise BadImport(_("The file is larger than 2 MB; split it"))
    cells = _xlsx(content) if content[:4] == b"PK\x03\x04" else _csv(content)
    numbered = [(number, row) for number, row in cells if any(row)]
    if not numbered:
        raise BadImport(_("The file is empty"))
    names = _headings(numbered[0][1])
    rows = [
        (number, {name: row[index] if index < len(row) else "" for name, index in names.items()})
        for number, row in numbered[1:]
    ]
    if not rows:
        raise BadImport(_("There are no products below the headings"))
    if len(rows) > MAX_ROWS:
        raise BadImport(_("At most %(count)s rows in one file; split it") % {"count": MAX_ROWS})
    return rows


def _headings(row: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, heading in enumerate(row):
        wanted = heading.strip().rstrip("*").replace("（", "(").replace("）", ")").lower()
        name = next((name for name, spellings in COLUMNS.items() if wanted in spellings), None)
        if name:
            found.setdefault(name, index)
    if missing := [COLUMNS[name][0] for name in REQUIRED if name not in found]:
        raise BadImport(_("These columns are missing: %(columns)s") % {"columns": "、".join(missing)})
    return found


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise BadImport(_("The file is neither CSV (UTF-8 or GBK) nor XLSX"))
    if "\0" in text:
        raise BadImport(_("The file is neither CSV (UTF-8 or GBK) nor XLSX"))
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            _check_size(reader.line_num, row)
            yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        raise BadImport(_("Line %(line)s can't be read as CSV") % {"line": reader.line_num}) from error


def _xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
            # The sizes are the file's own claim; zipfile refuses to unpack more than was claimed.
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
                raise BadImport(_("The file unpacks to too much; save it again as CSV"))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            sheet = book.worksheets[0]
            for number, row in enumerate(sheet.iter_rows(max_col=30, values_only=True), start=1):
                cells = [_cell(value) for value in row]
                _check_size(number, cells)
                yield number, cells
        finally:
            book.close()
    except BadImport:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, OSError, SyntaxError) as error:
        # defusedxml's refusals are ValueErrors, ElementTree's ParseError is a SyntaxError.
        raise BadImport(_("This workbook can't be opened; save it again as XLSX or CSV")) from error


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _check_size(number: int, cells: list[str]) -> None:
    # A blank line costs nothing, but a million of them would.
    if number > 5 * MAX_ROWS:
        raise BadImport(_("At most %(count)s rows in one file; split it") % {"count": MAX_ROWS})
    if any(len(cell) > MAX_CELL for cell in cells):
        raise BadImport(_("A cell in row %(row)s is too long") % {"row": number})


def looks_like_formula(cell: str) -> bool:
    """Would a spreadsheet calculate this? (OWASP, CSV Injection)"""
    return cell.startswith(FORMULA)


def safe_cell(value: object) -> str:
    """A cell for a file of ours: what looks like a formula becomes text."""
    text = str(value)
    return f"'{text}" if looks_like_formula(text) else text


def write_csv(rows: list[list[object]]) -> bytes:
    """CSV that Excel opens as UTF-8."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([[safe_cell(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def template_rows() -> list[Sequence[object]]:
    return [[names[0] for names in COLUMNS.values()], *EXAMPLES]


def template_xlsx() -> bytes:
    book = Workbook()
    sheet = book.active
    for row in template_rows():
        sheet.append(list(row))
    for column in "ABCDEFGH":
        sheet.column_dimensions[column].width = 18
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
