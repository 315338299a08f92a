"""What is dear to find out is found out once in a while; each time while Redis is away."""

from core.cache import remembered


def found_out() -> list[int]:
    numbers = iter((1, 2))
    return [remembered("tea", 60, lambda: next(numbers)) for _ in range(2)]


def test_it_is_found_out_once():
    assert found_out() == [1, 1]


def test_it_is_found_out_each_time_while_redis_is_away(no_redis):
    assert found_out() == [1, 2]
