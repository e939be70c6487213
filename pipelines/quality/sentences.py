"""How faults, findings and tie-outs are said: one sentence a rule, in three languages, with what to do next.

Rules of contracts carry their own sentence; what is common to all tables and what controls find is said here. Placeholders are
``{column}`` (the column's label), ``{found}`` and ``{expected}``. Where a sentence is shown belongs to ``reports``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

import polars as pl

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
    "unknown_name": t(
        "No master row is called “{found}”. Write the name exactly as registered, or register it first.",
        "“{column}”的“{found}”查无此名，请按档案中的名称填写，或先建档。",
        "「{column}」的「{found}」查無此名，請按檔案中的名稱填寫，或先建檔。",
    ),
    "ambiguous_name": t(
        "Several are called “{found}”. Give the code, so that nobody has to guess which one is meant.",
        "“{column}”的“{found}”有多家同名，请填写编码，以免误认。",
        "「{column}」的「{found}」有多家同名，請填寫編碼，以免誤認。",
    ),
    "unknown_period": t(
        "“{found}” is no month or week of the calendar ({expected}). Correct it.",
        "“{found}”不是日历中的月份或周次（{expected}），请更正。",
        "「{found}」不是日曆中的月份或週次（{expected}），請更正。",
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
    "slip_unknown": t(
        "Slip “{found}” is none of ours: its number and the balance beside it do not belong together. Fill in the slip as it was sent.",
        "回执“{found}”不是我方发出的：编号与所列余额不符，请使用原回执填写。",
        "回執「{found}」不是我方發出的：編號與所列餘額不符，請使用原回執填寫。",
    ),
    "slip_of_another": t(
        "Slip “{found}” belongs to another customer, not to {expected}. Fill in your own slip.",
        "回执“{found}”属于其他客户，而非 {expected}，请使用贵方自己的回执。",
        "回執「{found}」屬於其他客戶，而非 {expected}，請使用貴方自己的回執。",
    ),
    "reply_before_statement": t(
        "The reply is dated {found}, before the day of the statement ({expected}). Correct the date.",
        "回复日期 {found} 早于对账截止日 {expected}，请更正日期。",
        "回覆日期 {found} 早於對帳截止日 {expected}，請更正日期。",
    ),
    # What controls find.
    "statement_changed": t(
        "The slip states {found}; our books show {expected} for that day now. Confirm the new statement.",
        "回执所列余额为 {found}，我方账面该日余额现为 {expected}，请核对新的对账单。",
        "回執所列餘額為 {found}，我方帳面該日餘額現為 {expected}，請核對新的對帳單。",
    ),
    "differences_do_not_add_up": t(
        "The lines add up to {found}, the two balances differ by {expected}. List every difference, with its sign.",
        "差异明细合计为 {found}，双方余额相差 {expected}，请列全差异并注意正负。",
        "差異明細合計為 {found}，雙方餘額相差 {expected}，請列全差異並注意正負。",
    ),
    "rebate_claim_differs": t(
        "{found} is claimed as a rebate; by the policy it is {expected}. R11 says how much of it is the basis and how much the rate.",
        "申报返利 {found}，按政策应为 {expected}；基数差异和比例差异见 R11。",
        "申報返利 {found}，按政策應為 {expected}；基數差異和比例差異見 R11。",
    ),
    "rebate_of_no_programme": t(
        "{found} is claimed for something that no rebate policy of that day promises ({expected}). Ask what is meant, or add the programme.",
        "申报返利 {found}，但当日的返利政策没有该项目（{expected}），请核实或补充政策。",
        "申報返利 {found}，但當日的返利政策沒有該項目（{expected}），請核實或補充政策。",
    ),
    "refusal_without_match": t(
        "No difference of the statement of {expected} was matched to {found}, so the refusal changes nothing. Correct or remove it.",
        "{expected} 对账单没有与 {found} 匹配的差异，该否决不起作用，请更正或删除。",
        "{expected} 對帳單沒有與 {found} 配對的差異，該否決不起作用，請更正或刪除。",
    ),
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
    "plan_of_no_period": t(
        "The plan is for {found}, which is no period, quarter or year of the calendar, so no report shows it. Correct the period.",
        "计划期间 {found} 不是结账日历中的期间、季度或年度，任何报告均未采用，请更正期间。",
        "計劃期間 {found} 不是結帳日曆中的期間、季度或年度，任何報告均未採用，請更正期間。",
    ),
    "plan_without_unit": t(
        "In which unit this quantity is planned cannot be told, so it is added to no other. Plan by product, or by a line of one unit.",
        "无法判断该计划数量的单位，未与其他数量合计，请按产品或单位一致的产品线编制计划。",
        "無法判斷該計劃數量的單位，未與其他數量合計，請按產品或單位一致的產品線編制計劃。",
    ),
    "terms_not_readable": t(
        "The payment terms “{found}” cannot be read; {expected} counts instead. Write them as in “net 30” or “30%@0,70%@60”.",
        "付款条件“{found}”无法识别，暂按 {expected} 计算，请按“net 30”或“30%@0,70%@60”的形式填写。",
        "付款條件「{found}」無法識別，暫按 {expected} 計算，請按「net 30」或「30%@0,70%@60」的形式填寫。",
    ),
    "shipped_earlier": t(
        "Invoiced on {expected}, but the goods went out on {found}, in an earlier period. Decide in which period the sale belongs.",
        "{expected} 开票，货物已于前期 {found} 发出，请确认收入所属期间。",
        "{expected} 開票，貨物已於前期 {found} 發出，請確認收入所屬期間。",
    ),
    "shipped_later": t(
        "Invoiced on {expected}, but the goods went out only on {found}, in a later period. Check whether the sale was entered too early.",
        "{expected} 开票，货物到后期 {found} 才发出，请核实是否提前确认收入。",
        "{expected} 開票，貨物到後期 {found} 才發出，請核實是否提前認列收入。",
    ),
    "not_shipped": t(
        "Invoiced on {expected}, but no day of shipping is known. Enter it in the ERP, or take the invoice back.",
        "{expected} 开票，没有发货日期，请在 ERP 中补录发货日期，或冲回发票。",
        "{expected} 開票，沒有發貨日期，請在 ERP 中補錄發貨日期，或沖回發票。",
    ),
    "invoiced_later": t(
        "Shipped on {found} and invoiced only on {expected}, after the period. Decide in which period the sale belongs.",
        "{found} 发货，期后 {expected} 才开票，请确认收入所属期间。",
        "{found} 發貨，期後 {expected} 才開票，請確認收入所屬期間。",
    ),
    "invoiced_earlier": t(
        "Shipped on {found}, but invoiced on {expected} already, in an earlier period. The sale stands in that one: confirm it.",
        "{found} 发货，前期 {expected} 已开票，收入已计入前期，请确认。",
        "{found} 發貨，前期 {expected} 已開票，收入已計入前期，請確認。",
    ),
    "not_invoiced": t(
        "Shipped on {found} and not invoiced. Invoice it, or enter the return of the goods.",
        "{found} 发货，尚未开票，请开具发票或登记退货。",
        "{found} 發貨，尚未開票，請開立發票或登記退貨。",
    ),
    "copied_record": t(
        "The record says the same as that of {expected}: “{found}”. Write down what was really done on the day.",
        "当日记录与 {expected} 内容相同：“{found}”，请据实填写。",
        "當日記錄與 {expected} 內容相同：「{found}」，請據實填寫。",
    ),
    "copied_week": t(
        "{found} days of the week say the same as the week of {expected}. Write down what was really done in the week.",
        "本周有 {found} 天的记录与 {expected} 那一周内容相同，请据实填写。",
        "本週有 {found} 天的記錄與 {expected} 那一週內容相同，請據實填寫。",
    ),
    "visit_while_absent": t(
        "Visits on a day of absence or leave: {found}. Correct the diary or the attendance.",
        "缺勤或休假当日有 {found} 条拜访记录，请核对日记与考勤。",
        "缺勤或休假當日有 {found} 筆拜訪記錄，請核對日記與考勤。",
    ),
    "negative_stock": t(
        "The stock is {found}. Count again, and look for receipts of goods that were not entered.",
        "库存为 {found}，请复盘，并检查未入账的入库单。",
        "庫存為 {found}，請複盤，並檢查未入帳的入庫單。",
    ),
}
"""Rules that no single contract owns."""

FILES: dict[str, Text] = {
    # Opening it.
    "file_missing": t("The file is gone. Send it again.", "文件不存在，请重新报送。", "檔案不存在，請重新報送。"),
    "file_empty": t("The file is empty. Fill it in and send it again.", "文件没有内容，请填写后重新报送。", "檔案沒有內容，請填寫後重新報送。"),
    "file_protected": t(
        "The workbook is protected with a password. Save it without a password and send it again.",
        "工作簿设有密码，请取消密码后重新报送。",
        "活頁簿設有密碼，請取消密碼後重新報送。",
    ),
    "file_cut_off": t(
        "The file is cut off: its end is missing. Send it again.",
        "文件不完整：末尾缺失，请重新报送。",
        "檔案不完整：結尾缺失，請重新報送。",
    ),
    "file_damaged": t(
        "The file is damaged and cannot be opened. Open it in Excel, save it as .xlsx and send that.",
        "文件已损坏，无法打开。请用 Excel 打开并另存为 .xlsx 后重新报送。",
        "檔案已損壞，無法開啟。請用 Excel 開啟並另存為 .xlsx 後重新報送。",
    ),
    "file_no_workbook": t(
        "The name says workbook, but the content is none. Save it as .xlsx, or name it .csv if it is text.",
        "文件名是工作簿，但内容不是。请另存为 .xlsx；如为文本，请改名为 .csv。",
        "檔名是活頁簿，但內容不是。請另存為 .xlsx；如為文字檔，請改名為 .csv。",
    ),
    "file_foreign": t(
        "The file holds no table. Send an Excel workbook or a CSV file.",
        "该文件不是表格，请报送 Excel 工作簿或 CSV 文件。",
        "該檔案不是表格，請報送 Excel 活頁簿或 CSV 檔案。",
    ),
    "file_disguised": t(
        "The file is a page or an old export under another name. Open it in Excel, save it as .xlsx and send that.",
        "文件实为网页或旧式导出，仅改了名称。请用 Excel 打开并另存为 .xlsx 后重新报送。",
        "檔案實為網頁或舊式匯出，僅改了名稱。請用 Excel 開啟並另存為 .xlsx 後重新報送。",
    ),
    "file_too_large": t(
        "The file is too large to be opened. Copy the table alone into a new workbook, or split it, and send that.",
        "文件过大，无法打开。请只将所需表格复制到新工作簿，或拆分后重新报送。",
        "檔案過大，無法開啟。請只將所需表格複製到新活頁簿，或拆分後重新報送。",
    ),
    "sheet_too_large": t(
        "The sheet declares {found} cells, far more than a table has. Delete the empty rows and columns behind the table and send it again.",
        "工作表声明有 {found} 个单元格，远超表格所需。请删除表格后面的空行和空列，再重新报送。",
        "工作表宣告有 {found} 個儲存格，遠超表格所需。請刪除表格後面的空列和空欄，再重新報送。",
    ),
    "file_encoding": t(
        "The text of the file cannot be read as Chinese or UTF-8. Export it again as UTF-8.",
        "文件的文字编码无法识别，请以 UTF-8 重新导出。",
        "檔案的文字編碼無法識別，請以 UTF-8 重新匯出。",
    ),
    "file_quote": t(
        "A quotation mark opened here is never closed. Export the file again.",
        "此处的引号没有结束，请重新导出文件。",
        "此處的引號沒有結束，請重新匯出檔案。",
    ),
    # Knowing what it is.
    "no_layout": t(
        "No layout is for this file. Check the name and the folder; or have a layout made, or the file ignored.",
        "没有适用于该文件的版式。请核对文件名和文件夹，或新建版式，或将其列为忽略文件。",
        "沒有適用於該檔案的版式。請核對檔名和資料夾，或新建版式，或將其列為忽略檔案。",
    ),
    "path_without_value": t(
        "The file's name or folder does not give “{name}”. Name it as in earlier months.",
        "文件名或文件夹中没有“{name}”，请按以往月份的方式命名。",
        "檔名或資料夾中沒有「{name}」，請按以往月份的方式命名。",
    ),
    "sheet_without_value": t(
        "The sheet's name does not give “{name}”. Name it as in earlier months.",
        "工作表名称中没有“{name}”，请按以往月份的方式命名。",
        "工作表名稱中沒有「{name}」，請按以往月份的方式命名。",
    ),
    "cell_without_value": t(
        "Cell {found} does not give “{name}”. Fill it in as in earlier months.",
        "单元格 {found} 中没有“{name}”，请按以往月份的方式填写。",
        "儲存格 {found} 中沒有「{name}」，請按以往月份的方式填寫。",
    ),
    "label_without_value": t(
        "No cell with “{found}” gives “{name}”. Fill it in as in earlier months.",
        "找不到写有“{found}”的单元格，无法得知“{name}”，请按以往月份的方式填写。",
        "找不到寫有「{found}」的儲存格，無法得知「{name}」，請按以往月份的方式填寫。",
    ),
    "block_without_value": t(
        "Nothing above this table gives “{name}”. Fill it in as in earlier months.",
        "此表格上方没有“{name}”，请按以往月份的方式填写。",
        "此表格上方沒有「{name}」，請按以往月份的方式填寫。",
    ),
    "value_not_in_map": t(
        "“{found}” is not known as “{name}”. Write it as before, or have it added to the layout.",
        "“{name}”中的“{found}”不在对照表中。请按以往写法填写，或在版式中补充。",
        "「{name}」中的「{found}」不在對照表中。請按以往寫法填寫，或在版式中補充。",
    ),
    # Finding its table.
    "sheet_missing": t(
        "The sheet “{expected}” is missing; the file has {found}. Send the file with that sheet under that name.",
        "缺少工作表“{expected}”，文件中有 {found}。请补上该工作表并使用该名称。",
        "缺少工作表「{expected}」，檔案中有 {found}。請補上該工作表並使用該名稱。",
    ),
    "sheet_unclear": t(
        "The file has the sheets {found}, and it is not clear which one to read. Leave only the right one.",
        "文件中有工作表 {found}，无法确定读取哪一个，请只保留正确的一个。",
        "檔案中有工作表 {found}，無法確定讀取哪一個，請只保留正確的一個。",
    ),
    "form_empty": t(
        "The form is empty: no line of it is filled in. Fill it in and send it again; if there is nothing to report, write a total of 0 "
        "below the headings.",
        "表格是空的，没有填写任何内容。请填写后重新报送；如无内容可报，请在表头下方填写合计 0。",
        "表格是空的，沒有填寫任何內容。請填寫後重新報送；如無內容可報，請在表頭下方填寫合計 0。",
    ),
    "no_header": t(
        "No row with the headings {expected} was found. Put the headings back as in earlier months.",
        "找不到含有标题 {expected} 的行，请恢复以往月份的表头。",
        "找不到含有標題 {expected} 的列，請恢復以往月份的表頭。",
    ),
    "two_headers": t(
        "The headings stand in several rows ({found}), and it is not clear which are the right ones. Leave one table on the sheet.",
        "表头出现在多行（{found}），无法确定以哪一行为准，请在工作表中只保留一个表格。",
        "表頭出現在多列（{found}），無法確定以哪一列為準，請在工作表中只保留一個表格。",
    ),
    "heading_twice": t(
        "The heading “{found}” stands there twice, or another one means the same. Leave one column.",
        "标题“{found}”重复，或另有同义的列，请只保留一列。",
        "標題「{found}」重複，或另有同義的欄，請只保留一欄。",
    ),
    "missing_heading": t(
        "The column {expected} is missing. Put it back as in earlier months; if it was renamed, have the new heading added to the layout.",
        "缺少列 {expected}。请按以往月份补上；如已改名，请在版式中补充新标题。",
        "缺少欄 {expected}。請按以往月份補上；如已改名，請在版式中補充新標題。",
    ),
    "unknown_heading": t(
        "The heading “{found}” is new. Take the column out, or have it added to the layout.",
        "标题“{found}”是新出现的列。请删除该列，或在版式中补充。",
        "標題「{found}」是新出現的欄。請刪除該欄，或在版式中補充。",
    ),
    "column_without_heading": t(
        "The column holds values but has no heading. Enter the heading, or empty the column.",
        "该列有内容但没有标题，请填写标题或清空该列。",
        "該欄有內容但沒有標題，請填寫標題或清空該欄。",
    ),
    "no_running_heading": t(
        "No heading names a month or a measure; found {found}. Put the headings back as in earlier months.",
        "没有月份或指标的标题，现有 {found}。请恢复以往月份的表头。",
        "沒有月份或指標的標題，現有 {found}。請恢復以往月份的表頭。",
    ),
    "not_a_month": t("“{found}” is not a month. Correct the heading.", "“{found}”不是月份，请更正标题。", "「{found}」不是月份，請更正標題。"),
    "no_year": t(
        "The heading of month {found} gives no year, and nothing else does. Name the year as in earlier months.",
        "月份 {found} 没有年份，请按以往方式注明年份。",
        "月份 {found} 沒有年份，請按以往方式註明年份。",
    ),
    "line_beyond_group": t(
        "This line is one more than its group has. Take it out, or put the lines in their usual order.",
        "该行超出本组应有的行数，请删除或恢复原有行序。",
        "該列超出本組應有的列數，請刪除或恢復原有列序。",
    ),
    "unknown_label": t(
        "The label “{found}” is not known; expected is one of {expected}. Correct it, or have it added to the layout.",
        "行标签“{found}”不在约定范围内，应为以下之一：{expected}。请更正，或在版式中补充。",
        "列標籤「{found}」不在約定範圍內，應為以下之一：{expected}。請更正，或在版式中補充。",
    ),
    "layout_wrong": t(
        "The file cannot be read with its layout. Whoever keeps the layouts has to look at it.",
        "该文件无法按其版式读取，请联系版式维护人员。",
        "該檔案無法按其版式讀取，請聯絡版式維護人員。",
    ),
}
"""Why a file was refused as a whole. ``{name}`` is the label of what was looked for."""

_NAMES: dict[str, Text] = {
    "sender": t("sender", "报送方", "報送方"),
    "cover": t("period", "所属期间", "所屬期間"),
    "cover.key": t("period", "所属期间", "所屬期間"),
    "year": t("year", "年份", "年份"),
}

STATEMENTS: dict[str, Text] = {
    "file_rows": t("Every row of the file is loaded, rejected, repeated or left out", "文件每一行均已加载、隔离、重复或剔除", "檔案每一列均已載入、隔離、重複或剔除"),
    "file_amount": t("The file's amount is loaded, rejected or repeated", "文件金额等于加载、隔离与重复之和", "檔案金額等於載入、隔離與重複之和"),
    "file_total": t("The file's own total row equals its lines", "文件合计行等于明细之和", "檔案合計列等於明細之和"),
    "kind_month_amount": t("Amounts by kind of document and month arrive in the facts", "按单据类型和月份的金额完整入库", "按單據類型和月份的金額完整入庫"),
    "kind_month_rows": t("Rows by kind of document and month arrive in the facts", "按单据类型和月份的行数完整入库", "按單據類型和月份的列數完整入庫"),
    "ledger": t("Facts equal the general ledger", "业务数据等于总账", "業務資料等於總帳"),
    "printed_total": t("The printed total equals the facts", "报表合计等于业务数据", "報表合計等於業務資料"),
    "cut_off_bridge": t("Sales by invoice, bridged document by document, equal sales by shipment", "按开票的销售经逐单调节等于按发货的销售", "按開票的銷售經逐單調節等於按發貨的銷售"),
    "opening_is_last_closing": t("The opening balance is the last published closing balance", "期初余额等于上期发布的期末余额", "期初餘額等於上期發佈的期末餘額"),
    "roll_forward": t("Opening + movements = closing", "期初 + 本期变动 = 期末", "期初 + 本期變動 = 期末"),
    "closing_is_open_less_advance": t("Open items − advances = closing", "未收 − 预收 = 期末", "未收 − 預收 = 期末"),
    "buckets_less_advance": t("Σ ageing classes − advances = balance", "各账龄合计 − 预收 = 余额", "各帳齡合計 − 預收 = 餘額"),
    "confirmed_and_items": t("Confirmed balance + reconciling items = our balance", "对方确认余额 + 调节项目 = 我方余额", "對方確認餘額 + 調節項目 = 我方餘額"),
    "replies_are_balance": t(
        "Agreed + different + unanswered = balance of the statement's day", "相符 + 不符 + 未回复 = 对账截止日应收余额", "相符 + 不符 + 未回覆 = 對帳截止日應收餘額"
    ),
    "causes_add_up": t("The causes add up to the variance", "各差异因素之和等于总差异", "各差異因素之和等於總差異"),
    "slices_add_up": t("The recipients' parts and the rest are the whole", "各收件人分部数据与其余之和等于全公司", "各收件人分部資料與其餘之和等於全公司"),
    "own_figures_are_the_slice": t("Own figures print the sum of their lines", "本人数据等于其明细之和", "本人資料等於其明細之和"),
}
"""What a tie-out states."""

SIDES: dict[str, Text] = {
    "invoiced_and_bridged": t("By invoice, bridged", "按开票（调节后）", "按開票（調節後）"),
    "by_shipment": t("By shipment", "按发货", "按發貨"),
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
    "confirmed_and_items": t("Confirmed + items", "确认余额 + 调节项目", "確認餘額 + 調節項目"),
    "replies": t("Agreed + different + unanswered", "相符 + 不符 + 未回复", "相符 + 不符 + 未回覆"),
    "sum_of_causes": t("Sum of the causes", "因素之和", "因素之和"),
    "variance": t("Variance", "差异", "差異"),
    "slices_and_rest": t("Recipients' parts + rest", "各收件人分部 + 其余", "各收件人分部 + 其餘"),
    "whole": t("Whole company", "全公司", "全公司"),
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


_EXPECTED_BY_RULE: dict[str, Text] = {
    "duplicate_key": t("one row only; another stands at {expected}", "只保留一行；另一行见 {expected}", "只保留一列；另一列見 {expected}"),
    "not_in_list": t("one of (as the file writes them): {expected}", "以下之一：{expected}", "以下之一（按原檔案的寫法）：{expected}"),
    "too_many_decimals": t("{expected} decimals at most", "最多 {expected} 位小数", "最多 {expected} 位小數"),
    "not_a_date": t("a date, such as {expected}", "日期，如 {expected}", "日期，如 {expected}"),
    "ambiguous_date": t("a date, such as {expected}", "日期，如 {expected}", "日期，如 {expected}"),
    "ambiguous_number": t("a number, such as {expected}", "数字，如 {expected}", "數字，如 {expected}"),
}
_REFERENCE = t("“{column}” of the table “{table}”", "“{table}”表中的“{column}”", "「{table}」表中的「{column}」")

VALUES: dict[str, Text] = {
    "finished": t("finished goods", "成品"),
    "semi_finished": t("semi-finished goods", "半成品"),
}
"""Closed values of a contract that stand inside keys."""


def expected_words(expected: str | None, language: Language, rule: str = "") -> str:
    """What was expected, in the reader's language; codes, lists and amounts stand as they are.

    With the ``rule`` it reads by itself, as in a column of its own; without, as a part of the rule's sentence.

    >>> expected_words("customer.customer_code", "en", "unknown_reference")
    '“Customer code” of the table “Customers”'
    """
    if rule == "unknown_reference":
        table, _, column = (expected or "").partition(".")
        if table in CONTRACTS and column in CONTRACTS[table].schema:
            names = {"{table}": CONTRACTS[table].title.said(language), "{column}": column_label(table, column, language)}
            return _filled(_REFERENCE.said(language), names)
    words = EXPECTED.get(expected or "")
    told = words.said(language) if words else expected or ""
    return _filled(_EXPECTED_BY_RULE[rule].said(language), {"{expected}": told}) if told and rule in _EXPECTED_BY_RULE else told


def said(rule: str, language: Language, *, table: str = "", column: str = "", found: str | None = "", expected: str | None = "") -> str:
    """The sentence of a fault or finding. Raises ``KeyError`` for a rule that nobody has put into words.

    ``column`` is a column's name; its label is printed where ``table`` has one.

    >>> said("missing", "en", table="sales_line", column="customer_code")
    '“Customer code” is empty. Fill it in.'
    """
    text = sentence(rule, table)
    # A contract's sentence has no placeholders; braces in what was found must not be read as some.
    marks = {"{column}": column_label(table, column, language), "{found}": found or "", "{expected}": expected_words(expected, language)}
    return _filled(text.said(language), marks)


def of_file(rule: str, values: Mapping[str, object] | str | None, language: Language, table: str = "") -> str:
    """The sentence of a file that was refused as a whole, with the place in it. Raises ``KeyError`` for a rule without words.

    ``values`` are what the ledger keeps in ``rule_values`` (its JSON, or read already); ``table`` gives labels to columns.

    >>> of_file("unknown_heading", '{"sheet": "10月", "row": 3, "column": "F", "found": "备注2"}', "zh-Hans")
    '工作表“10月”，第 3 行，F 列：标题“备注2”是新出现的列。请删除该列，或在版式中补充。'
    >>> of_file("file_cut_off", None, "en")
    'The file is cut off: its end is missing. Send it again.'
    """
    given: Mapping[str, object] = json.loads(values or "{}") if isinstance(values, str) or values is None else values
    words = {f"{{{mark}}}": str(given.get(mark, "")) for mark in ("found", "expected")}
    name = str(given.get("name", ""))
    words["{name}"] = _NAMES[name].said(language) if name in _NAMES else column_label(table, name, language)
    where = [_WHERE[mark].said(language).replace("{value}", str(given[mark])) for mark in _WHERE if given.get(mark) not in (None, "")]
    place = _COMMA.said(language).join(where)
    said = _filled(FILES[rule].said(language), words)
    if not place:
        return said
    return f"{place[:1].upper()}{place[1:]}{_COLON.said(language)}{said}"


def reasons(files: pl.DataFrame) -> dict[str, Text]:
    """The ledger's ``reason`` of every refused file → its sentence in all languages, for columns and pages that print the reason.

    A file that an earlier version refused has no rule: its reason stays as it is.
    """
    if "rule" not in files.columns:
        return {}
    refused = files.filter(pl.col("rule").is_not_null() & pl.col("reason").is_not_null())
    return {
        reason: Text(*(of_file(rule, values, language, table or "") for language in ("en", "zh-Hans", "zh-Hant")))
        for reason, rule, values, table in refused.select("reason", "rule", "rule_values", "table").unique().sort("reason").iter_rows()
    }


_WHERE: dict[str, Text] = {
    "sheet": t("sheet “{value}”", "工作表“{value}”", "工作表「{value}」"),
    "row": t("row {value}", "第 {value} 行", "第 {value} 列"),
    "column": t("column {value}", "{value} 列", "{value} 欄"),
}
_COMMA, _COLON = t(", ", "，"), t(": ", "：")


def _filled(text: str, words: Mapping[str, str]) -> str:
    """The text with its marks filled in; braces in what is filled in must not be read as marks."""
    for mark in words:
        text = text.replace(mark, f"\0{mark}\0")
    return "".join(words.get(part, part) for part in text.split("\0"))


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
