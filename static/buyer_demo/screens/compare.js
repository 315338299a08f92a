// 比一比: rows are the buyer's own conditions, columns the answers.

import { get, post } from "../api.js";
import { avatar, button, h, icon, n, price, t, thumb, when } from "../dom.js";
import { meets } from "./question.js";

const MARK = { met: ["check", "bd-yes"], missed: ["x", "bd-no"], unknown: ["minus", "wx-mute"] };
const SHOWN = 3;

export const compare = async (id) => {
  const row = await get(`/questions/${id}`);
  const { answers } = row;
  if (!answers.length) return { title: t("compare_title"), back: `#/q/${id}`, live: true, body: h("div.wx-empty", h("p.wx-empty-title", t("answers_none"))) };
  const best = answers[0];
  const open = row.status === "answered" || row.status === "dispatched";
  const adopt = (answer) => async () => {
    const { conversation_id: conversation } = await post(`/answers/${answer.id}/adopt`);
    location.hash = `#/chat/${conversation}`;
  };
  return {
    title: t("answers_title", { n: answers.length }),
    back: `#/q/${id}`,
    live: true,
    body: [table(answers.slice(0, SHOWN)), answers.map((answer) => full(answer, open ? adopt(answer) : null))],
    foot: open ? [h("a.wx-btn.wx-btn-line.wx-btn-lg", { href: `#/q/${id}` }, t("none_fits")), button(t("talk_to", { name: best.shop.name }), "wx-btn-primary wx-btn-lg wx-grow", adopt(best))] : null,
  };
};

const table = (answers) => {
  const { conditions } = answers[0];
  const best = (index) => (index === 0 && answers.length > 1 ? "wx-best" : "");
  const head = answers.map((answer, index) => h("th", { class: best(index), scope: "col" }, thumb(answer.cards?.[0]?.cover, answer.cards?.[0]?.title), h("b.wx-clip.wx-block", answer.shop.name), answer.cards?.[0] ? price(answer.cards[0].price_fen) : null, h("br"), meets(answer)));
  const rows = conditions.map((condition, position) =>
    h("tr", h("th", { scope: "row" }, n(condition.wish)), answers.map((answer, index) => cell(answer.conditions[position], best(index)))));
  return h("section.wx-ticket.bd-pad", h("h3", t("compare_heading")), h("table.bd-compare", h("thead", h("tr", h("td"), head)), h("tbody", rows)));
};

const cell = (condition, best) => {
  const [name, tone] = MARK[condition.verdict];
  return h("td", { class: `${best} ${tone}` }, icon(name), h("br"), n(condition.word));
};

const full = (answer, adopt) =>
  h(
    "section.wx-ticket.bd-pad",
    h("div.wx-row", avatar(answer.shop.name, answer.shop.logo), h("span.wx-grow", h("b.wx-block", answer.shop.name), h("span.wx-mute.bd-small", n(when(answer.visible_at)))), meets(answer)),
    h("p.wx-text.bd-gap", answer.text),
    answer.cards.map((card) => h("a.wx-pickline.bd-gap", { href: `#/buy/${card.quote_id}` }, thumb(card.cover, card.title), h("span.wx-grow", h("b.wx-clip.wx-block", card.title), h("span.wx-mute.bd-small.wx-block", card.sku_name), price(card.price_fen)), icon("chevron-right"))),
    answer.promises.length ? h("div.wx-promises.bd-gap", answer.promises.map((promise) => h("span.wx-tag", icon("check"), h("span", n(promise))))) : null,
    adopt ? h("div.bd-gap", button(t("talk_to", { name: answer.shop.name }), "wx-btn-soft wx-btn-block", adopt)) : null,
  );
