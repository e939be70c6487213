"""Every sentence that a report can print stands in both Chinese catalogues, with the same places to fill."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import pytest

from pipelines.contracts.model import Language, t
from pipelines.reports.catalogue import LOCALE, MissingTranslationError, catalogue, said
from pipelines.reports.formats import Reader
from pipelines.reports.model import Count, Date, Listing, Message, Money, Name, PeriodName, PeriodRange, Points, Share, Unit, say
from tests.reports.showcase import MONTHS, PERIOD

MODULES = sorted(path for room in ("reports", "delivery") for path in (Path(__file__).parents[2] / "pipelines" / room).rglob("*.py"))
CHINESE: tuple[Language, ...] = ("zh-Hans", "zh-Hant")
SIMPLIFIED = set("万与专业东两严个丰临为丽举义乌乐习书买乱争亏云亚产亲仅从仓们价众优会伟传伤伦伪体余作佣侧侨俭债倾偿储儿克兑关兴养兽内冈册写军农冲决况冻净减凤凭凯击划刘则刚创删别剂剑剧劝办务动励劳势区医华协单卖卢卫却厂厅历厉压厌县参双发变叙叠号叹吗员响哑团园围国图圆圣场坏块坚坛坝垄垒垦处备复头夹夺奋奖妆妇妈娱婴宝实审宪宫宽宾对寻导将尔尘尝尧尽层属岁岂岗岛币师帐帘帜带帮库应庙废广开异弃张弹强归当录彻径忆忧怀态总恋恳恶恼悬惊惩惯愿慑懒戏战户扑执扩扫扬扰抚抛抢护报拟拥拦择挂挡挣挤挥损换据掷断无旧时旷显晋晒晓暂术机杀杂权条来杨极构枪柜标栈栏树样档桥检楼榄欢欧毁毕毙气汇汉沟没沪泪泽洁测济浏浓涛涝润涨渐渔湾湿满滤滥滨灭灯灵灾炉点炼烁烂烟热爱牵犹狱独狭环现珐电画畅疗疮痒监盖盘码确礼祸离种积称税稳穷窃竖竞笔筑签简粮纠红约级纪纯纲纳纵纷纸纹线练组细织终经结给络绝统继绩绪续维综绿编缓缔缘缩缴网罗罚罢职联肃肤胜脑脚节芦苏荐药虑虽蚀行补衬袭装规视览觉触计订认讨让训议记讲许论设访证评识诉诊词译试诚话询详语误说请诸读课谁调谈谋谓谢谨质贝负贡财责贤败账货质贩贪购贯贵贷费资赊赋赏赔赖赚赛赞赠赢赵趋跃践轨转轮软轻载较辅辆输边达过迈运还这进远连迟适选递逻遗邮邻郑释里钟钢钱铁铜销锁错锈长门闭问闲间闻队阳阴阶际陆陈险随难雾静韩页顶项顺须顾预领频题额颜风飞饭饰馆马驱验鱼鸡黄齐龙龟")
"""Characters that traditional text does not use (a sample; those that both scripts share are left out below)."""
SHARED = set("余作侧克内冈划则别剂却历参号团夹宝强彻惊户折挂据断术来杰构柜标栏桥检气没测济滤点烟环现电画种积称税稳竞签粮网肃节荐药行规触计设评识试话询读调责里钟长门间限项预领频题额")


def messages(path: Path) -> list[tuple[str, str | None]]:
    """The msgids (and plurals) of the calls of ``Message`` and ``say`` in a module."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in ("Message", "say"):
            continue
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            plural = next((k.value.value for k in node.keywords if k.arg == "plural" and isinstance(k.value, ast.Constant)), None)
            found.append((node.args[0].value, plural if node.func.id == "Message" and isinstance(plural, str) else None))
    return found


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}-{path.stem}")
@pytest.mark.parametrize("language", CHINESE)
def test_every_message_is_translated(path: Path, language: Language) -> None:
    known = catalogue(language).messages
    missing = sorted({msgid for msgid, _ in messages(path) if msgid not in known})
    assert not missing


@pytest.mark.parametrize("language", CHINESE)
def test_translations_fill_the_same_places(language: Language) -> None:
    odd = {msgid: forms for msgid, forms in catalogue(language).messages.items() for form in forms if places(form) - places(msgid) - {"n"}}
    assert not odd
    lost = {m: f for m, f in catalogue(language).messages.items() for form in f if places(m) - places(form)}
    assert not lost


def test_traditional_catalogues_hold_no_simplified_characters() -> None:
    for path in sorted((LOCALE / "zh_Hant").glob("*.po")):
        text = "".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(("msgstr", '"')))
        assert not (set(text) & (SIMPLIFIED - SHARED)), path.name


def test_a_missing_message_is_never_english_on_a_chinese_page() -> None:
    with pytest.raises(MissingTranslationError, match="Nobody says this"):
        said(Message("Nobody" + " says this"), Reader("zh-Hans"))
    assert said(Message("Nobody" + " says this"), Reader("en")) == "Nobody says this"


def test_values_print_by_language() -> None:
    hans, hant, en = Reader("zh-Hans"), Reader("zh-Hant"), Reader("en")
    money = Money(43_840_000_000)
    assert [said(money, reader) for reader in (hans, hant, en)] == ["438 万元", "438 萬元", "CNY 4,384k"]
    assert said(Money(-12_345, unit="currency"), en) == "−CNY 1.23"
    assert said(Money(-12_345, unit="currency", signed=True), hans) == "−1.23 元"
    assert said(Money(None), hans) == "—"
    assert said(Share(0.298), hans) == "29.8%"
    assert said(Points(-0.006), hans) == "−0.6pp"
    assert said(Name("经销商 {x}"), en) == "经销商 {x}"
    assert [said(PeriodName(PERIOD), reader) for reader in (hans, en)] == ["2026年11月", "November 2026"]
    assert [said(PeriodRange(MONTHS[0], PERIOD), reader) for reader in (hans, en)] == ["2026年1–11月", "January–November 2026"]
    assert [said(Date(PERIOD.end), reader) for reader in (hans, en)] == ["2026年11月30日", "30 November 2026"]
    assert said(Listing((Name("西南"), t("North", "华北"))), en) == "西南 and North"
    assert [said(Unit(), reader) for reader in (hans, hant, en, Reader("zh-Hans", "1", "USD"))] == ["万元", "萬元", "CNY k", "美元"]


def test_plurals_and_braces_in_names() -> None:
    def cells(n: int) -> Message:
        return Message("One cell needs your correction", {"n": Count(n)}, plural="{n} cells need your correction")

    assert [said(cells(n), Reader("en")) for n in (1, 2)] == ["One cell needs your correction", "2 cells need your correction"]
    assert said(cells(1), Reader("zh-Hans")) == "有 1 处需要您更正"
    named = say("The rows are in the file {file} beside this workbook", file=Name("{file}.csv"))
    assert said(named, Reader("en")) == "The rows are in the file {file}.csv beside this workbook"
