// 都不合适, and nobody yet: what happens by itself, further shops, other words, and the end.

import { get, newKey, post } from "../api.js";
import { button, h, n, t, toast } from "../dom.js";
import { goOn, withPicture, wordsField } from "./ask.js";
import { question } from "./question.js";

const OPEN = ["asked", "seen", "writing"];
const clock = (iso) => new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** What happens by itself from here on, and how many shops may still answer. */
export const outlook = (row) => {
  const open = row.asked.filter((one) => OPEN.includes(one.state)).length;
  return [n(t(`ahead_${row.ahead}`, { time: row.asked_again_at && clock(row.asked_again_at) })), open && row.ahead !== "full" ? [" ", n(t("may_still_answer", { n: open }))] : null];
};

const askAgain = async (row, wider) => {
  await post(`/questions/${row.id}/ask-again`, wider ? { budget_max_fen: wider } : {});
  toast(t("asking_further"));
  location.hash = `#/q/${row.id}`;
};

/** The same, and the ways to have further shops asked now. Where none was left, only a wider wish finds others. */
export const further = (row) => {
  const wider = row.wider_budget_fen;
  const ways = row.can_ask_again
    ? [wider ? button(t("ask_wider", { money: Math.round(wider / 100) }), "wx-btn-primary wx-btn-lg", () => askAgain(row, wider)) : null, row.ahead === "nobody_left" ? null : button(t("ask_again"), "wx-btn-line wx-btn-lg", () => askAgain(row))].filter(Boolean)
    : [];
  return [h("p.wx-ink2.bd-small", outlook(row)), ways.length ? h("div.bd-stack", ways) : null];
};

export const close = async (row) => {
  if (!confirm(t("close_confirm"))) return;
  await post(`/questions/${row.id}/close`);
  location.hash = "#/";
};

/** The buyer's words to be changed. They are asked as a question of their own, and only then does the old one end. */
const otherWords = (row) => {
  const before = row.text.replaceAll("***", "").trim();
  const key = newKey();
  const { box, notes, refuse, text, ready } = wordsField(before, () => {});
  const send = async () => {
    if (!ready()) return;
    if (text() === before) return refuse(t("change_first"));
    const picture = row.image ? await (await fetch(row.image)).blob() : null;
    try {
      const asked = await post("/questions", withPicture({ text: text(), city: row.city }, picture), key);
      await post(`/questions/${row.id}/close`);
      await goOn(`#/q/${asked.id}`);
    } catch (error) {
      if (!error.problem) console.warn(error);
      refuse(error.problem?.title ?? t("network"));
    }
  };
  return h("section", h("h3.bd-heading", t("other_words")), h("p.wx-mute.bd-small", t("other_words_hint")), h("div.bd-ask.bd-gap", box, notes, h("div.wx-between", h("span"), button(t("ask_anew"), "wx-btn-primary bd-round", send))));
};

export const noneFits = async (id) => {
  const row = await get(`/questions/${id}`);
  if (row.ahead === "over") return question(id);
  const draw = (fresh) => h("section.wx-ticket.bd-pad", h("h3", t("nobody_yet")), further(fresh));
  let next = draw(row);
  // What is being typed stays where it is.
  const refresh = async () => {
    const now = draw(await get(`/questions/${id}`));
    if (now.isEqualNode(next)) return;
    next.replaceWith(now);
    next = now;
  };
  const wait = row.ahead === "full" ? null : h("a.wx-btn.wx-btn-line.wx-btn-lg.wx-grow", { href: `#/q/${id}` }, h("span", t("keep_waiting")));
  return {
    title: t("none_fits"),
    back: `#/q/${id}/compare`,
    refresh,
    body: [next, otherWords(row)],
    foot: [button(t("close_question"), "wx-btn-line wx-btn-lg", () => close(row)), wait],
  };
};
