// The demo's buyer: screens by the hash of the address. The mini-program replaces all of this.

import { get, keepToken, onSignedOut, post, token } from "./api.js";
import { keepDraft } from "./draft.js";
import { connect, listen, unlisten } from "./live.js";
import { frame } from "./frame.js";
import { h, icon, t } from "./dom.js";
import * as wechat from "./wechat.js";
import { noneFits } from "./screens/again.js";
import { ask, noteAllowed } from "./screens/ask.js";
import { chat, chats } from "./screens/chat.js";
import { compare } from "./screens/compare.js";
import { question } from "./screens/question.js";
import { buy, order } from "./screens/order.js";
import { address, me } from "./screens/me.js";
import { publicAnswer, publish } from "./screens/public.js";

const ROUTES = [
  [/^$/, ask],
  [/^q\/([^/]+)$/, question],
  [/^q\/([^/]+)\/compare$/, compare],
  [/^q\/([^/]+)\/none$/, noneFits],
  [/^chats$/, chats],
  [/^chat\/([^/]+)$/, chat],
  [/^buy\/([^/]+)$/, buy],
  [/^order\/([^/]+)$/, order],
  [/^me$/, me],
  [/^address$/, address],
  [/^public\/([^/]+)$/, publicAnswer],
  [/^publish\/([^/]+)$/, publish],
];

export const signIn = async () => {
  keepToken(null);
  const session = await post("/session", { code: await wechat.login() });
  keepToken(session.token);
};

// Bar, content and foot, and the sections of the content.
const DEPTH = 2;

/** What is the same stays in place, with its focus and scroll: a tap that has begun still ends on its button. */
const settle = (shown, next, depth = DEPTH) => {
  const [before, after] = [[...shown.childNodes], [...next.childNodes]];
  if (before.length !== after.length) {
    shown.replaceChildren(...after);
    return;
  }
  before.forEach((node, k) => {
    if (node.isEqualNode(after[k])) return;
    if (depth > 1 && node.cloneNode().isEqualNode(after[k].cloneNode())) settle(node, after[k], depth - 1);
    else node.replaceWith(after[k]);
  });
};

const show = async () => {
  unlisten();
  const path = location.hash.replace(/^#\/?/, "");
  const [match, screen] = ROUTES.map(([pattern, target]) => [path.match(pattern), target]).find(([found]) => found) ?? [[], ask];
  const page = document.getElementById("page");
  let shown = 0;
  const draw = async () => {
    const turn = ++shown;
    const drawn = await screen(...match.slice(1).map(decodeURIComponent));
    if (turn !== shown || location.hash.replace(/^#\/?/, "") !== path) return;
    const next = h("div", frame(drawn));
    if (drawn.refresh) page.replaceChildren(...next.childNodes);
    else settle(page, next);
    drawn.ready?.();
    listen(drawn.refresh ?? (drawn.live ? draw : null));
  };
  try {
    await draw();
    scrollTo(0, 0);
    // The link that led here is gone: who goes by keyboard or listens begins at the new screen's name.
    if (document.activeElement === document.body) page.querySelector("h1").focus({ preventScroll: true });
  } catch (error) {
    console.warn(error);
    const text = error.problem?.title ?? t("network");
    const gone = error.problem?.code === "not_found";
    page.replaceChildren(...frame({ title: t("weixuan"), back: "#/", body: h("div.wx-empty", { role: "alert" }, icon("alert-circle"), h("p.wx-empty-title", text), gone ? null : h("button.wx-btn.wx-btn-line", { onclick: show }, t("again")), h("a.wx-btn.wx-btn-text", { href: "#/" }, t("to_start"))) }));
  }
};

/** A message's link opens a page of the mini-program: pages/<kind>…?id=… */
const fromLink = () => {
  const id = new URLSearchParams(location.search).get("id");
  if (!id) return "";
  const where = [["order", "order"], ["conversation", "chat"], ["chat", "chat"], ["question", "q"], ["answer", "q"]];
  const hit = where.find(([word]) => location.pathname.includes(word));
  return hit ? `#/${hit[1]}/${id}` : "";
};

const asked = new URLSearchParams(location.search).get("ask");
if (asked) keepDraft(asked);
const allowed = new URLSearchParams(location.search).get("subscribed");
onSignedOut(signIn);
await wechat.whoAmI();
if (new URLSearchParams(location.search).get("sandbox_person")) keepToken(null);
const target = location.hash || fromLink();
if (location.search) history.replaceState(null, "", document.body.dataset.home + target);
else if (target && !location.hash) location.hash = target;
try {
  if (!token()) await signIn();
  await get("/me");
  if (allowed) await noteAllowed(allowed.split(","));
  connect();
} catch (error) {
  console.warn(error);
}
addEventListener("hashchange", show);
show();
