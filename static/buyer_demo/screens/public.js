// What helped others, and letting what helped me help others.

import { del, get, list, post, put } from "../api.js";
import { avatar, button, h, icon, n, price, t, thumb } from "../dom.js";
import { askWith } from "../draft.js";

// Of the text of consent below; a change of its words is a new version.
const CONSENT_VERSION = "2026-11";
const SHORTEST = 2, PAUSE = 350, MOST = 3;
const reload = () => dispatchEvent(new HashChangeEvent("hashchange"));

export const badge = (row) => (row ? h("span.wx-tag.wx-tag-green", icon("rosette-discount-check"), n(row.words)) : null);

/** A line that leads to a public answer. */
export const publicLine = (row) =>
  h("a.wx-item.bd-public", { href: `#/public/${row.id}` }, h("span.wx-grow", h("b.wx-clip2", n(row.question)), h("span.wx-clip.wx-block.wx-ink2.bd-small", row.shop.name, "：", n(row.text)), h("span.bd-tags.bd-small.wx-mute", row.helped ? n(t("helped_people", { n: row.helped })) : null, badge(row.badge))), icon("chevron-right"));

/** Similar questions below `box`, a moment after each pause in typing. */
export const alike = (box) => {
  const place = h("section", { "aria-live": "polite" });
  let timer = 0, turn = 0;
  const look = async () => {
    const words = box.value.trim(), mine = ++turn;
    const rows = words.length < SHORTEST ? [] : await list(`/public-questions?limit=${MOST}&q=${encodeURIComponent(words)}`).catch(() => []);
    if (mine === turn) place.replaceChildren(...(rows.length ? [h("h3.bd-heading", t("alike")), ...rows.map(publicLine)] : []));
  };
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  if (box.value) look();
  return place;
};

export const publicAnswer = async (id) => {
  const row = await get(`/public-questions/${id}`);
  const say = async (helped) => {
    await (row.my_feedback === helped ? del(`/public-questions/${id}/feedback`) : put(`/public-questions/${id}/feedback`, { helped }));
    reload();
  };
  const voice = (helped, name, label) => {
    const element = button("", "wx-btn-line", () => say(helped));
    element.setAttribute("aria-pressed", String(row.my_feedback === helped));
    element.classList.toggle("wx-btn-soft", row.my_feedback === helped);
    element.replaceChildren(icon(name), h("span", label));
    return element;
  };
  return {
    title: t("public_title"),
    back: "#/",
    body: [
      h("article.wx-ticket", h("h2.wx-ticket-top", n(row.question)), h("div.bd-pad.bd-stack", h("div.wx-row", avatar(row.shop.name, row.shop.logo), h("span.wx-grow", h("b.wx-block", row.shop.name), h("span.wx-mute.bd-small", row.persona_name))), h("div.bd-tags", row.automatic ? h("span.wx-tag", t("automatic")) : null, badge(row.badge)), h("p.wx-text", n(row.text)), row.products.map(product))),
      // Who may not say whether it helped is not asked.
      row.can_judge || row.helped ? h("section.wx-ticket.bd-pad.bd-stack", h("div.wx-between", row.can_judge ? h("b", t("did_it_help")) : null, row.helped ? h("span.wx-mute.bd-small", n(t("helped_people", { n: row.helped }))) : null), row.can_judge ? h("div.wx-row", voice(true, "thumb-up", t("it_helped")), voice(false, "thumb-down", t("it_did_not"))) : null) : null,
    ],
    foot: [button(t("ask_alike"), "wx-btn-primary wx-btn-lg wx-grow", () => askWith(row.question))],
  };
};

const STOCK = { in_stock: "", low: "stock_low", sold_out: "stock_out" };
const product = (one) =>
  h("div.wx-order-line", thumb(one.cover, one.title, "s"), h("span.wx-grow", h("b.wx-clip.wx-block", one.title), h("span.wx-mute.bd-small", one.sku_name, " ", one.on_sale ? (STOCK[one.stock_state] ? t(STOCK[one.stock_state]) : "") : t("off_sale"))), one.on_sale ? price(one.price_fen) : null);

/** The words as everybody would read them, and the buyer's yes, or its taking back. */
export const publish = async (answerId) => {
  const path = `/answers/${answerId}/publication`;
  let row = await get(path);
  if (row.can_propose || row.status === "proposed") row = await post(path);
  return row.status === "proposed" ? decide(path, row) : decided(path, row);
};

const decide = (path, row) => {
  const words = h("textarea.wx-input", { id: "public-words", rows: 4, maxLength: 500 });
  words.value = row.question;
  return {
    title: t("publish_title"),
    back: "#/me",
    body: [
      h("p.bd-strong", t("publish_ask")),
      h("p.wx-mute.bd-small", t("publish_hint")),
      h("section.wx-ticket.bd-pad.wx-field", h("label", { for: "public-words" }, t("publish_question")), words),
      h("section.wx-ticket.bd-pad", h("h3", t("publish_answer")), h("p.wx-text", n(row.text))),
    ],
    foot: [button(t("give_up_publishing"), "wx-btn-line wx-btn-lg", async () => { await del(path); location.hash = "#/me"; }), button(t("publish_yes"), "wx-btn-primary wx-btn-lg wx-grow", async () => { await put(path, { question: words.value.trim(), version: CONSENT_VERSION }); reload(); })],
  };
};

const decided = (path, row) => {
  const state = { none: "publish_closed", checking: "publish_checking", public: "publish_public", refused: "publish_refused", withdrawn: "publish_withdrawn", taken_down: "publish_taken_down" }[row.status];
  const live = row.status === "checking" || row.status === "public";
  return {
    title: t("publish_title"),
    back: "#/me",
    live: row.status === "checking",
    body: [h("p.bd-strong", n(t(state === "publish_public" && !row.helped ? "publish_state_public" : state, { n: row.helped, reason: row.reason }))), live ? h("article.wx-ticket", h("h2.wx-ticket-top", n(row.question)), h("p.bd-pad.wx-text", n(row.text))) : null, row.public_id && row.status === "public" ? h("a.wx-btn.wx-btn-line", { href: `#/public/${row.public_id}` }, t("publish_look")) : null],
    foot: live ? [h("span.wx-grow"), button(t("publish_back"), "wx-btn-line wx-btn-lg", async () => { await del(path); reload(); })] : null,
  };
};

const STATES = { none: "publish_none", proposed: "publish_none", checking: "publish_state_checking", public: "publish_state_public", refused: "publish_state_refused", withdrawn: "publish_none", taken_down: "publish_state_gone" };

/** The buyer's chosen answers, for their own page: whether each helps others. */
export const ownPublications = (rows) => {
  const shown = rows.filter((row) => row.can_propose || !["none", "proposed"].includes(row.status)).slice(0, 8);
  if (!shown.length) return null;
  return h("section", h("h3.bd-heading", t("publish_mine")), shown.map((row) => h("a.wx-item", { href: `#/publish/${row.answer_id}` }, avatar(row.shop.name, row.shop.logo), h("span.wx-grow", h("span.wx-clip.wx-block", row.text), h("span.wx-mute.bd-small", t(STATES[row.status]), row.helped ? [" · ", n(t("helped_people", { n: row.helped }))] : null)), icon("chevron-right"))));
};

/** Asked once the answer was chosen, or the goods are there. */
export const invitePublishing = (answerId) =>
  h("section.wx-ticket.bd-pad.bd-stack", h("b", t("publish_title")), h("p.wx-mute.bd-small", t("publish_ask")), h("a.wx-btn.wx-btn-line", { href: `#/publish/${answerId}` }, t("publish_preview")));
