"""How faults, findings and tie-outs are said: one sentence a rule, in three languages, with what to do next.

Rules of contracts carry their own sentence; what is common to all tables and what controls find is said here. Placeholders are
``{column}`` (the column's label), ``{found}`` and ``{expected}``. Where a sentence is shown belongs to ``reports``.
"""

from __future__ import annotations

from functools import cache

from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts import MARTS
from pipelines.contracts.model import Language, Text, t

RULES: dict[str, Text] = {
    # Reading a cell.
    "not_a_number": t(
        "“{found}” in “{column}” is not a number. Enter digits only.",
        "“{column}”的内容“{found}”不是数字，请填写数字。",
        "「{column}」的內容「{found}」不是數字，請填寫數字。",
    ),
    "ambiguous_number": t(
        "“{found}” in “{column}” can be read as two numbers. Write it without thousands separators and with a point for decimals.",
        "“{column}”的数字“{found}”有两种读法，请去掉千位分隔符，小数用点号。",
        "「{column}」的數字「{found}」有兩種讀法，請去掉千位分隔符，小數用點號。",
    ),
    "too_many_decimals": t(
        "“{found}” in “{column}” has more decimals than can be kept. Round it and send it again.",
        "“{column}”的数字“{found}”小数位过多，请取整后重新报送。",
        "「{column}」的數字「{found}」小數位過多，請取整後重新報送。",
    ),
    "out_of_range": t(
        "“{found}” in “{column}” is beyond what can be right. Check the value and its unit.",
        "“{column}”的“{found}”超出合理范围，请核对数值和单位。",
        "「{column}」的「{found}」超出合理範圍，請核對數值和單位。",
    ),
    "formula_error": t(
        "The formula in “{column}” failed ({found}). Correct the formula or enter the value.",
        "“{column}”的公式出错（{found}），请修正公式或直接填写数值。",
        "「{column}」的公式出錯（{found}），請修正公式或直接填寫數值。",
    ),
    "chinese_capital_amount": t(
        "“{found}” in “{column}” is an amount in Chinese capitals. Enter it in digits.",
        "“{column}”的“{found}”是大写金额，请改填阿拉伯数字。",
        "「{column}」的「{found}」是大寫金額，請改填阿拉伯數字。",
    ),
    "not_a_date": t(
        "“{found}” in “{column}” is not a date. Write it as 2026-10-31.",
        "“{column}”的“{found}”不是日期，请按 2026-10-31 的格式填写。",
        "「{column}」的「{found}」不是日期，請按 2026-10-31 的格式填寫。",
    ),
    "ambiguous_date": t(
        "“{found}” in “{column}” can be read as two dates. Write it as 2026-10-31.",
        "“{column}”的日期“{found}”有两种读法，请按 2026-10-31 的格式填写。",
        "「{column}」的日期「{found}」有兩種讀法，請按 2026-10-31 的格式填寫。",
    ),
    "not_a_boolean": t(
        "“{found}” in “{column}” is neither yes nor no. Enter one of them.",
        "“{column}”的“{found}”既不是“是”也不是“否”，请填写其中之一。",
        "「{column}」的「{found}」既不是「是」也不是「否」，請填寫其中之一。",
    ),
    "not_a_code": t(
        "“{found}” in “{column}” is not a code: it was turned into a number and digits may be lost. Format the column as text and enter it again.",
        "“{column}”的“{found}”不是编码：已被转成数字，可能丢失位数。请把该列设为文本后重新填写。",
        "「{column}」的「{found}」不是編碼：已被轉成數字，可能遺失位數。請把該欄設為文字後重新填寫。",
    ),
    "pattern_missing": t(
        "“{found}” in “{column}” does not hold what is read from it. Write it as in the earlier files.",
        "“{column}”的“{found}”不含所需内容，请按以往文件的写法填写。",
        "「{column}」的「{found}」不含所需內容，請按以往檔案的寫法填寫。",
    ),
    "total_row_differs": t(
        "The total row says {found} for “{column}”, its lines add up to {expected}. Correct the lines or the total and send the file again.",
        "合计行“{column}”为 {found}，明细合计为 {expected}，请更正后重新报送。",
        "合計列「{column}」為 {found}，明細合計為 {expected}，請更正後重新報送。",
    ),
    # Judging a row.
    "missing": t(
        "“{column}” is empty. Fill it in.",
        "“{column}”为空，请填写。",
        "「{column}」為空，請填寫。",
    ),
    "not_in_list": t(
        "“{found}” is not allowed in “{column}”. Choose one of: {expected}.",
        "“{column}”不允许填写“{found}”，请从以下选择：{expected}。",
        "「{column}」不允許填寫「{found}」，請從以下選擇：{expected}。",
    ),
    "unknown_reference": t(
        "“{found}” in “{column}” is not known. Correct the code, or have it entered in the master data first.",
        "“{column}”的“{found}”不存在，请更正编码，或先在主数据中登记。",
        "「{column}」的「{found}」不存在，請更正編碼，或先在主資料中登記。",
    ),
    "unknown_unit": t(
        "“{found}” is no unit of this product. Use one of: {expected}.",
        "“{found}”不是该产品的单位，请使用：{expected}。",
        "「{found}」不是該產品的單位，請使用：{expected}。",
    ),
    "duplicate_key": t(
        "“{found}” stands more than once with different content (see {expected}). Keep the right row and remove the other.",
        "“{found}”重复出现且内容不同（见 {expected}），请保留正确的一行并删除其他行。",
        "「{found}」重複出現且內容不同（見 {expected}），請保留正確的一列並刪除其他列。",
    ),
    "goes_with_document": t(
        "This row is right, but another row of document {found} is not; the document is taken when that one is corrected.",
        "本行无误，但单据 {found} 的其他行有误，更正后整单一并接收。",
        "本列無誤，但單據 {found} 的其他列有誤，更正後整單一併接收。",
    ),
    # What controls find.
    "row_count_differs": t(
        "{found} rows are accounted for, {expected} were delivered. Read the file again and look at its layout.",
        "已核对 {found} 行，文件共 {expected} 行，请重新读取并检查版式。",
        "已核對 {found} 列，檔案共 {expected} 列，請重新讀取並檢查版式。",
    ),
    "total_not_checkable": t(
        "The file's own total of “{column}”, {expected}, cannot be checked: not all of its lines can be read. Have the file corrected.",
        "“{column}”合计 {expected} 无法核对：部分明细无法读取，请让报送方更正。",
        "「{column}」合計 {expected} 無法核對：部分明細無法讀取，請讓報送方更正。",
    ),
    "amount_unreadable": t(
        "Amounts of this file that cannot be read and are in no total: {found}. Have the file corrected.",
        "本文件有 {found} 个金额无法读取，未计入任何合计，请让报送方更正。",
        "本檔案有 {found} 個金額無法讀取，未計入任何合計，請讓報送方更正。",
    ),
    "ledger_differs": t(
        "The facts give {found}, the general ledger {expected}. Find the document that only one of them has.",
        "业务数据为 {found}，总账为 {expected}，请查找仅一方存在的单据。",
        "業務資料為 {found}，總帳為 {expected}，請查找僅一方存在的單據。",
    ),
    "ledger_not_given": t(
        "The general ledger's figures of this period have not arrived; the facts give {found}. Ask finance for them.",
        "本期总账控制数尚未收到，业务数据为 {found}，请向财务索取。",
        "本期總帳控制數尚未收到，業務資料為 {found}，請向財務索取。",
    ),
    "opening_moved": t(
        "The period opens with {found}, the last published one closed with {expected}. A document of an earlier period has arrived or changed: see the list of differences.",
        "本期期初为 {found}，上期发布的期末为 {expected}：有以前期间的单据补录或变更，请查看差异清单。",
        "本期期初為 {found}，上期發佈的期末為 {expected}：有以前期間的單據補錄或變更，請查看差異清單。",
    ),
    "numbering_gap": t(
        "Missing document numbers ({found}): {expected}. Find the documents, or record them as void.",
        "缺少 {found} 个单据号：{expected}，请查找单据或登记作废。",
        "缺少 {found} 個單據號：{expected}，請查找單據或登記作廢。",
    ),
    "numbering_not_consecutive": t(
        "Of this series more numbers are missing than there are ({found} of {expected}); gaps are not listed. Nothing to do if it is shared with other books.",
        "该号段缺号多于现有单据（{found}/{expected}），不逐一列示；如与其他账套共用号段，则无需处理。",
        "該號段缺號多於現有單據（{found}/{expected}），不逐一列示；如與其他帳套共用號段，則無需處理。",
    ),
    "date_outside_period": t(
        "{found} lies outside what the file covers ({expected}). Correct the date, or send the row in the file of its own period.",
        "日期 {found} 不在文件所属期间（{expected}）内，请更正日期，或在相应期间的文件中报送。",
        "日期 {found} 不在檔案所屬期間（{expected}）內，請更正日期，或在相應期間的檔案中報送。",
    ),
    "slip_without_origin": t(
        "The red slip names no original document. Enter its number in the ERP.",
        "红字单据未注明原单据号，请在 ERP 中补录。",
        "紅字單據未註明原單據號，請在 ERP 中補錄。",
    ),
    "slip_origin_unknown": t(
        "The red slip corrects {found}, which no file has. Check the number, or have the document delivered.",
        "红字单据所冲销的 {found} 不存在，请核对单据号或补报原单据。",
        "紅字單據所沖銷的 {found} 不存在，請核對單據號或補報原單據。",
    ),
    "negative_stock": t(
        "The stock is {found}. Count again, and look for receipts of goods that were not entered.",
        "库存为 {found}，请复盘，并检查未入账的入库单。",
        "庫存為 {found}，請複盤，並檢查未入帳的入庫單。",
    ),
}
"""Rules that no single contract owns."""

STATEMENTS: dict[str, Text] = {
    "file_rows": t("Every row of the file is loaded, rejected, repeated or left out", "文件每一行均已加载、隔离、重复或剔除", "檔案每一列均已載入、隔離、重複或剔除"),
    "file_amount": t("The file's amount is loaded, rejected or repeated", "文件金额等于加载、隔离与重复之和", "檔案金額等於載入、隔離與重複之和"),
    "file_total": t("The file's own total row equals its lines", "文件合计行等于明细之和", "檔案合計列等於明細之和"),
    "kind_month_amount": t("Amounts by kind of document and month arrive in the facts", "按单据类型和月份的金额完整入库", "按單據類型和月份的金額完整入庫"),
    "kind_month_rows": t("Rows by kind of document and month arrive in the facts", "按单据类型和月份的行数完整入库", "按單據類型和月份的列數完整入庫"),
    "ledger": t("Facts equal the general ledger", "业务数据等于总账", "業務資料等於總帳"),
    "printed_total": t("The printed total equals the facts", "报表合计等于业务数据", "報表合計等於業務資料"),
    "opening_is_last_closing": t("The opening balance is the last published closing balance", "期初余额等于上期发布的期末余额", "期初餘額等於上期發佈的期末餘額"),
    "roll_forward": t("Opening + movements = closing", "期初 + 本期变动 = 期末", "期初 + 本期變動 = 期末"),
    "closing_is_open_less_advance": t("Open items − advances = closing", "未收 − 预收 = 期末", "未收 − 預收 = 期末"),
    "buckets_less_advance": t("Σ ageing classes − advances = balance", "各账龄合计 − 预收 = 余额", "各帳齡合計 − 預收 = 餘額"),
    "causes_add_up": t("The causes add up to the variance", "各差异因素之和等于总差异", "各差異因素之和等於總差異"),
}
"""What a tie-out states."""

SIDES: dict[str, Text] = {
    "delivered": t("Delivered", "报送", "報送"),
    "loaded_rejected_repeated": t("Loaded + rejected + repeated", "加载 + 隔离 + 重复", "載入 + 隔離 + 重複"),
    "stated_in_file": t("Stated in the file", "文件所列", "檔案所列"),
    "sum_of_lines": t("Sum of the lines", "明细之和", "明細之和"),
    "raw": t("Raw rows", "原始数据", "原始資料"),
    "facts_quarantined_repeated": t("Facts + quarantined + repeated", "业务数据 + 隔离 + 重复", "業務資料 + 隔離 + 重複"),
    "facts": t("Facts", "业务数据", "業務資料"),
    "general_ledger": t("General ledger", "总账", "總帳"),
    "printed": t("Printed", "报表列示", "報表列示"),
    "opening": t("Opening", "期初", "期初"),
    "last_closing": t("Last published closing", "上期发布期末", "上期發佈期末"),
    "opening_and_movements": t("Opening + movements", "期初 + 变动", "期初 + 變動"),
    "closing": t("Closing", "期末", "期末"),
    "open_less_advance": t("Open items − advances", "未收 − 预收", "未收 − 預收"),
    "buckets_less_advance": t("Σ classes − advances", "账龄合计 − 预收", "帳齡合計 − 預收"),
    "balance": t("Balance", "余额", "餘額"),
    "sum_of_causes": t("Sum of the causes", "因素之和", "因素之和"),
    "variance": t("Variance", "差异", "差異"),
}
"""The labels of the two sides of a tie-out."""

NULL_REASONS: dict[str, Text] = {
    "not_delivered": t("no record of the period has arrived", "本期记录未报送", "本期記錄未報送"),
    "no_outlets": t("no outlets on record", "无终端档案", "無終端檔案"),
    "no_sell_out": t("no sell-out on record", "无出货记录", "無出貨記錄"),
    "no_traded_outlets": t("no outlet has traded yet", "尚无交易终端", "尚無交易終端"),
    "no_contract": t("no outlet is signed for the period", "本期无签约终端", "本期無簽約終端"),
    "no_stock_count": t("no stock count", "无盘点记录", "無盤點記錄"),
    "count_too_old": t("the last stock count is too old", "最近盘点已过期", "最近盤點已過期"),
    "mixed_units": t("quantities of different units are not added", "单位不同，不能相加", "單位不同，不能相加"),
    "no_target": t("the target is zero", "目标为零", "目標為零"),
}
"""Why a dealer's indicator has no figure."""


EXPECTED: dict[str, Text] = {
    "amount": t("an amount", "金额", "金額"),
    "number": t("a number", "数值", "數值"),
    "whole number": t("a whole number", "整数", "整數"),
    "date": t("a date", "日期"),
    "yes/no": t("yes or no", "是或否"),
    "code": t("a code", "编码", "編碼"),
    "text": t("text", "文本", "文字"),
}
"""What a cell should hold, as ``sources.parse`` names it."""


def expected_words(expected: str | None, language: Language) -> str:
    """What was expected, in the reader's language; codes, lists and amounts stand as they are."""
    words = EXPECTED.get(expected or "")
    return words.said(language) if words else expected or ""


def said(rule: str, language: Language, *, table: str = "", column: str = "", found: str | None = "", expected: str | None = "") -> str:
    """The sentence of a fault or finding. Raises ``KeyError`` for a rule that nobody has put into words.

    ``column`` is a column's name; its label is printed where ``table`` has one.

    >>> said("missing", "en", table="sales_line", column="customer_code")
    '“Customer code” is empty. Fill it in.'
    """
    text = sentence(rule, table)
    # A contract's sentence has no placeholders; braces in what was found must not be read as some.
    marks = {"{column}": column_label(table, column, language), "{found}": found or "", "{expected}": expected_words(expected, language)}
    parts = text.said(language)
    for mark in marks:
        parts = parts.replace(mark, f"\0{mark}\0")
    return "".join(marks.get(part, part) for part in parts.split("\0"))


def sentence(rule: str, table: str = "") -> Text:
    """The sentence of ``rule`` in all languages: the contract's own for its rules. Raises ``KeyError`` when there is none."""
    own = _contract_rules().get((table, rule)) or RULES.get(rule) or _contract_rules().get(("", rule))
    if own is None:
        raise KeyError(f"no sentence for rule {rule!r}; add one to quality.sentences")
    return own


def column_label(table: str, column: str, language: Language) -> str:
    """The label of a column, or its name where no contract has it."""
    contract = CONTRACTS.get(table) or MARTS.get(table)
    if contract is None or column not in contract.schema:
        return column
    return contract.column(column).label.said(language)


@cache
def _contract_rules() -> dict[tuple[str, str], Text]:
    rules = {}
    for contract in (*MARTS.values(), *CONTRACTS.values()):
        for rule in contract.rules:
            rules[contract.name, rule.name] = rule.sentence
            rules["", rule.name] = rule.sentence
    return rules
