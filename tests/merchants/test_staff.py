import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import WeChatIdentity
from accounts.services import close_account
from core.errors import Conflict, Invalid, NotFound
from merchants import services
from merchants.errors import RoleForbidden, StaffBindingInvalid
from merchants.models import Membership, Merchant, Role, StaffBinding
from merchants.selectors import roles_to_give, staff_of
from tests.accounts.factories import make_user, sign_in

from .factories import make_member, make_merchant, make_ops, owner_of

pytestmark = pytest.mark.django_db

STAFF = "/m/staff/"
ROLES = [role.value for role in Role]


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


@pytest.fixture
def owner(merchant) -> Membership:
    return owner_of(merchant)


def scan(token, openid="oa-new", unionid=""):
    return services.scan_staff_binding(token=token, openid=openid, unionid=unionid, event="SCAN")


@pytest.fixture
def invited(wechat, merchant, owner) -> tuple[StaffBinding, str]:
    return services.invite_staff(merchant=merchant, role="agent", by=owner)


@pytest.mark.parametrize(
    ("role", "given"),
    [
        ("owner", {"manager", "agent", "finance"}),
        ("manager", {"manager", "agent"}),
        ("agent", set()),
        ("finance", set()),
    ],
)
def test_role_gives_only_what_it_can_itself(merchant, owner, role, given):
    member = owner if role == "owner" else make_member(merchant, role)
    assert set(roles_to_give(member)) == given


def test_scan_of_a_code_makes_a_colleague(wechat, client, merchant, owner):
    """The whole way: code, phone, WeChat's push, membership, reachable."""
    binding, _token = services.invite_staff(merchant=merchant, role="agent", by=owner)
    wang = wechat.person("小王", follows=False)
    wang.scan(binding.qr_ticket)
    assert set(wechat.deliver(client)) == {200}
    member = merchant.memberships.get(role="agent")
    assert member.user.wechat_identities.get(kind="official_account").openid == wang.oa_openid
    assert [m.is_reachable for m in staff_of(merchant)] == [False, True]
    assert merchant.name in str(wang.messages())


def test_code_makes_one_colleague(invited, merchant):
    _binding, token = invited
    scan(token, "oa-1")
    for again in ("oa-1", "oa-2"):
        with pytest.raises(StaffBindingInvalid):
            scan(token, again)
    assert merchant.memberships.count() == 2


def test_colleague_who_scans_keeps_their_role_and_the_code(invited, merchant):
    _binding, token = invited
    known = make_user()
    WeChatIdentity.objects.create(user=known, kind="official_account", appid=_appid(), openid="oa-known")
    make_member(merchant, "finance", user=known)
    assert merchant.name in scan(token, "oa-known")
    assert merchant.memberships.get(user=known).role == "finance"
    scan(token, "oa-new")
    assert merchant.memberships.filter(role="agent").count() == 1


def _appid() -> str:
    return settings.WECHAT_OA_APPID


@pytest.mark.parametrize("token", ["", "x" * 43, "login-token"])
def test_forged_code_is_refused(token):
    with pytest.raises(StaffBindingInvalid):
        scan(token)
    assert not Membership.objects.exists()


def test_expired_code_is_refused(invited, merchant):
    StaffBinding.objects.update(expires_at=timezone.now())
    with pytest.raises(StaffBindingInvalid):
        scan(invited[1])
    assert merchant.memberships.count() == 1


def test_code_dies_with_its_makers_rights(wechat, merchant, owner):
    manager = make_member(merchant, "manager")
    _binding, token = services.invite_staff(merchant=merchant, role="manager", by=manager)
    services.change_role(membership=manager, role="agent", by=owner)
    with pytest.raises(StaffBindingInvalid):
        scan(token)
    services.remove_staff(membership=manager, by=owner)
    with pytest.raises(StaffBindingInvalid):
        scan(token)
    assert not merchant.memberships.filter(role="manager", removed_at=None).exists()


def test_closed_merchant_takes_nobody(invited, merchant):
    Merchant.objects.update(status="closed")
    with pytest.raises(StaffBindingInvalid):
        scan(invited[1])


def test_token_is_kept_as_a_hash(invited):
    assert invited[1] not in str(list(StaffBinding.objects.values()))


def test_without_wechat_no_code_is_left(wechat, merchant, owner):
    wechat.fault("error", "POST /cgi-bin/qrcode/create", count=5)
    with pytest.raises(Exception) as refusal:
        services.invite_staff(merchant=merchant, role="agent", by=owner)
    assert refusal.value.code == "wechat_unavailable"
    assert not StaffBinding.objects.exists()


@pytest.mark.parametrize("role", ["owner", "boss", ""])
def test_impossible_roles_are_not_invited(merchant, owner, role):
    with pytest.raises((Invalid, RoleForbidden)):
        services.invite_staff(merchant=merchant, role=role, by=owner)
    assert not StaffBinding.objects.exists()


def test_nobody_invites_for_another_merchant(merchant):
    with pytest.raises(NotFound):
        services.invite_staff(merchant=merchant, role="agent", by=owner_of(make_merchant()))


def test_binding_again_reaches_a_member_who_had_no_wechat(wechat, merchant, owner):
    member = make_member(merchant, user=make_user(wechat=False))
    _binding, token = services.rebind_staff(membership=member, by=owner)
    scan(token, "oa-wang")
    assert member.user.wechat_identities.get().openid == "oa-wang"
    assert {m.pk: m.is_reachable for m in staff_of(merchant)}[member.pk]


def test_binding_again_does_not_take_somebody_elses_wechat(wechat, merchant, owner):
    member = make_member(merchant, user=make_user(wechat=False))
    stranger = make_user()
    WeChatIdentity.objects.create(user=stranger, kind="official_account", appid=_appid(), openid="oa-x")
    _binding, token = services.rebind_staff(membership=member, by=owner)
    with pytest.raises(Conflict):
        scan(token, "oa-x")
    assert not member.user.wechat_identities.exists()
    assert WeChatIdentity.objects.get(openid="oa-x").user == stranger


def test_manager_does_not_bind_the_owner_again(merchant, owner):
    with pytest.raises(RoleForbidden):
        services.rebind_staff(membership=owner, by=make_member(merchant, "manager"))


@pytest.mark.parametrize("acting", ROLES)
@pytest.mark.parametrize("target", ROLES[1:])
@pytest.mark.parametrize("wanted", ROLES)
def test_who_may_change_whose_role_into_what(merchant, owner, acting, target, wanted):
    by = owner if acting == "owner" else make_member(merchant, acting)
    member = make_member(merchant, target)
    allowed = {"owner": {"manager", "agent", "finance"}, "manager": {"manager", "agent"}}.get(acting, set())
    if target in allowed and wanted in allowed:
        assert services.change_role(membership=member, role=wanted, by=by).role == wanted
    else:
        with pytest.raises(RoleForbidden):
            services.change_role(membership=member, role=wanted, by=by)
        member.refresh_from_db()
        assert member.role == target


def test_nobody_removes_owner_or_self(merchant, owner):
    manager = make_member(merchant, "manager")
    for target, by in ((owner, manager), (owner, owner), (manager, manager)):
        with pytest.raises(RoleForbidden):
            services.remove_staff(membership=target, by=by)
    assert not Membership.objects.exclude(removed_at=None).exists()


def test_removing_is_done_once_and_ends_access_at_once(merchant, owner):
    member = make_member(merchant, "manager")
    browser = sign_in(Client(), member.user)
    assert browser.get(STAFF).status_code == 200
    for _repeat in range(2):
        services.remove_staff(membership=member, by=owner)
    assert browser.get(STAFF).status_code == 404
    with pytest.raises(NotFound):
        services.change_role(membership=member, role="agent", by=owner)
    assert make_member(merchant, user=member.user).pk != member.pk  # They may come back.


def test_removed_manager_can_do_nothing_with_what_they_held(merchant, owner):
    manager, agent = make_member(merchant, "manager"), make_member(merchant)
    services.remove_staff(membership=manager, by=owner)
    with pytest.raises(NotFound):
        services.remove_staff(membership=agent, by=manager)
    agent.refresh_from_db()
    assert agent.removed_at is None


def test_merchant_has_one_owner(merchant):
    with pytest.raises(Conflict):
        services.add_member(merchant=merchant, user=make_user(), role="owner", by=None)
    assert merchant.memberships.count() == 1


# The page


def routes(member) -> list[tuple[str, str]]:
    base = f"{STAFF}{member.public_id}/"
    return [
        ("get", STAFF), ("post", f"{STAFF}invite/"), ("post", f"{base}role/"), ("post", f"{base}rebind/"), ("post", f"{base}remove/"),
        ("get", f"{STAFF}codes/{'x' * 20}/"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "open_to"), [("owner", True), ("manager", True), ("agent", False), ("finance", False)]
)
def test_role_matrix_of_the_staff_routes(wechat, merchant, owner, role, open_to):
    member = make_member(merchant, "agent")
    user = owner.user if role == "owner" else make_member(merchant, role).user
    browser = sign_in(Client(), user)
    for method, path in routes(member):
        status = getattr(browser, method)(path, {"role": "agent"} if method == "post" else None).status_code
        assert (status != 403) is open_to, (method, path, status)


def test_strangers_and_nobody_at_the_staff_routes(merchant):
    member = make_member(merchant, "agent")
    stranger, nobody = sign_in(Client(), make_user()), Client()
    for method, path in routes(member):
        assert getattr(stranger, method)(path).status_code == 404, path
        assert getattr(nobody, method)(path).url.startswith("/m/login/?next="), path
    fragment = nobody.post(f"{STAFF}invite/", headers={"HX-Request": "true"})
    assert fragment["HX-Redirect"].startswith("/m/login/")


def test_other_merchants_staff_are_not_found_and_nothing_moves(merchant):
    member = make_member(merchant, "agent")
    browser = sign_in(Client(), owner_of(make_merchant()).user)
    for method, path in routes(member)[2:]:
        data = {f"{member.public_id}-role": "manager"} if method == "post" else None
        assert getattr(browser, method)(path, data).status_code == 404, path
    member.refresh_from_db()
    assert (member.role, member.removed_at) == ("agent", None)
    assert not StaffBinding.objects.exists()


def test_page_changes_a_role_and_removes(merchant, owner):
    member = make_member(merchant, "agent")
    browser = sign_in(Client(), owner.user)
    browser.post(f"{STAFF}{member.public_id}/role/", {f"{member.public_id}-role": "finance"})
    member.refresh_from_db()
    assert member.role == "finance"
    assert browser.post(f"{STAFF}{member.public_id}/remove/", follow=True).status_code == 200
    member.refresh_from_db()
    assert member.removed_at is not None


def test_page_shows_a_code_and_notices_the_scan(wechat, merchant, owner):
    browser = sign_in(Client(), owner.user)
    shown = browser.post(f"{STAFF}invite/", {"role": "agent"}).content.decode()
    assert "<svg" in shown
    binding = StaffBinding.objects.get()
    poll = f"{STAFF}codes/{binding.public_id}/"
    assert poll in shown
    assert browser.get(poll).status_code == 204
    wechat.person("小王").scan(binding.qr_ticket)
    wechat.deliver(Client())
    assert browser.get(poll)["HX-Refresh"] == "true"


def test_page_says_what_it_refuses(wechat, merchant, owner):
    page = sign_in(Client(), owner.user).post(f"{STAFF}invite/", {"role": "owner"})
    assert "wx-note-error" in page.content.decode()
    assert not StaffBinding.objects.exists()


def test_staff_list_costs_the_same_for_one_and_three(merchant, owner):
    browser, counts = sign_in(Client(), owner.user), []
    for _size in range(2):
        with CaptureQueriesContext(connection) as seen:
            browser.get(STAFF)
        counts.append(len(seen))
        make_member(merchant)
        make_member(merchant, "manager")
    assert counts[0] == counts[1]


# Several merchants, closed ones, ops


def test_switching_between_two_merchants():
    user = make_user()
    first, second = make_merchant(owner=user), make_merchant(owner=user)
    browser = sign_in(Client(), user)
    names = {m.pk: make_member(m, user=make_user(f"同事{m.pk}")).user.nickname for m in (first, second)}
    assert names[first.pk] in browser.get(STAFF).content.decode()
    chosen = owner_of(second).public_id
    assert browser.post("/m/switch/", {"membership": chosen}).status_code == 302
    page = browser.get(STAFF).content.decode()
    assert names[second.pk] in page
    assert names[first.pk] not in page


@pytest.mark.parametrize("chosen", ["", "nonsense", None])
def test_switching_to_somebody_elses_merchant_is_not_found(chosen):
    user = make_user()
    make_merchant(owner=user)
    foreign = owner_of(make_merchant()).public_id if chosen is None else chosen
    browser = sign_in(Client(), user)
    assert browser.post("/m/switch/", {"membership": foreign}).status_code == 404
    assert "membership" not in browser.session


def test_closed_merchant_opens_no_dashboard_but_a_suspended_one_does(merchant, owner):
    browser = sign_in(Client(), owner.user)
    services.suspend_merchant(merchant=merchant, by=make_ops(), reason="核实资质")
    assert browser.get(STAFF).status_code == 200
    Merchant.objects.update(status="closed")
    assert browser.get(STAFF).status_code == 404


def test_closed_person_opens_nothing(merchant, owner):
    browser = sign_in(Client(), owner.user)
    close_account(user=owner.user, by=make_ops(), reason="欺诈")
    assert browser.get(STAFF).url.startswith("/m/login/")


def test_entering_leads_to_work_or_to_the_application(owner):
    assert sign_in(Client(), owner.user).get("/m/enter/").url == "/m/"
    assert sign_in(Client(), make_user()).get("/m/enter/").url == "/m/apply/"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_suspension_needs_a_reason(merchant, reason):
    with pytest.raises(Invalid):
        services.suspend_merchant(merchant=merchant, by=make_ops(), reason=reason)
    merchant.refresh_from_db()
    assert merchant.can_sell


def test_suspended_merchant_sells_nothing_until_it_is_reopened(merchant):
    ops = make_ops()
    for _repeat in range(2):
        services.suspend_merchant(merchant=merchant, by=ops, reason="核实资质")
    merchant.refresh_from_db()
    assert not merchant.can_sell
    services.reopen_merchant(merchant=merchant, by=ops, reason="已核实")
    merchant.refresh_from_db()
    assert merchant.can_sell


@pytest.mark.parametrize("rate", [-1, 3001])
def test_fee_rate_stays_within_wechats_ceiling(merchant, rate):
    with pytest.raises(Invalid):
        services.set_fee_rate(merchant=merchant, by=make_ops(), rate_bp=rate)
    assert Merchant.objects.get().fee_rate_bp == 0


@pytest.mark.parametrize(
    ("action", "data", "check"),
    [
        ("suspend", {"reason": "核实资质"}, lambda m: m.status == "suspended"),
        ("suspend", {"reason": ""}, lambda m: m.status == "active"),
        ("set_fee", {"rate_bp": "150"}, lambda m: m.fee_rate_bp == 150),
        ("set_fee", {"rate_bp": "4000"}, lambda m: m.fee_rate_bp == 0),
    ],
)
def test_desk_of_ops(merchant, action, data, check):
    desk = sign_in(Client(), make_ops())
    base = f"/ops/merchants/merchant/{merchant.pk}/"
    assert desk.get(f"{base}change/").status_code == 200
    asked = desk.get(f"{base}{action}", follow=True).request["PATH_INFO"]
    desk.post(asked, {"_form_submitted": "True", **data})
    assert check(Merchant.objects.get())
