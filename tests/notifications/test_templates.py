import pytest

from notifications.templates import LIMITS, TEMPLATES, cut


@pytest.mark.parametrize(
    ("keyword", "text", "expected"),
    [
        ("thing1", "送爸爸 60 岁生日的茶具，他爱喝普洱，想要好看又不难洗", "送爸爸 60 岁生日的茶具，他爱喝普洱…"),
        ("thing1", "两行\n文字", "两行 文字"),
        ("thing1", "  ", "-"),
        ("phrase2", "已经通过审核了", "已经通过…"),
        ("character_string1", "单号ab12", "ab12"),
        ("number3", "没有", "0"),
        ("amount2", "¥1,280", "¥1280"),
    ],
)
def test_cut_keeps_to_the_keyword_type(keyword, text, expected):
    result = cut(keyword, text)
    assert result == expected
    assert 0 < len(result) <= LIMITS[keyword.rstrip("0123456789")]


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
def test_every_template_fills_and_stays_within_its_limits(template):
    filled = template.fill(dict.fromkeys(template.fields.values(), "很长" * 30))
    assert set(filled) == set(template.fields)
    assert all(len(text) <= LIMITS[keyword.rstrip("0123456789")] for keyword, text in filled.items())


def test_a_missing_value_is_a_bug_not_an_empty_message():
    with pytest.raises(KeyError):
        TEMPLATES["adopted"].fill({"question": "茶具"})


def test_production_never_invents_a_template_id(settings):
    settings.PRODUCTION = True
    assert TEMPLATES["adopted"].wechat_id == ""
