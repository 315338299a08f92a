"""Ways to reach a person outside, hidden before anybody sees the text: shop and buyer talk in the chat."""

import re

HIDDEN = "***"
SEPARATED = r"[\s\-_.·—]{0,2}"
MOBILE = re.compile(rf"(?<!\d)(?:\+?86{SEPARATED})?1{SEPARATED}[3-9](?:{SEPARATED}\d){{9}}(?!\d)")
# The same in Chinese digits: 幺三八…
SPOKEN = re.compile(rf"[一幺][三四五六七八九](?:{SEPARATED}[零〇一二三四五六七八九幺两]){{9}}")
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[-\s]?\d{7,8}(?!\d)")
ACCOUNT = re.compile(
    r"((?:微信号?|薇信|vx|VX|wx|WX|weixin|wechat|qq|QQ|扣扣)\s*(?:号|是|:|：|\s)*)([A-Za-z0-9][-_A-Za-z0-9]{4,19})"
)
FULL_WIDTH = str.maketrans("０１２３４５６７８９＋－＠．", "0123456789+-@.")
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,3}")


def mask(text: str) -> str:
    """Hide phone numbers, e-mail addresses and account names."""
    text = text.translate(FULL_WIDTH)
    for pattern in (MOBILE, SPOKEN, LANDLINE, EMAIL):
        text = pattern.sub(HIDDEN, text)
    return ACCOUNT.sub(rf"\g<1>{HIDDEN}", text)
