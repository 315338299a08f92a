// 问一问: one box, and what happens with it.

import { list, newKey, post, get } from "../api.js";
import { button, h, icon, n, settings, t } from "../dom.js";
import { draft, dropDraft, keepDraft } from "../draft.js";
import * as wechat from "../wechat.js";
import { alike } from "./public.js";

// As many characters as the server takes, and from how few left on one is told.
const MOST = 500, TOLD_FROM = 100;
const OPEN = ["draft", "clarifying", "dispatched", "answered"];

/** Go on to a question; first the messages about it, as a mini-program asks at the tap that sends. */
export const goOn = async (hash) => {
  const wanted = (await list("/subscriptions")).filter((one) => one.template_id && !one.balance).slice(0, 3);
  if (wanted.length) await wechat.requestSubscribeMessage(wanted.map((one) => one.template_id), location.origin + document.body.dataset.home + hash);
  else location.hash = hash;
};

/** The sheet's answer: template ids that the person allowed. */
export const noteAllowed = async (templateIds) => {
  const kinds = (await list("/subscriptions")).filter((one) => templateIds.includes(one.template_id)).map((one) => one.kind);
  if (kinds.length) await post("/subscriptions", { kinds, key: newKey() });
};

/** The box, and below it how much room is left and what was wrong: longer words are kept, never cut in silence. */
export const wordsField = (words, keep) => {
  const box = h("textarea.bd-ask-text", { rows: 3, placeholder: t("ask_placeholder"), "aria-label": t("ask_title"), "aria-describedby": "ask-wrong ask-room" });
  const wrong = h("p.bd-wrong", { id: "ask-wrong", role: "alert" });
  const room = h("p.bd-room", { id: "ask-room", role: "status" });
  const refuse = (words) => {
    wrong.replaceChildren(icon("alert-circle"), h("span", n(words)));
    box.setAttribute("aria-invalid", "true");
    box.focus();
  };
  const count = () => {
    const left = MOST - [...box.value.trim()].length;
    room.classList.toggle("wx-bad", left < 0);
    room.replaceChildren(...(left > TOLD_FROM ? [] : n(left < 0 ? t("ask_over", { n: -left, most: MOST }) : t("ask_room", { n: left }))));
  };
  box.value = words;
  box.addEventListener("input", () => {
    keep(box.value);
    box.removeAttribute("aria-invalid");
    wrong.replaceChildren();
    count();
  });
  count();
  const text = () => box.value.trim();
  /** Whether the words may go; says why where they may not. */
  const ready = () => {
    const over = [...text()].length - MOST;
    if (text() && over <= 0) return true;
    refuse(text() ? t("ask_over", { n: over, most: MOST }) : t("ask_empty"));
    return false;
  };
  return { box, notes: [wrong, room], refuse, text, ready };
};

/** The fields, with a picture beside them where there is one. */
export const withPicture = (fields, file) => {
  if (!file) return fields;
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("image", file, file.name ?? "picture");
  return form;
};

export const ask = async () => {
  const mine = await list("/questions");
  const key = newKey();
  const { box, notes, refuse, text, ready } = wordsField(draft(), keepDraft);
  const picture = pictureField();
  const send = async () => {
    if (!ready()) return;
    try {
      const question = await post("/questions", withPicture({ text: text() }, picture.file()), key);
      dropDraft();
      await goOn(`#/q/${question.id}`);
    } catch (error) {
      if (!error.problem) console.warn(error);
      refuse(error.problem?.title ?? t("network"));
    }
  };
  const open = mine.filter((question) => OPEN.includes(question.status));
  return {
    title: t("weixuan"),
    tabs: "#/",
    glow: true,
    body: [
      h("h2.bd-title", t("ask_title_1"), h("br"), t("ask_title_2")),
      h("div.bd-ask", box, notes, h("div.wx-between", picture.field, button(t("ask"), "wx-btn-primary bd-round", send))),
      h("p.wx-mute.bd-small", n(t("ask_promise", { n: settings.firstWave })), h("br"), t("ask_privacy")),
      alike(box),
      mine.length ? null : examples(box),
      questions(t("open_questions"), open),
      questions(t("earlier_questions"), mine.filter((question) => !OPEN.includes(question.status)).slice(0, 8)),
    ],
  };
};

/** A picture of what is meant, shown before it is sent; a tap on it takes it away. */
const pictureField = () => {
  const input = h("input", { type: "file", accept: "image/jpeg,image/png,image/webp", hidden: true });
  const face = h("span.wx-row");
  const show = () => {
    const [file] = input.files;
    const remove = () => { input.value = ""; show(); };
    face.replaceChildren(
      file
        ? h("button.bd-picture", { type: "button", "aria-label": t("picture_remove"), onclick: remove }, h("img", { src: URL.createObjectURL(file), alt: file.name }), icon("x"))
        : h("button.wx-btn.wx-btn-text", { type: "button", onclick: () => input.click() }, icon("photo"), t("picture_add")),
    );
  };
  input.addEventListener("change", show);
  show();
  return { field: h("span", input, face), file: () => input.files[0] };
};

/** Ways to ask, for somebody who has never asked: a tap fills the box. */
const examples = (box) => {
  const fill = (text) => () => {
    box.value = text;
    box.dispatchEvent(new Event("input"));
    box.focus();
  };
  return h("section", h("h3.bd-heading", t("examples")), ["example_1", "example_2", "example_3"].map((key) => h("button.bd-address.wx-item", { type: "button", onclick: fill(t(key)) }, h("span.wx-item-icon", icon("message-2-question")), h("span.wx-grow", n(t(key))))));
};

const questions = (heading, rows) =>
  rows.length
    ? h("section", h("h3.bd-heading", heading), rows.map((question) => h("a.wx-item", { href: `#/q/${question.id}` }, h("span.wx-item-icon", icon("message-2-question")), h("span.wx-grow", h("span.wx-clip.wx-block", question.text), h("span.wx-mute.wx-meta", n(t(`question_${question.status}`)))), icon("chevron-right"))))
    : null;
