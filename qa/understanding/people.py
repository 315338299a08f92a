"""Who it is for, what occasion, how many, where, and what must not be: fixed words and short patterns."""

import re

from .numbers import NUMBER, value

RECIPIENTS = (
    "爸爸", "父亲", "老爸", "妈妈", "母亲", "老妈", "爸妈", "父母", "爷爷", "奶奶", "外公", "外婆", "姥姥", "姥爷", "公公",
    "婆婆", "岳父", "岳母", "丈母娘", "老公", "老婆", "先生", "太太", "男朋友", "女朋友", "男友", "女友", "对象", "儿子",
    "女儿", "孩子", "宝宝", "小朋友", "哥哥", "弟弟", "姐姐", "妹妹", "侄子", "侄女", "外甥", "闺蜜", "朋友", "室友", "同学",
    "同事", "老师", "领导", "老板", "客户", "员工", "长辈", "老人", "婴儿", "新生儿", "孕妇", "猫咪", "狗狗", "自己",
)  # fmt: skip
# The longer word wins: 男朋友 before 朋友.
WHO = "|".join(sorted(RECIPIENTS, key=len, reverse=True))
# 送同事 names the recipient; 爸爸说 does not, but a family word beside an age or an occasion does.
GIVEN = re.compile(rf"(?:送给?|给|帮|为|买给|孝敬|寄给)(?:我|咱|他|她|我们)?(?:家)?(?:的)?(?:\d+岁(?:的)?)?({WHO})")
MENTIONED = re.compile(rf"({WHO})(?=.{{0,6}}(?:岁|生日|用|喝|穿|吃|礼物))")
AGE = re.compile(rf"({NUMBER})(?:周)?岁")

OCCASIONS = (
    "生日", "婚礼", "结婚", "订婚", "乔迁", "搬家", "满月", "周岁", "百天", "毕业", "升学", "开学", "退休", "纪念日", "情人节",
    "母亲节", "父亲节", "教师节", "儿童节", "七夕", "中秋", "端午", "春节", "过年", "元旦", "圣诞", "开业", "年会", "伴手礼",
    "回礼", "探病", "露营", "旅行", "出差", "面试", "通勤", "办公室", "野餐", "聚会",
)  # fmt: skip
OCCASION = re.compile("|".join(sorted(OCCASIONS, key=len, reverse=True)))

QUANTITY = re.compile(
    rf"({NUMBER})\s*(?:份|个|套|件|箱|盒|瓶|只|把|条|双|本|包|支|台|张|罐)(?!人|月|小时|星期|礼拜|字)"
)

CITIES = (
    "北京", "上海", "广州", "深圳", "杭州", "成都", "重庆", "武汉", "西安", "南京", "苏州", "天津", "长沙", "郑州", "青岛",
    "宁波", "无锡", "合肥", "佛山", "东莞", "厦门", "福州", "济南", "昆明", "沈阳", "大连", "哈尔滨", "长春", "石家庄", "太原",
    "南昌", "贵阳", "南宁", "海口", "三亚", "兰州", "西宁", "银川", "乌鲁木齐", "拉萨", "呼和浩特", "温州", "绍兴", "嘉兴",
    "金华", "台州", "泉州", "珠海", "中山", "惠州", "常州", "南通", "扬州", "徐州", "烟台", "潍坊", "洛阳", "景德镇", "宜兴",
)  # fmt: skip
# A city names a place only with a word of place: 北京烤鸭 is a dish.
CITY = re.compile(
    rf"(?:人?在|到|寄|寄到|送到|发到|发往|住|坐标)\s*({'|'.join(CITIES)})|({'|'.join(CITIES)})(?:市|本地|同城|附近|收货|自提)"
)

# "别太贵" is a wish about the price, "不要超过 300" a budget: neither is something to avoid.
AVOID = re.compile(
    r"(?:不想要|不要|别要|别是|别买|不喜欢|不能有|不能是|不含|不带|拒绝|讨厌|排除)(?!超过|高于|低于|紧)(?:那种|任何|是|用)?"
    r"([一-鿿A-Za-z0-9]{1,12}?)(?=的|了|[，。,.;；!！?？、\s和或]|$)"
)
AVOID_MORE = re.compile(r"^(?:的)?(?:[、和或]|以及|跟)([一-鿿A-Za-z0-9]{1,8}?)(?=的|了|[，。,.;；!！?？、\s和或]|$)")
AVOID_MAX = 5


def recipient(text: str) -> str:
    match = GIVEN.search(text) or MENTIONED.search(text)
    return match[1] if match else ""


def age(text: str) -> int | None:
    match = AGE.search(text)
    number = value(match[1]) if match else None
    return int(number) if number and number <= 120 else None


def occasion(text: str) -> str:
    match = OCCASION.search(text)
    return match[0] if match else ""


def quantity(text: str) -> int | None:
    """How many, when it is more than one: 一个 says nothing."""
    for match in QUANTITY.finditer(text):
        number = value(match[1])
        if number and 2 <= number <= 100_000:
            return int(number)
    return None


def city(text: str) -> str:
    match = CITY.search(text)
    return (match[1] or match[2]) if match else ""


def avoided(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """What must not be, with the places where it is said."""
    words, places = [], []
    for match in AVOID.finditer(text):
        words.append(match[1])
        end = match.end()
        while more := AVOID_MORE.match(text[end:]):
            words.append(more[1])
            end += more.end()
        places.append((match.start(), end))
    return list(dict.fromkeys(words))[:AVOID_MAX], places
