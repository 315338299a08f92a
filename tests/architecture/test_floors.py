"""Foreign keys point down only: string references escape the import linter."""

import pytest
from django.apps import apps

FLOORS = [
    {"core"},
    {"wechat"},
    {"accounts"},
    {"payments", "notifications"},
    {"merchants"},
    {"shops"},
    {"orders"},
    {"crm"},
    {"chat"},
    {"qa"},
    {"weixuan"},
]
HEIGHT = {label: height for height, floor in enumerate(FLOORS) for label in floor}


def relations():
    for model in apps.get_models():
        if model._meta.app_label in HEIGHT:
            for field in model._meta.get_fields():
                if field.is_relation and not field.auto_created and field.related_model:
                    yield model._meta.app_label, str(field), field.related_model._meta.app_label


def test_every_app_of_ours_has_a_floor():
    ours = {config.label for config in apps.get_app_configs() if "site-packages" not in config.path}
    assert ours == set(HEIGHT)


@pytest.mark.parametrize(("owner", "field", "target"), list(relations()))
def test_foreign_keys_point_down(owner, field, target):
    if target in HEIGHT:
        assert owner == target or HEIGHT[target] < HEIGHT[owner], f"{field} points up to {target}"
