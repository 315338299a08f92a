"use strict";
// The phone page. Every word that comes from outside is set as text, never as markup.

const phone = document.getElementById("phone");
const query = new URLSearchParams(location.search);
const CONVERSATIONS = {
  service: { name: "服务通知", face: "通", kind: "" },
  oa: { name: "微选", face: "微", kind: "" },
  pay: { name: "微信支付", face: "付", kind: "pay" },
};
const STATES = { 1: "待发货", 2: "已发货", 3: "已确认收货", 4: "已完成", 5: "已退款", 6: "待结算" };
const state = { me: null, messages: [], seen: {}, screen: "chats", open: "" };

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function icon(path) {
  const box = document.createElement("span");
  box.innerHTML = `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${path}"/></svg>`;
  return box.firstChild;
}
const ICONS = {
  back: "M15 5l-7 7 7 7",
  chats: "M4 5h16v11H9l-5 4z",
  scan: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16",
  me: "M12 12a4 4 0 100-8 4 4 0 000 8zM4 21c0-4 4-6 8-6s8 2 8 6",
};

async function call(path, body) {
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(path, options);
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.error || "沙箱没有回答");
  return result;
}
const mine = (what, body) => call(`/phone/api/people/${state.me.id}/${what}`, body);

function attempt(work) {
  return async (event) => {
    event?.preventDefault();
    try {
      await work(event);
    } catch (error) {
      toast(error.message);
    }
  };
}

function toast(text) {
  phone.querySelector(".toast")?.remove();
  const node = h("div", { class: "toast", role: "status" }, text);
  phone.append(node);
  setTimeout(() => node.remove(), 3500);
}

const yuan = (fen) => (fen / 100).toFixed(2);
function clockText(seconds) {
  const moment = new Date(seconds * 1000);
  const time = moment.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  const today = new Date().toDateString() === moment.toDateString();
  return today ? time : `${moment.getMonth() + 1}月${moment.getDate()}日 ${time}`;
}

function bar(title, { back, right } = {}) {
  const left = back ? h("button", { "aria-label": "返回", onclick: back }, icon(ICONS.back)) : h("span");
  return h("header", { class: "bar" }, left, h("h2", {}, title), right || h("span"));
}

function go(screen, open = "") {
  Object.assign(state, { screen, open });
  render();
}

// Whose phone

async function choose() {
  const { people } = await call("/phone/api/people");
  const name = h("input", { class: "field", name: "nickname", required: true, maxlength: 20, placeholder: "昵称", "aria-label": "昵称", autocomplete: "off" });
  const follows = h("input", { type: "checkbox", name: "follows" });
  const create = attempt(async () => take(await call("/phone/api/people", { nickname: name.value, follows: follows.checked })));
  const rows = people.map((person) =>
    h("button", { class: "row", "data-person": person.id, onclick: () => take(person) },
      h("span", { class: "face plain" }, person.nickname.slice(0, 1)),
      h("span", { class: "grow" }, h("b", {}, person.nickname), h("small", {}, person.follows ? "已关注公众号" : "没关注公众号"))));
  phone.replaceChildren(
    bar("这是谁的手机"),
    h("div", { class: "body" },
      rows.length ? h("div", { class: "list" }, rows) : h("p", { class: "hint" }, "还没有人。先建一个。"),
      h("form", { class: "block", onsubmit: create },
        h("h3", {}, "新建一个人"), name,
        h("label", { class: "check" }, follows, "已关注公众号"),
        h("button", { class: "button main" }, "拿起这台手机"))));
}

function take(person) {
  state.me = person;
  sessionStorage.setItem("person", person.id);
  const address = new URL(location.href);
  address.searchParams.set("person", person.id);
  history.replaceState(null, "", address);
  state.messages = [];
  state.seen = JSON.parse(sessionStorage.getItem(`seen ${person.id}`) || "{}");
  enter();
  listen(person.id);
}

function putDown() {
  state.me = null;
  sessionStorage.removeItem("person");
  history.replaceState(null, "", "/phone/");
  choose();
}

async function listen(id) {
  while (state.me?.id === id) {
    try {
      const { messages, count } = await call(`/phone/api/people/${id}/messages?after=${state.messages.length}&wait=15`);
      if (state.me?.id !== id) return;
      if (count < state.messages.length) state.messages = [];
      state.messages.push(...messages);
      if (messages.length && ["chats", "chat"].includes(state.screen)) render();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

async function refresh() {
  state.me = await call(`/phone/api/people/${state.me.id}`);
}

// Screens

function render() {
  if (!state.me) return choose();
  const screens = { chats, chat, scan, me };
  return screens[state.screen]();
}

function frame(head, body, ...more) {
  const old = phone.querySelector(".body");
  const kept = old && old.dataset.screen === state.screen + state.open ? old.scrollTop : null;
  const content = h("div", { class: "body", "data-screen": state.screen + state.open }, body);
  phone.replaceChildren(head, content, ...more);
  return { content, kept };
}

function tabs() {
  const names = { chats: "微信", scan: "扫一扫", me: "我" };
  const unread = Object.keys(CONVERSATIONS).reduce((sum, key) => sum + unseen(key), 0);
  return h("nav", { class: "tabs" }, Object.entries(names).map(([screen, name]) =>
    h("button", { "aria-current": state.screen === screen ? "page" : null, onclick: () => go(screen) },
      icon(ICONS[screen]), name, screen === "chats" && unread ? h("span", { class: "badge" }, String(unread)) : "")));
}

const of = (account) => state.messages.filter((message) => message.account === account);
const unseen = (account) => of(account).slice(state.seen[account] || 0).filter((message) => !message.mine).length;

function chats() {
  const rows = Object.entries(CONVERSATIONS).map(([account, about]) => {
    const last = of(account).at(-1);
    const text = last ? last.title || last.text : account === "oa" && !state.me.follows ? "还没关注" : "没有消息";
    return h("button", { class: "row", "data-conversation": account, onclick: () => go("chat", account) },
      h("span", { class: `face ${about.kind}` }, about.face),
      h("span", { class: "grow" }, h("b", {}, about.name), h("small", {}, text)),
      unseen(account) ? h("span", { class: "badge" }, String(unseen(account))) : last ? h("time", {}, clockText(last.sent)) : "");
  });
  rows.push(h("a", { class: "row", href: safe(state.me.mini_program), target: "_blank", rel: "noopener" },
    h("span", { class: "face mini" }, "选"),
    h("span", { class: "grow" }, h("b", {}, "微选小程序"), h("small", {}, "打开小程序"))));
  const whose = h("button", { class: "right", onclick: putDown, "aria-label": `${state.me.nickname}，换人` }, "换人");
  frame(bar(`${state.me.nickname}的微信`, { right: whose }), h("div", { class: "list" }, rows), tabs());
}

function chat() {
  const account = state.open;
  const rows = of(account);
  state.seen[account] = rows.length;
  sessionStorage.setItem(`seen ${state.me.id}`, JSON.stringify(state.seen));
  const items = rows.flatMap((message, index) => {
    const apart = index === 0 || message.sent - rows[index - 1].sent > 60;
    return [apart ? h("p", { class: "when" }, clockText(message.sent)) : "", show(message)];
  });
  const body = h("div", {}, items.length ? items : h("p", { class: "hint" }, "没有消息。"));
  const writes = account === "service" || (account === "oa" && state.me.follows);
  const draft = phone.querySelector(".compose input")?.value || "";
  const { content, kept } = frame(bar(CONVERSATIONS[account].name, { back: () => go("chats") }), body, writes ? compose(account, draft) : "");
  content.scrollTop = kept ?? content.scrollHeight;
}

function compose(account, draft) {
  const text = h("input", { class: "field", "aria-label": "消息", placeholder: "说点什么", maxlength: 600, autocomplete: "off" });
  text.value = draft;
  const send = attempt(async () => {
    if (!text.value.trim()) return;
    await mine("messages", { account, text: text.value });
    text.value = "";
  });
  return h("form", { class: "compose", onsubmit: send }, text, h("button", { class: "button main" }, "发送"));
}

function show(message) {
  if (!message.title && !message.fields.length) {
    return h("div", { class: message.mine ? "bubble mine" : "bubble" }, h("p", {}, message.text));
  }
  const amount = message.kind === "payment" ? message.fields.find(([label]) => label === "金额") : null;
  const fields = message.fields.filter((pair) => pair !== amount).flatMap(([label, value]) => [h("dt", {}, label), h("dd", {}, value)]);
  const card = h("article", { class: "card", "data-kind": message.kind, "data-template": message.template_id },
    h("div", {}, h("h3", {}, message.title), amount ? h("p", { class: "amount num" }, amount[1]) : "", h("dl", {}, fields)));
  if (message.kind === "shipping" || message.kind === "receive") {
    const confirm = attempt(async () => {
      await mine("receive", { transaction_id: message.text });
      toast("已确认收货");
    });
    card.append(h("button", { class: "go", onclick: confirm }, "确认收货", h("span", {}, "›")));
  } else if (message.open) {
    const name = message.mini_path ? "进入小程序查看" : "查看详情";
    card.append(h("a", { class: "go", href: safe(message.open), target: "_blank", rel: "noopener" }, name, h("span", {}, "›")));
  }
  return card;
}

const safe = (address) => (/^https?:\/\//.test(address) ? address : "#");

async function scan() {
  const text = h("input", { class: "field", "aria-label": "二维码内容", placeholder: "粘贴二维码里的文字或场景值", autocomplete: "off" });
  const read = attempt(async () => {
    if (text.value.trim()) found(await mine("scan", { text: text.value.trim() }));
  });
  frame(bar("扫一扫"), h("div", {},
    h("form", { class: "block", onsubmit: read }, text, h("button", { class: "button main wide" }, "扫")),
    h("div", { class: "block" }, h("h3", {}, "最近的二维码"), h("div", { class: "recent" }))), tabs());
  const { codes } = await call("/phone/api/codes");
  const rows = codes.filter((code) => code.account !== "link").map((code) =>
    h("button", { class: "row", onclick: attempt(async () => found(await mine("scan", { ticket: code.ticket }))) },
      h("span", { class: "face plain" }, "码"),
      h("span", { class: "grow" }, h("b", {}, code.account === "oa" ? "公众号二维码" : "小程序码"), h("small", {}, code.scene))));
  phone.querySelector(".recent")?.replaceChildren(rows.length ? h("div", { class: "list" }, rows) : h("p", { class: "hint" }, "还没有。网页上出现二维码后，会列在这里。"));
}

async function found(result) {
  await refresh();
  if (result.opened) {
    window.open(result.opened, "_blank", "noopener");
    return go("chats");
  }
  finish("扫好了", result.event === "subscribe" ? "已关注公众号。" : "回到网页看看。");
}

function finish(title, text, bad = false, after = () => go("chats")) {
  state.screen = "done";
  phone.replaceChildren(bar(""), h("div", { class: "done" },
    h("span", { class: bad ? "mark bad" : "mark", "aria-hidden": "true" }, bad ? "!" : "✓"),
    h("h3", {}, title), h("p", {}, text), h("button", { class: "button", onclick: after }, "好")));
}

async function me() {
  await refresh();
  const { orders } = await mine("orders");
  const toggle = attempt(async () => {
    await mine(state.me.follows ? "unfollow" : "follow", {});
    me();
  });
  const block = attempt(async () => {
    await mine("block", { blocks: !state.me.blocks });
    me();
  });
  const credits = Object.entries(state.me.credits).filter(([, count]) => count > 0);
  const bought = orders.map((order) => h("div", { class: "row" },
    h("span", { class: "grow" }, h("b", {}, order.description), h("small", {}, `${order.payee} · ¥${yuan(order.total)} · ${STATES[order.order_state]}`)),
    order.can_receive ? h("button", { class: "button", onclick: attempt(async () => { await mine("receive", { transaction_id: order.transaction_id }); me(); }) }, "确认收货") : ""));
  frame(bar("我"), h("div", {},
    h("div", { class: "list" }, h("div", { class: "row" },
      h("span", { class: "face" }, state.me.nickname.slice(0, 1)),
      h("span", { class: "grow" }, h("b", {}, state.me.nickname), h("small", {}, `${state.me.phone} · ${state.me.follows ? "已关注公众号" : "没关注公众号"}`)))),
    h("div", { class: "block" },
      h("button", { class: "button", onclick: toggle }, state.me.follows ? "取消关注公众号" : "关注公众号"),
      state.me.follows ? h("button", { class: "button", onclick: block }, state.me.blocks ? "恢复接收公众号消息" : "拒收公众号消息") : "",
      h("h3", {}, "买过的"), bought.length ? h("div", { class: "list" }, bought) : h("p", { class: "hint" }, "还没付过款。"),
      h("h3", {}, "订阅次数"), credits.length ? credits.map(([id, count]) => h("p", {}, `${id}：${count} 次`)) : h("p", { class: "hint" }, "没有可用的订阅。在小程序里点同意，一次算一条。"),
      h("button", { class: "button", onclick: putDown }, "换一个人"))), tabs());
}

// What a link or a client opened the phone for

function enter() {
  if (location.pathname === "/phone/scan" && query.get("ticket")) return arrive();
  if (location.pathname === "/phone/pay" && query.get("prepay_id")) return paySheet();
  if (location.pathname === "/phone/subscribe" && query.get("template_id")) return subscribeSheet();
  return go("chats");
}

function arrive() {
  state.screen = "arrive";
  const read = attempt(async () => found(await mine("scan", { ticket: query.get("ticket") })));
  const words = state.me.follows ? ["扫到公众号的二维码", "用这台手机确认？", "确认"] : ["微选 · 公众号", "关注后继续。", "关注公众号"];
  phone.replaceChildren(bar("扫码结果"), h("div", { class: "done" },
    h("span", { class: "mark", "aria-hidden": "true" }, "微"),
    h("h3", {}, words[0]), h("p", {}, `${state.me.nickname}，${words[1]}`),
    h("button", { class: "button main", onclick: read }, words[2]),
    h("button", { class: "button", onclick: putDownHere }, "换一个人扫")));
}

function putDownHere() {
  state.me = null;
  sessionStorage.removeItem("person");
  choose();
}

async function paySheet() {
  state.screen = "pay";
  let sheet;
  try {
    sheet = await call(`/phone/api/pay?prepay_id=${encodeURIComponent(query.get("prepay_id"))}`);
  } catch (error) {
    return finish("付不了", error.message, true);
  }
  const problems = { SUCCESS: "这笔已经付过了", REFUND: "这笔已经退款", CLOSED: "订单已关闭", EXPIRED: "付款单过期了" };
  if (problems[sheet.state]) return report(problems[sheet.state], "", true);
  const signed = Object.fromEntries(["timeStamp", "nonceStr", "signType", "paySign"].filter((name) => query.has(name)).map((name) => [name, query.get(name)]));
  const answer = (outcome) => attempt(async () => {
    const { result } = await mine("pay", { prepay_id: sheet.prepay_id, outcome, ...signed });
    const texts = { success: ["支付成功", `¥${yuan(sheet.total)}`, false], cancel: ["没有付款", "你取消了支付。", true], insufficient: ["没付成", "零钱余额不足。", true] };
    report(...texts[outcome], result);
  });
  const lines = sheet.descriptions.map((text, index) => h("li", {}, h("span", {}, text), h("span", {}, sheet.payees[index])));
  phone.replaceChildren(h("div", { class: "veil" }, h("section", { class: "sheet", "aria-label": "支付" },
    h("p", { class: "payee" }, `付给 ${[...new Set(sheet.payees)].join("、")}`),
    h("p", { class: "total num" }, h("span", {}, "¥"), yuan(sheet.total)),
    h("ul", {}, lines),
    h("button", { class: "button main wide", onclick: answer("success") }, "确认支付"),
    h("button", { class: "button wide", onclick: answer("cancel") }, "取消"),
    h("button", { class: "button wide", onclick: answer("insufficient") }, "试试余额不足"))));
}

function report(title, text, bad, result = "requestPayment:fail") {
  window.opener?.postMessage({ source: "wechat-sandbox", prepay_id: query.get("prepay_id"), result }, "*");
  const home = wayBack();
  finish(title, text, bad, home ? () => location.assign(home) : () => go("chats"));
}

// Where the client wants to go on: only an address of the machine that this page comes from.
function wayBack() {
  const home = query.get("return") && new URL(query.get("return"), location.href);
  return home && home.hostname === location.hostname ? home : null;
}

// wx.requestSubscribeMessage: what is ticked is one message each.
async function subscribeSheet() {
  state.screen = "subscribe";
  const ids = query.getAll("template_id").slice(0, 3);
  const { templates } = await call(`/phone/api/templates?${new URLSearchParams(ids.map((id) => ["id", id]))}`);
  const ticks = templates.map(({ id }) => h("input", { type: "checkbox", value: id, checked: true }));
  const answer = (allowed) => attempt(async () => {
    const wanted = allowed ? ticks.filter((tick) => tick.checked).map((tick) => tick.value) : [];
    if (wanted.length) await mine("subscribe", { template_ids: wanted });
    const home = wayBack();
    if (!home) return finish(wanted.length ? "已允许" : "没有允许", "", !wanted.length);
    home.searchParams.set("subscribed", wanted.join(","));
    location.assign(home);
  });
  phone.replaceChildren(h("div", { class: "veil" }, h("section", { class: "sheet", "aria-label": "订阅消息" },
    h("h3", {}, "微选 申请给你发消息"),
    h("p", { class: "hint" }, "勾选的每项可以发一条，在服务通知里看。"),
    h("div", {}, templates.map(({ title }, index) => h("label", { class: "check" }, ticks[index], title))),
    h("button", { class: "button main wide", onclick: answer(true) }, "允许"),
    h("button", { class: "button wide", onclick: answer(false) }, "拒绝"))));
}

async function begin() {
  const wanted = query.get("person") || sessionStorage.getItem("person") || (await payer());
  try {
    if (wanted) return take(await call(`/phone/api/people/${encodeURIComponent(wanted)}`));
  } catch {
    sessionStorage.removeItem("person");
  }
  return choose();
}

async function payer() {
  if (location.pathname !== "/phone/pay") return "";
  try {
    return (await call(`/phone/api/pay?prepay_id=${encodeURIComponent(query.get("prepay_id") || "")}`)).payer?.id;
  } catch {
    return "";
  }
}

begin();
