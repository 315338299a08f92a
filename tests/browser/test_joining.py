"""From an invite code to a shop with a colleague: two windows, a phone, and ops' desk."""

import os
import re
from pathlib import Path

import pytest
from django.test import Client

from merchants.models import Application, InviteCode, Membership
from tests.accounts.factories import make_user
from tests.browser.conftest import NARROW
from tests.browser.test_face import elsewhere
from tests.merchants.factories import FACTS, make_codes, picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wechat(wechat, settings, live_server):
    settings.SANDBOX_PUBLIC_URL, settings.PUBLIC_URL, settings.WEBSOCKET_URL = wechat.url, live_server.url, ""
    return wechat


def shoot(page, name: str) -> None:
    """With SHOTS=folder the pages come out as pictures too."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def scan_shown(page, wechat, person, box: str) -> None:
    link = page.locator(f"{box} a[href*='/phone/scan']")
    link.wait_for()
    ticket = re.search(r"ticket=([^&]+)", link.get_attribute("href"))[1]
    person.scan(ticket)
    elsewhere(wechat.deliver, Client())


def test_from_invite_code_to_a_colleague(wechat, live_server, open_window):
    zhou, wang = wechat.person("周山南", follows=False), wechat.person("小王", follows=False)
    page = open_window(NARROW)
    bring_code(page, live_server, make_codes()[0])
    shoot(page, "login-390")
    scan_shown(page, wechat, zhou, "#qr")
    page.wait_for_url("**/m/apply/")
    apply(page)
    assert Application.objects.get().status == "submitted"

    approve(ops_desk(live_server, open_window, "/ops/merchants/application/"))
    assert Application.objects.get().status == "approved"

    page.goto(f"{live_server.url}/m/staff/")
    invite(page, lambda: scan_shown(page, wechat, wang, "#staff-code"))
    promote_and_remove(page)


def bring_code(page, live_server, code: str) -> None:
    """An invite code's link: the code leaves the address and leads to the login."""
    page.goto(f"{live_server.url}/m/apply/#{code}")
    assert page.input_value("#id_code") == code
    assert code not in page.url
    shoot(page, "apply-390")
    page.click("main form button")
    page.wait_for_url("**/m/login/**")
    page.locator("#qr .wx-qr svg").wait_for()


def apply(page) -> None:
    """Facts, three documents, and off to the review."""
    page.click("main form button")
    page.wait_for_url("**/facts/")
    shoot(page, "facts-390")
    for name, value in FACTS.items():
        field = page.locator(f"[name={name}]")
        field.select_option(value) if name == "kind" else field.fill(value)
    page.get_by_label("开户银行").select_option("杭州银行")
    page.get_by_label("开户城市").select_option("杭州市")
    page.get_by_label("开户支行").select_option(index=1)
    page.click("text=保存并继续")
    page.wait_for_url("**/documents/")
    shoot(page, "documents-empty-390")
    for number, kind in enumerate(("licence", "id_front", "id_back"), 1):
        page.select_option("[name=kind]", kind)
        page.set_input_files("[name=image]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture().read()})
        page.click("text=上传")
        page.locator(f".wx-papers figure:nth-child({number})").wait_for()
    shoot(page, "documents-390")
    page.click("text=提交审核")
    page.wait_for_url(re.compile(r"/m/apply/\w+/$"))
    shoot(page, "application-390")


def ops_desk(live_server, open_window, path: str):
    """A window of ops, signed in, at `path`."""
    ops = make_user("运营", wechat=False, is_staff=True, is_superuser=True, username="ops.one")
    ops.set_password("correct horse battery")
    ops.save()
    desk = open_window()
    desk.goto(f"{live_server.url}/ops/login/?next={path}")
    desk.fill("[name=username]", "ops.one")
    desk.fill("[name=password]", "correct horse battery")
    desk.click("[type=submit]")
    desk.wait_for_url(f"**{path}")
    return desk


def approve(desk) -> None:
    shoot(desk, "ops-applications")
    desk.click("text=山南茶器")
    shoot(desk, "ops-application")
    desk.click("text=通过")
    desk.locator("#dialog-form").wait_for()
    shoot(desk, "ops-approve")
    desk.locator("#dialog button[type=submit]").click()
    desk.locator("text=已通过").first.wait_for()


def invite(page, scan) -> None:
    """Show the code for an agent; `scan` is what the colleague does with it."""
    shoot(page, "staff-390")
    page.click("[data-dialog='#invite']")
    page.locator("#invite select").select_option("agent")
    page.click("text=出示二维码")
    page.locator("#staff-code .wx-qr svg").wait_for()
    shoot(page, "staff-code-390")
    scan()
    page.locator(".wx-table tbody tr:nth-child(2)").wait_for()
    shoot(page, "staff-two-390")


def promote_and_remove(page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    shoot(page, "staff-1280")
    row = page.locator(".wx-table tbody tr:nth-child(2)")
    row.locator("select").select_option("manager")
    page.locator("[data-toast]").wait_for()
    assert Membership.objects.filter(role="manager").count() == 1
    row.locator("text=移除").click()
    page.locator("#confirm [value=yes]").click()
    page.wait_for_function("document.querySelectorAll('.wx-table tbody tr').length == 1")
    assert Membership.objects.filter(removed_at=None).count() == 1


def test_ops_issue_and_print_codes(wechat, live_server, open_window):
    desk = ops_desk(live_server, open_window, "/ops/merchants/invitebatch/add/")
    desk.fill("[name=name]", "杭州茶博会")
    desk.fill("[name=channel]", "展会")
    desk.fill("[name=quota]", "4")
    desk.fill("[name=expires_at_0]", "2027-06-30")
    desk.fill("[name=expires_at_1]", "23:59:59")
    shoot(desk, "ops-batch")
    desk.click("[name=_save]")
    desk.locator(".code-card").first.wait_for()
    shoot(desk, "ops-codes")
    assert desk.locator(".code-card svg").count() == 4
    desk.emulate_media(media="print")
    shoot(desk, "ops-codes-print")
    desk.emulate_media(media="screen")
    desk.click("text=好了，不再保留")
    desk.wait_for_url("**/invitebatch/")
    shoot(desk, "ops-batches")
    assert InviteCode.objects.count() == 4
