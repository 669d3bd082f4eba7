"""Reads spreadsheets with other people's programs and prints what they found as JSON, for the tests:
`read_sheets.py READER FILE...`, one object for each file, by its path. `read_sheets.py compare CSV FILE` says whether both are equal.

A sheet has `name`, `cells` (rows of [type, value, number format]; the type is s for text, n for a number, e for nothing; numbers
are texts that read back equal), and where the reader knows them `merges`, `frozen`, `widths`, `repeated`, `landscape`, `fit`,
`header` and `footer`.
"""

import csv
import ctypes
import datetime
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import openpyxl
import openpyxl.utils.escape
import pandas
import xlrd


def number(value) -> list:
    return ["n", repr(value)]


def read_openpyxl(path: str) -> list:
    book = openpyxl.load_workbook(path)
    return [openpyxl_sheet(book, sheet) for sheet in book.worksheets]


def openpyxl_sheet(book, sheet) -> dict:
    # Empty cells of merges are objects of their own kind, without formats.
    sheet_cells = [[openpyxl_cell(book, cell) for cell in row] for row in sheet.iter_rows()]
    return {
        "name": sheet.title, "cells": sheet_cells, "merges": sorted(str(merge) for merge in sheet.merged_cells.ranges),
        "frozen": sheet.freeze_panes, "repeated": sheet.print_title_rows, "landscape": sheet.page_setup.orientation == "landscape",
        "fit": [bool(sheet.sheet_properties.pageSetUpPr and sheet.sheet_properties.pageSetUpPr.fitToPage),
                sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight],
        "widths": [dimension.width for _, dimension in sorted(sheet.column_dimensions.items())],
        "header": sheet.HeaderFooter.oddHeader.left.text, "footer": sheet.HeaderFooter.oddFooter.right.text,
        "links": sum(cell.hyperlink is not None for row in sheet.iter_rows() for cell in row),
    }


def openpyxl_cell(book, cell) -> list:
    if cell.value is None:
        return ["e", "", cell.number_format if hasattr(cell, "number_format") else ""]
    if cell.data_type == "n":
        return number(cell.value) + [cell.number_format]
    if cell.data_type == "d":
        value = openpyxl.utils.datetime.to_excel(cell.value, book.epoch)
        return number(value) + [cell.number_format]
    if cell.data_type in ("s", "inlineStr"):
        # openpyxl leaves the escapes of ECMA-376 (ST_Xstring) to its callers.
        return ["s", openpyxl.utils.escape.unescape(cell.value), cell.number_format]
    return [cell.data_type, str(cell.value), cell.number_format]


XLRD_TYPES = {xlrd.XL_CELL_EMPTY: "e", xlrd.XL_CELL_BLANK: "e", xlrd.XL_CELL_TEXT: "s", xlrd.XL_CELL_NUMBER: "n", xlrd.XL_CELL_DATE: "n"}


def read_xlrd(path: str) -> list:
    # ignore_workbook_corruption stays off, so that damage of the container is an error.
    log = io.StringIO()
    book = xlrd.open_workbook(path, formatting_info=True, logfile=log)
    if log.getvalue():
        sys.exit(f"xlrd on {path}: {log.getvalue()}")
    return [xlrd_sheet(book, sheet) for sheet in book.sheets()]


def xlrd_sheet(book, sheet) -> dict:
    formats = [book.format_map[xf.format_key].format_str for xf in book.xf_list]
    cells = []
    for row in range(sheet.nrows):
        line = []
        for cell in sheet.row(row):
            kind = XLRD_TYPES.get(cell.ctype, f"type {cell.ctype}")
            value = repr(cell.value) if kind == "n" else cell.value
            line.append([kind, value, formats[cell.xf_index] if cell.xf_index is not None else ""])
        cells.append(line)
    frozen = None
    if sheet.panes_are_frozen:
        frozen = f"{xlrd.formula.colname(sheet.vert_split_pos)}{sheet.horz_split_pos + 1}"
    merges = sorted(
        f"{xlrd.formula.colname(first)}{top + 1}:{xlrd.formula.colname(behind - 1)}{below}"
        for top, below, first, behind in sheet.merged_cells)
    titles = [name for name in book.name_obj_list if name.builtin and name.scope == sheet.number and name.name == "Print_Titles"]
    repeated = None
    if titles:
        area = titles[0].result.value[0].coords
        repeated = f"${area[2] + 1}:${area[3]}"
    return {
        "name": sheet.name, "cells": cells, "merges": merges, "frozen": frozen, "repeated": repeated,
        "widths": [info.width / 256 for _, info in sorted(sheet.colinfo_map.items())], "links": len(sheet.hyperlink_list),
    }


def read_pandas(path: str) -> list:
    """The figures of the first sheet by both lines of the header, as a person who calculates would read them."""
    frame = pandas.read_excel(path, sheet_name=0, header=[0, 1])
    rows = [[[kind_of(value), "" if pandas.isna(value) else str(value) if isinstance(value, str) else repr(plain(value)), ""]
             for value in row] for row in frame.itertuples(index=False, name=None)]
    titles = [[["s", group, ""], ["s", "" if title.startswith("Unnamed") else title, ""]] for group, title in frame.columns]
    return [{"name": "", "cells": titles + rows}]


def plain(value):
    if isinstance(value, datetime.datetime):
        return openpyxl.utils.datetime.to_excel(value)
    return value.item() if hasattr(value, "item") else value


def kind_of(value) -> str:
    if isinstance(value, str):
        return "s"
    return "e" if pandas.isna(value) else "n"


def read_libreoffice(paths: list[str]) -> dict:
    """Opened and written again by LibreOffice, as XLSX."""
    with tempfile.TemporaryDirectory() as folder:
        profile = f"-env:UserInstallation=file://{folder}/profile"
        suffixes = {pathlib.Path(path).suffix for path in paths}
        found = {}
        for suffix in sorted(suffixes):
            some = [path for path in paths if path.endswith(suffix)]
            target = f"{folder}/{suffix[1:]}"
            subprocess.run(
                ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", target, *some],
                check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=240)
            for path in some:
                found[path] = read_openpyxl(f"{target}/{pathlib.Path(path).stem}.xlsx")
        return found


def read_xls2csv(path: str) -> list:
    """The text that Debian's catdoc finds, sheet after sheet; it knows no types."""
    text = subprocess.run(
        ["xls2csv", "-d", "utf-8", "-q", "3", "-f", "%Y-%m-%d", path], check=True, capture_output=True).stdout.decode()
    return [
        {"name": "", "cells": [[["s", cell, ""] for cell in row] for row in csv.reader(io.StringIO(sheet, newline=""))]}
        for sheet in text.split("\f") if sheet.strip()]


class FreeXLCell(ctypes.Structure):
    """`FreeXL_CellValue` of <freexl.h>."""

    class Value(ctypes.Union):
        _fields_ = [("int", ctypes.c_int), ("double", ctypes.c_double), ("text", ctypes.c_char_p)]

    _fields_ = [("type", ctypes.c_ubyte), ("value", Value)]


def read_freexl(path: str) -> list:
    """By Debian's libfreexl, which gives dates as text; read back as the numbers that they are."""
    library = ctypes.CDLL("libfreexl.so.1")

    def call(name: str, *arguments):
        status = getattr(library, name)(*arguments)
        if status != 0:
            sys.exit(f"{name} on {path}: error {status}")

    book, sheets = ctypes.c_void_p(), ctypes.c_uint()
    call("freexl_open", path.encode(), ctypes.byref(book))
    # FREEXL_BIFF_SHEET_COUNT
    call("freexl_get_info", book, ctypes.c_ushort(32010), ctypes.byref(sheets))
    found = []
    for sheet in range(sheets.value):
        name, rows, columns = ctypes.c_char_p(), ctypes.c_uint(), ctypes.c_ushort()
        call("freexl_get_worksheet_name", book, ctypes.c_ushort(sheet), ctypes.byref(name))
        call("freexl_select_active_worksheet", book, ctypes.c_ushort(sheet))
        call("freexl_worksheet_dimensions", book, ctypes.byref(rows), ctypes.byref(columns))
        cells, cell = [], FreeXLCell()
        for row in range(rows.value):
            line = []
            for column in range(columns.value):
                call("freexl_get_cell_value", book, ctypes.c_uint(row), ctypes.c_ushort(column), ctypes.byref(cell))
                line.append(freexl_cell(cell))
            cells.append(line)
        found.append({"name": name.value.decode(), "cells": cells})
    call("freexl_close", book)
    return found


def freexl_cell(cell: FreeXLCell) -> list:
    # FREEXL_CELL_NULL, _INT, _DOUBLE, _TEXT, _SST_TEXT; from there on _DATE, _DATETIME and _TIME.
    if cell.type == 101:
        return ["e", "", ""]
    if cell.type in (102, 103):
        return number(cell.value.int if cell.type == 102 else cell.value.double) + [""]
    text = cell.value.text.decode()
    if cell.type in (104, 105):
        return ["s", text, ""]
    date, _, time = text.partition(" ")
    seconds = sum(int(part) * unit for part, unit in zip(time.split(":"), (3600, 60, 1))) if time else 0
    days = julian_days(*map(int, date.split("-")))
    return number(days + seconds / 86_400 if seconds else float(days)) + [""]


def julian_days(year: int, month: int, day: int) -> int:
    """A date as a spreadsheet's number; libfreexl takes every fourth year for a leap year, 2100 too, so its dates are undone that way."""
    years, months = year - (month < 3), (month + 9) % 12
    since_march = 365 * years + years // 4 + (153 * months + 2) // 5 + day
    # 2000-01-01 is 36526.
    return since_march - (365 * 1999 + 1999 // 4 + (153 * 10 + 2) // 5 + 1) + 36_526


def read_csv(path: str) -> list:
    text = pathlib.Path(path).read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    return [{"name": "", "cells": [[["s", cell, ""] for cell in row] for row in rows]}]


def compare(source: str, path: str):
    """Every cell of the first sheet of a large file against the CSV of the same report, and what stands for a date or a figure is a
    number."""
    with open(source, encoding="utf-8-sig", newline="") as file:
        wanted = list(csv.reader(file, strict=True))
    if path.endswith(".xls"):
        sheet = xlrd.open_workbook(path, on_demand=True).sheet_by_index(0)
        found = [[None if value == "" else value for value in sheet.row_values(row)] for row in range(sheet.nrows)]
    else:
        sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
        found = list(sheet.iter_rows(values_only=True))
    # The header of a sheet has two lines.
    titles, group = [], ""
    for above, below in zip(*found[:2]):
        group = above or group
        titles.append(f"{group}: {below}" if below else group)
    if titles != wanted[0] or len(found) != len(wanted) + 1:
        sys.exit(f"the header or the number of rows is different: {titles}, {len(found)}")
    for number, (row, texts) in enumerate(zip(found[2:], wanted[1:])):
        for column, (value, text) in enumerate(zip(row, texts, strict=True)):
            if value != cell_value(text, column, path):
                sys.exit(f"row {number}, column {column}: {value!r} is not {text!r}")
    print(f"{len(wanted) + 1} rows of {len(titles)} cells are equal")


def cell_value(text: str, column: int, path: str):
    """What a reader gives for it: the first column are dates, the second names, the others figures."""
    if text == "" or text == "Total" or column == 1:
        return text or None
    if column == 0:
        date = datetime.datetime.fromisoformat(text)
        return openpyxl.utils.datetime.to_excel(date) if path.endswith(".xls") else date
    number = float(text)
    return number if path.endswith(".xls") else float(f"{number:.16G}")


READERS = {"openpyxl": read_openpyxl, "xlrd": read_xlrd, "pandas": read_pandas,
           "xls2csv": read_xls2csv, "freexl": read_freexl, "csv": read_csv}


def main():
    reader, *paths = sys.argv[1:]
    if reader == "compare":
        return compare(*paths)
    found = read_libreoffice(paths) if reader == "libreoffice" else {path: READERS[reader](path) for path in paths}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
