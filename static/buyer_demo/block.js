// 屏蔽: keep a shop away, and let it come back. Asked once more before, since chat and answers vanish.

import { del, put } from "./api.js";
import { button, h, icon, t, toast } from "./dom.js";

const reload = () => dispatchEvent(new HashChangeEvent("hashchange"));
const blockOf = (shop) => `/shops/${shop.id}/block`;

/** @param {{id, name}} shop @param {() => void} [then] */
export const blockButton = (shop, classes, then = reload) => {
  const element = button(t("block"), classes, async () => {
    if (!confirm(t("block_confirm", { name: shop.name }))) return;
    await put(blockOf(shop));
    toast(t("block_done", { name: shop.name }));
    then();
  });
  element.prepend(icon("ban"));
  element.setAttribute("aria-label", t("block_shop", { name: shop.name }));
  return element;
};

export const unblockButton = (shop, classes, then = reload) =>
  button(t("unblock"), classes, async () => {
    await del(blockOf(shop));
    toast(t("unblock_done", { name: shop.name }));
    then();
  });

/** In place of what one writes with. */
export const closedFoot = (conversation) =>
  h("div.wx-grow.wx-row", h("span.wx-grow.wx-mute.bd-small", t(conversation.blocked ? "chat_blocked" : "chat_closed")), conversation.blocked ? unblockButton(conversation.shop, "wx-btn-line wx-btn-lg") : null);
