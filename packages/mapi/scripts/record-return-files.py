"""Records return files written by other software, for the tests of src/return-file: Python's zipfile and csv, and xlwt.

    python3 -m pip install xlwt==1.3.0
    python3 packages/mapi/scripts/record-return-files.py

writes src/return-file/testing/return-files.json: archives in base64, by name.
"""

import base64
import csv
import datetime
import io
import json
import pathlib
import zipfile

import xlwt

TARGET = pathlib.Path(__file__).parent.parent / 'src/return-file/testing/return-files.json'
NAME = 'ALIPAY_20101223_R_2088101000922193'
HEAD = ['总金额', '总笔数', '支付宝账户']
COLUMNS = [
    '商户批次号', '商户流水号', '收款银行户名', '收款银行账号', '收款开户银行', '收款银行所在省份', '收款银行所在市',
    '收款支行名称', '金额', '对公对私标志', '备注', '提现流水号', '退票日期', '退票原因',
]
# The values of table 5-1, and a second row beside it.
ROWS = [
    ['bptb_20101220_4178', '1', '测试1', '4402024301016406', '中国工商银行', '四川省', '成都', '', '0.01', '2', 'ATS 批量代发',
     '84782488', '2010年12月18日 09:00:00', '账户名有误'],
    ['20101220abc00000000000000000001x', '0002', '某某, "有限" 公司', '0622020043010164', '中国建设银行', '北京市', '北京', '西单支行', '0.02',
     '1', '', '84782489', '2010年12月18日 23:59:59', '账号不存在'],
]
ACCOUNT = 'gongsi1@shoufei.com'


def total(rows):
    return '%.2f' % (sum(round(float(row[8]) * 100) for row in rows) / 100)


def csv_bytes(rows=ROWS, encoding='gb18030', lines='\r\n', quoting=csv.QUOTE_MINIMAL, **head):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=lines, quoting=quoting)
    writer.writerows([HEAD, [head.get('total', total(rows)), head.get('count', len(rows)), ACCOUNT], COLUMNS, *rows])
    return text.getvalue().encode(encoding)


def save(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def xls_of_text(rows=ROWS, lines=None):
    """Everything as text. lines: what stands below the head of rows, if not they themselves."""
    book = xlwt.Workbook(encoding='utf-8')
    sheet = book.add_sheet('退票')
    for y, line in enumerate([HEAD, [total(rows), str(len(rows)), ACCOUNT], COLUMNS, *(rows if lines is None else lines)]):
        for x, cell in enumerate(line):
            sheet.write(y, x, cell)
    book.add_sheet('Sheet2')
    return save(book)


def xls_of_values(rows=ROWS, dates_1904=False):
    """Numbers as numbers, times as day numbers, one row a sheet, names on each, the columns the other way round, blank lines."""
    book = xlwt.Workbook(encoding='utf-8')
    book.dates_1904 = dates_1904
    time = xlwt.easyxf(num_format_str='yyyy-mm-dd hh:mm:ss')
    for number, row in enumerate(rows):
        sheet = book.add_sheet('s%d' % number)
        for x, cell in enumerate(HEAD):
            sheet.write(1, x, cell)
        for x, cell in enumerate([float(total(rows)), len(rows), ACCOUNT]):
            sheet.write(2, x, cell)
        for x, (name, cell) in enumerate(zip(reversed(COLUMNS), reversed(row))):
            sheet.write(4, x, name)
            if name in ('金额',):
                sheet.write(5, x, float(cell))
            elif name in ('商户流水号', '收款银行账号', '对公对私标志', '提现流水号'):
                sheet.write(5, x, int(cell))
            elif name == '退票日期':
                sheet.write(5, x, datetime.datetime.strptime(cell, '%Y年%m月%d日 %H:%M:%S'), time)
            else:
                sheet.write(5, x, cell)
    return save(book)


def archive(files, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, 'w', method) as target:
        for name, content in files.items():
            target.writestr(zipfile.ZipInfo(name, (2010, 12, 23, 9, 0, 0)), content, method)
    return stream.getvalue()


class Unseekable(io.RawIOBase):
    """What can't be sought in makes zipfile write sizes after the content, as Java does."""

    def __init__(self):
        self.bytes = bytearray()

    def writable(self):
        return True

    def write(self, content):
        self.bytes += bytes(content)
        return len(content)


def streamed(files):
    stream = Unseekable()
    with zipfile.ZipFile(stream, 'w', zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(zipfile.ZipInfo(name, (2010, 12, 23, 9, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return bytes(stream.bytes)


def changed(row, column, value):
    rows = [list(each) for each in ROWS]
    rows[row][COLUMNS.index(column)] = value
    return rows


SWAPPED = [[*row[:8], amount, *row[9:]] for row, amount in zip(ROWS, ['0.02', '0.01'])]
RARE = changed(0, '收款银行户名', '\U00020bb7\u3400某')
ARCHIVES = {
    'csv and xls': archive({NAME + '.xls': xls_of_text(), NAME + '.csv': csv_bytes()}),
    'csv alone': archive({NAME + '.csv': csv_bytes()}),
    'csv alone, stored': archive({NAME + '.csv': csv_bytes()}, zipfile.ZIP_STORED),
    'sizes after the content': streamed({NAME + '.csv': csv_bytes(), NAME + '.xls': xls_of_text()}),
    'all quoted, lf': archive({NAME + '.csv': csv_bytes(lines='\n', quoting=csv.QUOTE_ALL)}),
    'utf-8 with a mark': archive({NAME + '.csv': csv_bytes(encoding='utf-8-sig')}),
    'utf-8 without a mark': archive({NAME + '.csv': csv_bytes(encoding='utf-8')}),
    'rare characters': archive({NAME + '.csv': csv_bytes(RARE), NAME + '.xls': xls_of_text(RARE)}),
    'xls of values': archive({NAME + '.csv': csv_bytes(), NAME + '.xls': xls_of_values()}),
    'xls of values, 1904': archive({NAME + '.csv': csv_bytes(), NAME + '.xls': xls_of_values(dates_1904=True)}),
    'no rows': archive({NAME + '.csv': csv_bytes([]), NAME + '.xls': xls_of_text([])}),
    'another name': archive({'refund.csv': csv_bytes()}),
    'another partner': archive({'ALIPAY_20101223_R_2088101000922194.csv': csv_bytes()}),
    'xls with another total': archive(
        {NAME + '.csv': csv_bytes(), NAME + '.xls': xls_of_text(changed(1, '金额', '0.20'))}),
    'xls with other amounts': archive({NAME + '.csv': csv_bytes(), NAME + '.xls': xls_of_text(SWAPPED)}),
    'xls with another name': archive(
        {NAME + '.csv': csv_bytes(), NAME + '.xls': xls_of_text(changed(1, '收款银行户名', '某某'))}),
    'xls with another second': archive(
        {NAME + '.csv': csv_bytes(), NAME + '.xls': xls_of_values(changed(1, '退票日期', '2010年12月18日 23:59:58'))}),
    'xls with another flag': archive(
        {NAME + '.csv': csv_bytes(), NAME + '.xls': xls_of_values(changed(1, '对公对私标志', '2'))}),
    'xls with a row less': archive({NAME + '.csv': csv_bytes(), NAME + '.xls': xls_of_text(lines=ROWS[:1])}),
    'xls with a row more': archive({NAME + '.csv': csv_bytes(), NAME + '.xls': xls_of_text(lines=[*ROWS, ROWS[0]])}),
    'xls that is html': archive({NAME + '.csv': csv_bytes(), NAME + '.xls': '<table><tr><td>总金额</td></tr></table>'}),
    'xls that is cut off': archive({NAME + '.csv': csv_bytes(), NAME + '.xls': xls_of_text()[:3000]}),
    'xls without content': archive({NAME + '.csv': csv_bytes(), NAME + '.xls': b''}),
}


def main():
    recorded = {name: base64.b64encode(content).decode() for name, content in ARCHIVES.items()}
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(recorded, ensure_ascii=False, indent=2) + '\n')


if __name__ == '__main__':
    main()
