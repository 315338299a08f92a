"""Words for the public: without what tells who somebody is, where they live, or when they were born.

Rules, not a model, as everywhere in understanding. They hide too much rather than too little: the buyer reads the
result before saying yes, and a person's age or a town stays, since advice depends on them (PIPL article 4: what is
anonymised is no personal information; article 73: it must not lead back to a person).
"""

import re
from collections.abc import Iterable

from .masking import FULL_WIDTH, HIDDEN, mask

# The hundred commonest surnames, without those that are everyday words (和, 于, 向, 常, 那, 白, 黄 stays: 黄女士).
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田姜范石"
    "姚谭廖邹熊陆郝孔崔邱秦史顾侯邵孟龙万段雷钱汤尹黎武贺赖龚庞樊殷施颜倪严牛温季俞章鲁葛韦申聂邢翟莫庄"
)
TITLES = "女士|先生|小姐|太太|老师|同学|医生|经理|阿姨|叔叔|师傅|总(?=[，。,.！!\\s的说要给]|$)"
TITLED = re.compile(rf"(?<![一-鿿])[{SURNAMES}][一-鿿]?(?={TITLES})|(?<=[给送替帮为是和跟])[{SURNAMES}](?={TITLES})")
FAMILIAR = re.compile(
    rf"(?<![一-鿿])[小老阿][{SURNAMES}](?=[，。,.！!：:\s的要想说]|$)|(?<=[给送替帮是叫])[小老阿][{SURNAMES}](?![一-鿿])"
)
# A bare name: whom something is for, and what then is done for them: 给张三买的, 送给李小明。 After 送 alone stand gifts.
GIVEN = "[一-鿿]"
DONE = "买|做|定[做制]|订|挑选?|选|准备|庆生|过生日|过寿|过周岁|生日"
BARE = re.compile(
    rf"(?P<lead>(?:送给|[给帮替])|\*\*\*[和跟与、])(?P<name>[{SURNAMES}]{GIVEN}{{1,2}}?)"
    rf"(?=的?(?:{DONE})|的|[，。,.！!？?；;、\s]|$|[和跟与][{SURNAMES}]{GIVEN})"
    rf"|(?P<lead_of_gift>送)(?P<person>[{SURNAMES}]{GIVEN}{{1,2}}?)(?=过?生日|的?生日|庆生|过寿)"
)
# Words that begin as a name does. What is no name and is missing here costs the buyer a look and a word typed again.
WORDS = re.compile(
    "张家[界口港]|张[卡票图纸照床桌贴单券]|王[者子府牌冠朝后妃国道八老]|李[子宁]|刘海|陈[皮年列醋设旧酿酒]|杨[梅树桃枝]"
    "|黄[金酒山色河豆油瓜桃铜花昏牛鱼皮黑白毛连芪历]|周[末年岁围边刊身期日易全一二三四五六天]|徐州|徐福记|孙[子女辈媳]|孙悟空|胡[子同桃椒萝须琴]"
    "|朱[红砂]|林[业区地场间荫芝]|何[时人方处种]|马[路上来桶甲匹尾蹄戏年儿赛术达云尔虎]|马拉松|罗[马汉盘纹宋]|梁[山上]|宋[代朝锦体瓷]"
    "|郑[州重]|谢[谢意礼师]|韩[国式系版语剧]|唐[代朝山装卡三诗]|唐人街|萧山|程[序度]|许[多愿可]|沈阳|曾[经孙祖]|彭[州山]"
    "|苏[州打绣格式联]|丁[香字克]|魏[晋碑]|叶[子片酸黄]|阎王|余[下生额姚杭]|杜[鹃仲绝康]|戴[上的着过眼表花]|夏[天季日令凉装被威]|钟[表点情头爱意]"
    "|汪汪|田[园里地径间]|姜[茶汁汤糖黄片]|范[围本例冰]|石[头材榴英雕狮膏斛锅器板墨库]|石家庄|谭[木鱼]|熊[猫孩宝仔]|陆[军地续运]|孔[子雀明融]"
    "|秦[朝岭皇代淮]|史[努前上诗]|顾[客家问及]|孟[子婆买]|龙[凤年虾井岩泉眼舟猫宝骨门王]|万[一能圣科元宝代事里]|段[时落位子]|雷[达人锋雨]"
    "|钱[包夹塘财币多少]|汤[圆锅匙池碗勺包泉]|黎[明族]|武[汉术器警夷侠士]|贺[卡年岁礼寿词]|赖床|庞[大然]|施[工肥]|颜[值色料]|严[重格父冬寒肃]"
    "|牛[年奶肉仔宝油皮角轧娃蛙]|温[州暖水柔差度泉带室馨和]|季[节度末军]|章[节鱼程]|鲁[迅菜班]|葛[根优]|申[请通领]|莫[名非斯]|庄[重园稼严]"
    "|董[事秘]|吴[语侬]|[一-鿿]家"
)
# 我叫王小明, 名字是…, 落款写「…」, 收件人：…
NAMED = re.compile(
    r"((?:我叫|名叫|叫做|名字(?:是|叫|为)?|姓名|收件人|收货人|联系人|落款|署名|昵称)\s*(?:是|写|为|：|:)?\s*[「“\"『《]?\s*)"
    r"([一-鿿·A-Za-z]{1,4}(?:\s[一-鿿A-Za-z]{1,8})?)"
)
# What is to be engraved or written on a card.
QUOTED = re.compile(
    r"((?:刻上?|刻字|印上?|绣上?|写上?|落款|署名|贺卡)[^「“\"『]{0,6}[「“\"『])([^」”\"』]{1,30})([」”\"』])"
)
URL = re.compile(r"(?:https?://|www\.)[^\s一-鿿]+", re.IGNORECASE)
# Identity card, bank card, order and parcel numbers. A price has fewer digits.
LONG_NUMBER = re.compile(r"(?<![\dA-Za-z])(?:[A-Za-z]{0,4}\d{8,}[\dXx]?|\d{17}[Xx])(?![\d])")
SPACED_NUMBER = re.compile(r"(?<!\d)\d{4}(?:[ -]\d{4}){2,4}(?:[ -]?\d{1,3})?(?!\d)")
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\s]?[A-Z0-9]{5,6}(?![A-Za-z0-9])"
)
# A street with its number, or a building with a room; whatever leads to it from the district on goes too.
PLACE = r"[一-鿿A-Za-z0-9]"
STREET = re.compile(
    rf"(?:{PLACE}{{2,8}}?(?:省|自治区))?(?:{PLACE}{{2,8}}?市)?(?:{PLACE}{{1,8}}?[区县镇乡])?"
    rf"{PLACE}{{1,10}}?(?:路|街|大道|巷|弄|胡同|里)\s?\d+\s?(?:号|弄)(?:{PLACE}|[\s\-—#]){{0,24}}?"
    r"(?=[，。,.；;！!？?、]|$|(?<=[室号幢栋楼])[一-鿿])"
)
BUILDING = re.compile(
    r"(?:[一-鿿]{2,10}(?:小区|花园|公寓|家园|新村|大厦|广场|苑|府|宿舍))?\s?"
    r"(?:\d+\s?(?:号楼|幢|栋|单元)|[A-Za-z]\s?座)"
    r"(?:\s?[A-Za-z0-9]+\s?(?:号楼|幢|栋|单元|层|楼|室|房|号)|\s?\d{2,4}(?!\d|元|块|克|毫|ml))*"
)
ESTATE = re.compile(r"(?:住在?|在|寄到|送到|地址(?:是|：|:)?)\s?[一-鿿]{2,10}(?:小区|花园|公寓|家园|新村|宿舍)")
ROOM = re.compile(r"(?<!\d)\d{2,4}\s?室(?![外内友温])|门牌号?\s?(?:是|：|:)?\s?\d+\s?号?")
# A date with its year near a birth, either way round; or a day that is said to be a birthday.
DATE = r"(?:(?:19|20)?\d{2}\s?[年./-]\s?\d{1,2}\s?(?:[月./-]\s?\d{1,2}\s?[日号]?|月)|\d{1,2}\s?月\s?\d{1,2}\s?[日号]?|(?:19|20)\d{2}\s?年?)"
BORN = re.compile(
    rf"(?:农历|阴历|阳历)?{DATE}(?=\s?(?:出生|生人|生的|生日|过生日|生(?![一-鿿])))"
    rf"|(?<=出生于)\s?{DATE}|(?<=出生日期)(?:是|为|：|:)?\s?{DATE}|(?<=生于)\s?{DATE}"
    rf"|(?<=生日)(?:是|在|：|:)?\s?(?:农历|阴历|阳历)?{DATE}"
)
SHORTEST_KNOWN = 2
REPEATED = re.compile(rf"{re.escape(HIDDEN)}(?:[\s·]*{re.escape(HIDDEN)})+")


def anonymise(text: str, *, known: Iterable[str] = ()) -> str:
    """Hide what tells who somebody is.

    Args:
        known: what is known of the person, such as nickname and the names, phones and streets of their addresses.
    """
    text = mask(text.translate(FULL_WIDTH))
    for word in sorted({word.strip() for word in known}, key=len, reverse=True):
        if len(word) >= SHORTEST_KNOWN:
            text = re.sub(re.escape(word), HIDDEN, text, flags=re.IGNORECASE)
    text = NAMED.sub(rf"\g<1>{HIDDEN}", text)
    text = QUOTED.sub(rf"\g<1>{HIDDEN}\g<3>", text)
    for pattern in (URL, BORN, STREET, BUILDING, ESTATE, ROOM, PLATE, SPACED_NUMBER, LONG_NUMBER, TITLED, FAMILIAR):
        text = pattern.sub(HIDDEN, text)
    for _ in range(2):  # Once more for those who stand beside somebody.
        text = BARE.sub(_hide_name, text)
    return REPEATED.sub(HIDDEN, text).strip()


def _hide_name(found: re.Match[str]) -> str:
    name = found["name"] or found["person"]
    if WORDS.match(found.string, found.start("name" if found["name"] else "person")):
        return found[0]
    return found[0].removesuffix(name) + HIDDEN
