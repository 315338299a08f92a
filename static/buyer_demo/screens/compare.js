// 比一比: rows are the buyer's own conditions, columns the answers that were kept, or the best while none is.

import { del, get, post, put } from "../api.js";
import { blockButton } from "../block.js";
import { avatar, button, h, icon, n, price, t, thumb, when } from "../dom.js";
import { meets } from "./question.js";

const MARK = { met: ["check", "bd-yes"], missed: ["x", "bd-no"], unknown: ["minus", "wx-mute"], fact: [null, "wx-ink2"] };
const reload = () => dispatchEvent(new HashChangeEvent("hashchange"));

export const compare = async (id) => {
  const [row, side] = await Promise.all([get(`/questions/${id}`), get(`/questions/${id}/compare`)]);
  const { answers } = row;
  if (!answers.length) return { title: t("compare_title"), back: `#/q/${id}`, live: true, body: h("div.wx-empty", h("p.wx-empty-title", t("answers_none"))) };
  const best = side.answers.find((one) => one.id === side.best_id) ?? side.answers[0];
  const open = row.status === "answered" || row.status === "dispatched";
  const adopt = (answer) => async () => {
    const { conversation_id: conversation } = await post(`/answers/${answer.id}/adopt`);
    location.hash = `#/chat/${conversation}`;
  };
  return {
    title: t("answers_title", { n: answers.length }),
    back: `#/q/${id}`,
    live: true,
    body: [side.answers.length > 1 || side.shortlisted ? table(side) : null, answers.map((answer) => full(answer, open ? adopt(answer) : null, answers.length > 1 && open)), open ? h("p.wx-mute.bd-small", t("choose_hint")) : null],
    foot: open ? [h("a.wx-btn.wx-btn-line.wx-btn-lg", { href: `#/q/${id}/none` }, t("none_fits")), button(t("talk_to", { name: best.shop.name }), "wx-btn-primary wx-btn-lg wx-grow", adopt(best))] : null,
  };
};

const automatic = (answer) => (answer.automatic ? h("span.wx-tag", icon("bolt"), h("span", t("automatic"))) : null);

const table = (side) => {
  const tone = (answer) => (answer.id === side.best_id ? "wx-best" : "");
  const head = side.answers.map((answer) => {
    const [card] = answer.cards;
    return h("th", { class: tone(answer), scope: "col" }, thumb(card?.cover, card?.title), h("b.wx-clip.wx-block", answer.shop.name), card ? price(card.price_fen) : null, h("br"), meets(answer), answer.automatic ? h("span.wx-caption.wx-mute.wx-block", t("automatic")) : null);
  });
  // The price stands above, and the day in the buyer's own condition where there is one.
  const told = new Set(["price", ...(side.rows.some((row) => row.slot === "needed_by") ? ["arrive_by"] : [])]);
  const rows = side.rows.filter((row) => !told.has(row.slot)).map((row) =>
    h("tr", h("th", { scope: "row" }, n(row.label), row.said ? h("span.bd-said", n(t("you_said", { said: row.said }))) : null), row.cells.map((cell, index) => oneCell(cell, tone(side.answers[index])))));
  const because = side.answers.find((one) => one.id === side.best_id);
  return h("section.wx-ticket.bd-pad", h("h3", side.shortlisted ? t("compare_kept") : t("compare_heading")), h("div.bd-scroll", h("table.bd-compare", h("thead", h("tr", h("td"), head)), h("tbody", rows))), side.shortlisted === 1 ? h("p.bd-because", t("keep_another")) : null, because ? h("p.bd-because", h("b", because.shop.name), " ", n(side.best_because)) : null);
};

const oneCell = (cell, best) => {
  const [name, tone] = MARK[cell.verdict];
  const words = cell.verdict === "fact" ? cell.word.split("、").map((one) => h("span.wx-block", n(one))) : n(cell.word);
  return h("td", { class: `${best} ${tone}` }, name ? [icon(name), h("br")] : null, words);
};

/** Why the answer stands where it stands, and what is open. */
const reasons = (answer) => {
  const lines = [...answer.why.map((line) => ["check", "bd-yes", line]), ...(answer.for_you ? [["heart", "bd-yes", answer.for_you]] : []), ...answer.broken.map((line) => ["x", "bd-no", line]), ...answer.missing.map((line) => ["minus", "wx-mute", line])];
  return lines.length ? h("ul.bd-reasons", lines.map(([name, tone, line]) => h("li", { class: tone }, icon(name), h("span", n(line))))) : null;
};

const keeping = (answer) => {
  const element = button(answer.shortlisted ? t("kept") : t("keep"), answer.shortlisted ? "wx-btn-soft wx-grow" : "wx-btn-line wx-grow", async () => {
    await (answer.shortlisted ? del : put)(`/answers/${answer.id}/shortlist`);
    reload();
  });
  element.prepend(icon(answer.shortlisted ? "check" : "bookmark"));
  element.setAttribute("aria-pressed", String(answer.shortlisted));
  return element;
};

const full = (answer, adopt, comparable) =>
  h(
    "section.wx-ticket.bd-pad",
    h("div.wx-row", avatar(answer.shop.name, answer.shop.logo), h("span.wx-grow", h("b.wx-block", answer.shop.name), h("span.wx-mute.bd-small", n(when(answer.visible_at)))), automatic(answer), meets(answer)),
    h("p.wx-text.bd-gap", answer.text),
    reasons(answer),
    answer.cards.map((card) => h("a.wx-pickline.bd-gap", { href: `#/buy/${card.quote_id}` }, thumb(card.cover, card.title), h("span.wx-grow", h("b.wx-clip.wx-block", card.title), h("span.wx-mute.bd-small.wx-block", card.sku_name), price(card.price_fen)), icon("chevron-right"))),
    answer.promises.length ? h("div.wx-promises.bd-gap", answer.promises.map((promise) => h("span.wx-tag", icon("check"), h("span", n(promise))))) : null,
    adopt ? h("div.bd-two.bd-gap", comparable ? keeping(answer) : null, button(t("talk_to", { name: answer.shop.name }), "wx-btn-soft wx-grow", adopt)) : null,
    adopt ? h("div.bd-answer-foot", blockButton(answer.shop, "wx-btn-text")) : null,
  );
