// One question on its way: checked, clarified, sent out, answered.

import { get, post } from "../api.js";
import { avatar, button, duration, h, icon, logo, n, price, t, thumb } from "../dom.js";
import { askWith } from "../draft.js";
import { close, further, outlook } from "./again.js";
import { badge, invitePublishing, publicLine } from "./public.js";

export const question = async (id) => {
  const row = await get(`/questions/${id}`);
  if (row.status === "clarifying") return clarify(row);
  if (row.status === "dispatched" || row.status === "answered") return waiting(row);
  return ended(row);
};

/** Words of which nothing was understood yet stand without the part that is torn off. */
export const ticket = (row) => (row.facts.length ? slip(row) : h("article.wx-ticket", h("p.bd-pad.bd-strong", row.text)));

const slip = (row) =>
  h("article.wx-ticket", h("div.wx-ticket-top", row.text), h("dl", (row.facts).map((fact) => h("div", h("dt", fact.label), h("dd", n(fact.value), fact.origin === "guessed" || fact.origin === "model" ? h("span.bd-origin", t("guessed")) : null)))));

const platform = (text) => h("div.wx-say", h("span.bd-logo", logo()), h("div.wx-bubble", n(text)));
const mine = (text) => h("div.wx-say.wx-say-me", h("div.wx-bubble", n(text)));
const settled = (one) => one.answered || one.skipped;
const reload = () => dispatchEvent(new HashChangeEvent("hashchange"));

// So many options are seen at once; the rest come with a tap.
const SEEN = 6;
const ANY = "";
const NONE = "~";

/** The options of the open question, what each would leave, and the two ways not to choose. */
const choices = (open, reply) => {
  const named = open.options.filter((option) => option.value !== ANY && option.value !== NONE);
  const chip = (option) => button([n(option.label), option.count ? h("span.bd-count", n(String(option.count))) : null], "wx-btn-line bd-option", () => reply(option.value));
  const box = h("div.bd-options");
  const show = (all) => {
    const rest = named.length - SEEN;
    const more = button(n(t("more_options", { n: rest })), "wx-btn-text bd-option", () => show(true));
    box.replaceChildren(...named.slice(0, all ? named.length : SEEN).map(chip), ...(rest > 0 && !all ? [more] : open.options.filter((option) => option.value === NONE).map(chip)));
  };
  show(named.length <= SEEN + 1);
  const any = open.options.find((option) => option.value === ANY);
  return [box, h("div.bd-options.bd-either", any ? button(any.label, "wx-btn-line bd-option bd-any", () => reply(ANY)) : null, button(t("skip"), "wx-btn-text bd-option", () => reply(null)))];
};

const clarify = (row) => {
  const open = row.clarifications.find((one) => !settled(one));
  const reply = async (one, value) => {
    await post(`/questions/${row.id}/clarifications/${one.position}`, value === null ? { skip: true } : { value });
    reload();
  };
  const labelOf = (one) => (one.skipped ? t("skipped") : one.options.find((option) => option.value === one.answer)?.label ?? one.answer);
  const left = (count) => h("p.bd-left", n(count ? t("fitting", { n: count }) : t("fitting_none")));
  const done = row.clarifications.filter(settled).flatMap((one) => [left(one.fitting_before), platform(one.prompt), mine(labelOf(one))]);
  const asked = open ? [left(open.fitting_before), platform(open.prompt), choices(open, (value) => reply(open, value))] : null;
  return {
    title: t("clarify_title"),
    back: "#/",
    body: [h("div.wx-thread", mine(row.text), done, asked), h("div.bd-push", h("p.wx-mute.bd-small", t("slip_hint")), ticket(row))],
    foot: [button(t("give_up"), "wx-btn-line wx-btn-lg", () => giveUp(row)), button(t("send_out"), "wx-btn-primary wx-btn-lg wx-grow", async () => { await post(`/questions/${row.id}/submit`); reload(); })],
  };
};

/** Nobody has seen it yet: the words go back into the box. */
const giveUp = async (row) => {
  await post(`/questions/${row.id}/close`);
  askWith(row.text);
};

const ARC = [0, 1, 2, 3, 4].map((k) => {
  const point = (degrees) => [104 + 88 * Math.cos((degrees * Math.PI) / 180), 104 - 88 * Math.sin((degrees * Math.PI) / 180)].map((x) => x.toFixed(1)).join(" ");
  return `M${point(180 - 36 * k - 5)}A88 88 0 0 1 ${point(180 - 36 * (k + 1) + 5)}`;
});

/** Five segments are five answers: never a made-up per cent. */
const arc = (number, max) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 208 112");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", t("answers_got", { n: number, max }));
  svg.classList.add("bd-arc");
  ARC.forEach((d, k) => {
    const path = document.createElementNS(svg.namespaceURI, "path");
    path.setAttribute("d", d);
    if (k < number) path.classList.add("bd-on");
    svg.append(path);
  });
  const text = document.createElementNS(svg.namespaceURI, "text");
  text.setAttribute("x", "104");
  text.setAttribute("y", "94");
  text.textContent = number;
  svg.append(text);
  return svg;
};

const waited = (seconds) => (seconds < 60 || seconds >= 3600 ? duration(seconds) : t("minutes_seconds", { m: Math.floor(seconds / 60), s: seconds % 60 }));

const waiting = (row) => {
  const { answers, asked } = row;
  const writing = asked.filter((one) => one.state === "writing").length;
  const usual = row.usual_first_answer_seconds;
  const silent = Boolean(row.no_answer_at) && !answers.length;
  return {
    title: t("waiting_title"),
    back: "#/",
    glow: true,
    live: true,
    body: [
      h("section.bd-centre", arc(answers.length, row.max_answers), h("p.bd-strong", n(silent ? t("no_answer") : answers.length ? t("answers_got", { n: answers.length, max: row.max_answers }) : t("answers_none"))), h("p.wx-mute.bd-small", n(t("asked_for", { time: waited(row.seconds) })), usual && !silent ? [" · ", n(t("usual", { time: duration(usual) }))] : null, h("br"), t("need_not_wait"))),
      answers.length ? h("section.wx-ticket", answers.map((answer) => answerLine(row, answer))) : null,
      asked.length || silent ? null : h("section.wx-ticket.bd-pad", { role: "status" }, t("looking_for_shops")),
      asked.length === 0 ? null : h("section.wx-ticket.bd-pad", h("div.wx-between", h("h3", n(t("sent_to", { n: asked.length }))), writing ? h("span.wx-mute.bd-small", n(t("writing_now", { n: writing }))) : null), h("div.bd-shops", asked.map(shopState)), answers.length ? h("p.bd-because", outlook(row)) : null),
      row.note ? h("section.wx-ticket.bd-pad", h("h3", t("platform_note")), h("p", row.note)) : null,
      silent ? h("section.wx-ticket.bd-pad", h("h3", t("nobody_yet")), further(row)) : null,
      row.public_answers.length ? h("section.wx-ticket.bd-pad", h("h3", t("public_beside")), row.public_answers.map(publicLine)) : null,
      silent && row.suggestions.length ? h("section.wx-ticket.bd-pad", h("h3", t("suggestions")), row.suggestions.map(suggestion)) : null,
      ticket(row),
    ],
    foot: [button(t("close_question"), "wx-btn-line wx-btn-lg", () => close(row)), answers.length ? h("a.wx-btn.wx-btn-primary.wx-btn-lg.wx-grow", { href: `#/q/${row.id}/compare` }, h("span", n(t("see_answers", { n: answers.length })))) : null],
  };
};

const suggestion = (product) =>
  h("div.wx-order-line", thumb(product.cover, product.title, "s"), h("span.wx-grow", h("b.wx-clip.wx-block", product.title), h("span.wx-mute.bd-small", product.shop.name)), price(product.price_from_fen));

const answerLine = (row, answer) => {
  const card = answer.cards?.[0];
  return h("a.bd-answer", { href: `#/q/${row.id}/compare` }, thumb(card?.cover, card?.title), h("span.wx-grow", h("span.wx-between", h("b", answer.shop.name), h("span.bd-tags", answer.automatic ? h("span.wx-tag", t("automatic")) : null, badge(answer.badge), meets(answer))), h("span.wx-clip.wx-block.wx-ink2.bd-small", answer.text), card ? price(card.price_fen) : null));
};

export const meets = (answer) => {
  const all = answer.conditions.length;
  return all ? h("span.wx-tag", { class: answer.met === all ? "wx-tag-green" : "" }, n(t("meets", { met: answer.met, all }))) : null;
};

const STATES = { answered: "bd-ok", writing: "bd-writing", passed: "bd-off", lapsed: "bd-off", withdrawn: "bd-off" };
const shopState = (one) => h("div", { class: STATES[one.state] ?? "", title: one.shop.name }, avatar(one.shop.name, one.shop.logo), h("span.wx-sr", one.shop.name, " "), h("span.bd-state", t(`shop_${one.state}`)));

// What may be done about a question that ended without a choice.
const NEXT = { rejected: "ended_rejected", closed: "ended_again", expired: "ended_again" };

const ended = (row) => {
  const chosen = row.answers?.find((answer) => answer.status === "adopted");
  const next = row.conversation_id ? null : NEXT[row.status];
  const text = row.status === "draft" ? "being_checked" : next;
  return {
    title: t("question"),
    back: "#/",
    live: row.status === "draft",
    body: [
      ticket(row),
      h("div.wx-empty",
        h("p.wx-empty-title", t(`question_${row.status}`)),
        text ? h("p.wx-empty-text", t(text)) : null,
        row.conversation_id ? h("a.wx-btn.wx-btn-primary", { href: `#/chat/${row.conversation_id}` }, t("to_chat")) : null,
        next ? button(t("ask_once_more"), "wx-btn-primary", () => askWith(row.text)) : null,
        row.answers?.length ? h("a.wx-btn.wx-btn-line", { href: `#/q/${row.id}/compare` }, h("span", n(t("see_answers", { n: row.answers.length })))) : null),
      chosen ? invitePublishing(chosen.id) : null,
    ],
  };
};
