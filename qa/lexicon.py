"""Words of titles that say one kind of thing: our own lists, from what shops write; not learnt from any data.

Each kind maps words, folded, to the option that they mean. A word of one character stands for nothing here.
"""

from django.utils.translation import gettext_lazy as _


def _words(text: str) -> dict[str, str]:
    """ "甲=乙 丙" -> {"甲": "乙", "丙": "丙"}."""
    pairs = (entry.partition("=") for entry in text.split())
    return {word: meaning or word for word, _equals, meaning in pairs}


COLOURS = "黑 白 红 蓝 绿 黄 紫 粉 灰 橙 棕 银 金 米 咖啡 藏青 卡其 玫瑰金"
KINDS: dict[str, dict[str, str]] = {
    "colour": {f"{colour}色": f"{colour}色" for colour in COLOURS.split()} | _words("透明 彩色 粉红=粉色 天蓝=蓝色 深蓝=蓝色 浅蓝=蓝色"),
    "material": _words(
        "不锈钢 塑料 实木 木质=实木 木制=实木 竹制 竹子=竹制 纯棉 棉质=纯棉 全棉=纯棉 羊毛 羊绒 真皮 皮革 皮质=皮革 硅胶 玻璃 陶瓷 金属 合金 "
        "铝合金 尼龙 涤纶 丝绸=真丝 真丝 亚麻 橡胶 树脂 水晶 珍珠 纯银 黄铜 铸铁 帆布 牛津布 聚酯=涤纶 乳胶 钛 碳纤维 牛仔 针织 蕾丝 "
        "紫砂 骨瓷 白瓷 青瓷 搪瓷 亚克力 藤编 毛绒 羽绒 大理石"
    ),
    "who": _words(
        "男士 男式=男士 男款=男士 男装=男士 女士 女式=女士 女款=女士 女装=女士 男女通用=中性 中性 男女同款=中性 儿童 男童=儿童 女童=儿童 小孩=儿童 "
        "孩子=儿童 婴儿 宝宝=婴儿 幼儿=婴儿 新生儿=婴儿 成人 老人 学生 孕妇 宠物 狗狗=宠物 猫咪=宠物 情侣"
    ),
    "feature": _words(
        "无线 有线 蓝牙 防水 折叠 可折叠=折叠 便携 便携式=便携 充电 可充电=充电 迷你 大容量 静音 智能 数码 电动 手动 自动 全自动=自动 专业 轻便 轻量=轻便 轻巧=轻便 "
        "可调节 加厚 防滑 耐磨 透气 保暖 保温 弹力 修身 宽松 连帽 长袖 短袖 套装 一次性 可水洗 机械 遥控 发光 降噪 防风 速干 高腰 加绒 手工 礼盒 多功能"
    ),
    "effect": _words(
        "保湿 补水=保湿 美白 控油 防晒 敏感 抗皱 紧致 淡化 修护 修复=修护 舒缓 防脱 去屑 滋润 清洁 去污 抗菌 除菌=抗菌 杀菌=抗菌 止痒 柔顺 洁净=清洁 提亮 祛痘 护发 遮瑕 持久"
    ),
    "taste": _words(
        "原味 无糖 低脂 低糖 有机 天然 辣味 麻辣 香辣 巧克力 草莓 香草 薄荷 柠檬 玫瑰 茉莉 薰衣草 桂花 无香 橙味 芒果 抹茶 坚果 牛奶 蜂蜜 咸味 甜味 烘焙 绿茶 红茶 乌龙 普洱"
    ),
    "use": _words(
        "家用 商用 户外 厨房 办公 汽车=车用 车载=车用 浴室 卧室 客厅 旅行 旅游=旅行 露营 运动 跑步=运动 健身 商务 休闲 游戏 电竞=游戏 学习 登山 徒步=登山 骑行 自行车=骑行 摄影 园艺 "
        "聚会 婚礼 节日 圣诞 万圣节 生日 日常 通勤 桌面 床头"
    ),
    "style": _words("复古 简约 现代 经典 可爱 卡通 时尚 优雅 北欧 日式 中式 欧式 条纹 格子 碎花 纯色 印花 迷彩"),
    "origin": _words("日本 日本制=日本 日本制造=日本 德国 美国 韩国 意大利 法国 英国 瑞士 瑞典 中国 国产=中国 泰国 越南 澳大利亚 新西兰"),
}  # fmt: skip
# Units by what they measure and how they are shown; the number before them is the option.
UNITS: dict[str, tuple[str, str]] = {
    "gb": ("memory", "GB"), "tb": ("memory", "TB"), "毫升": ("volume", "毫升"), "ml": ("volume", "毫升"), "升": ("volume", "升"),
    "l": ("volume", "升"), "盎司": ("volume", "盎司"), "克": ("weight", "克"), "g": ("weight", "克"), "千克": ("weight", "公斤"),
    "公斤": ("weight", "公斤"), "kg": ("weight", "公斤"), "斤": ("weight", "斤"), "英寸": ("length", "英寸"), "寸": ("length", "英寸"),
    "厘米": ("length", "厘米"), "cm": ("length", "厘米"), "毫米": ("length", "毫米"), "mm": ("length", "毫米"), "米": ("length", "米"),
    "片": ("pieces", "片"), "件": ("pieces", "件"), "包": ("pieces", "包"), "粒": ("pieces", "粒"), "瓶": ("pieces", "瓶"),
    "支": ("pieces", "支"), "张": ("pieces", "张"), "瓦": ("power", "瓦"), "w": ("power", "瓦"), "岁": ("age", "岁"),
}  # fmt: skip
# What a kind is called on the slip, and how it is asked for.
NAMES = {
    "type": (_("Kind"), _("Which kind do you mean?")),
    "brand": (_("Brand"), _("Is there a brand you like?")),
    "colour": (_("Colour"), _("Which colour?")),
    "material": (_("Material"), _("Made of what?")),
    "who": (_("For whom"), _("Who will use it?")),
    "feature": (_("Feature"), _("What matters most about it?")),
    "effect": (_("Effect"), _("What should it do?")),
    "taste": (_("Taste"), _("Which taste or scent?")),
    "use": (_("Use"), _("What is it for?")),
    "style": (_("Style"), _("Which style?")),
    "origin": (_("Made in"), _("Made where?")),
    "memory": (_("Memory"), _("How much memory?")),
    "volume": (_("Capacity"), _("How large?")),
    "weight": (_("Weight"), _("How much of it?")),
    "length": (_("Size"), _("Which size?")),
    "pieces": (_("Number in a pack"), _("How many in a pack?")),
    "power": (_("Power"), _("How powerful?")),
    "age": (_("Age"), _("For what age?")),
}


def name_of(kind: str) -> str:
    return str(NAMES[kind][0]) if kind in NAMES else kind
