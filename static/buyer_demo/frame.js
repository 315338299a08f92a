// The frame of a mini-program page: bar, content, foot or tabs.

import { h, icon, t } from "./dom.js";

const TABS = [["#/", "message-2-question", "tab_ask"], ["#/chats", "messages", "tab_chats"], ["#/me", "user", "tab_me"]];

/** @param {{title, back?, action?, tabs?, glow?, body, foot?}} screen `back` is an address; `tabs` the address of the tab that is on. */
export const frame = ({ title, back, action, tabs, glow, body, foot, pinned }) => {
  document.title = `${title} · ${t("weixuan")}`;
  document.body.classList.toggle("bd-glow", Boolean(glow));
  return [
    h("header.bd-bar", back ? h("a.bd-back", { href: back, "aria-label": t("back") }, icon("chevron-left")) : null, h("h1", { tabindex: "-1" }, title), action),
    pinned,
    h("main.bd-page", { id: "main" }, body),
    foot ? h("footer.bd-foot", foot) : null,
    tabs ? h("nav.bd-tabs", { "aria-label": t("navigation") }, TABS.map(([href, name, label]) => h("a", { href, "aria-current": href === tabs ? "page" : null }, icon(name), t(label)))) : null,
  ].filter(Boolean);
};
