"""What the city sells: enough words that a wish reaches some shops of a trade and not others."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trade:
    """A category with its goods; prices in yuan, from the cheapest to the dearest."""

    name: str
    nouns: tuple[str, ...]
    kinds: tuple[str, ...]
    styles: tuple[str, ...]
    yuan: tuple[int, int]


TRADES = (
    Trade("茶具", ("茶壶", "盖碗", "茶杯", "茶具套装"), ("紫砂", "白瓷", "玻璃", "汝窑"), ("便携", "家用", "待客"), (60, 900)),
    Trade("护肤", ("面霜", "精华", "面膜", "防晒霜"), ("保湿", "舒缓", "美白", "抗皱"), ("敏感肌", "油皮", "干皮"), (50, 600)),
    Trade("零食", ("坚果礼盒", "牛肉干", "糕点", "果干"), ("原味", "低糖", "手工", "麻辣"), ("办公室", "送礼", "孩子"), (20, 260)),
    Trade("耳机", ("蓝牙耳机", "头戴耳机", "运动耳机", "降噪耳机"), ("入门", "旗舰", "长续航", "轻便"), ("通勤", "跑步", "打游戏"), (80, 1500)),
    Trade("鲜花", ("花束", "永生花", "盆栽", "花篮"), ("玫瑰", "百合", "向日葵", "绣球"), ("生日", "开业", "求婚"), (60, 700)),
    Trade("女装", ("连衣裙", "衬衫", "毛衣", "外套"), ("真丝", "棉麻", "羊毛", "针织"), ("通勤", "度假", "大码"), (90, 1200)),
    Trade("手作", ("皮具", "木器", "银饰", "陶器"), ("手工", "定制", "刻字", "复古"), ("情侣", "送长辈", "纪念"), (80, 1000)),
    Trade("咖啡", ("咖啡豆", "手冲壶", "挂耳咖啡", "磨豆机"), ("浅烘", "深烘", "拼配", "单品"), ("新手", "家用", "送礼"), (30, 800)),
)  # fmt: skip
