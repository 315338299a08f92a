"""Windows for the journeys."""

import pytest

NARROW, WIDE = (390, 844), (1280, 800)


@pytest.fixture
def open_window(chromium):
    """`open_window(size=WIDE) -> Page`: a window with cookies of its own, so each is another person.

    The test fails at its end on any console error or uncaught exception in any of its windows.
    """
    contexts, errors = [], []

    def note(message):
        if message.type == "error":
            errors.append(f"{message.text} ({message.location.get('url')})")

    def open_one(size=WIDE):
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        # Of the context, so that pages which links open are heard too.
        context.on("console", note)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert not errors, errors
