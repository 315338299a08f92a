// 聊天: the slip pinned on top, cards that can be bought.

import { get, list, newKey, post } from "../api.js";
import { blockButton, closedFoot } from "../block.js";
import { avatar, button, h, icon, n, price, t, thumb, toast, when, yuan } from "../dom.js";

export const chats = async () => {
  const rows = await list("/conversations");
  return {
    title: t("tab_chats"),
    tabs: "#/chats",
    live: true,
    body: rows.length
      ? h("section.wx-ticket.bd-pad", rows.map((row) => h("a.wx-item", { href: `#/chat/${row.id}` }, avatar(row.shop.name, row.shop.logo), h("span.wx-grow", h("b.wx-block", row.shop.name), h("span.wx-mute.bd-small.wx-clip.wx-block", row.last_preview)), h("span.wx-caption.wx-mute", row.last_message_at ? n(when(row.last_message_at)) : null), row.unread ? h("span.wx-count.wx-count-warm", row.unread) : null)))
      : h("div.wx-empty", h("p.wx-empty-title", t("chats_none")), h("p.wx-empty-text", t("chats_none_text")), h("a.wx-btn.wx-btn-primary", { href: "#/" }, t("ask"))),
  };
};

export const chat = async (id) => {
  const conversation = await get(`/conversations/${id}`);
  const thread = h("div.wx-thread", { "aria-live": "polite" });
  const [words, ...said] = await adopted(conversation);
  const chosen = words ? [h("p.wx-say-time", t("you_chose")), ...said] : [];
  // The note about the choice stands where the talk begins: there the answer itself is better to read.
  const opens = (message) => chosen.length && message.sender === "platform" && message.kind === "note" && message.text.endsWith(words);
  let last = 0;
  const refresh = async () => {
    const fresh = await list(`/conversations/${id}/messages?after_seq=${last}`);
    if (!fresh.length) return;
    for (const message of fresh) {
      if (message.seq <= last) continue;
      thread.append(...(opens(message) ? chosen.splice(0) : [bubble(message, conversation)]));
      last = message.seq;
    }
    await post(`/conversations/${id}/read`, { seq: last });
    scrollTo(0, document.body.scrollHeight);
  };
  const box = h("textarea.wx-input.wx-grow", { rows: 1, maxLength: 1000, placeholder: t("say"), "aria-label": t("say") });
  let key = newKey();
  const send = async () => {
    if (!box.value.trim()) return box.focus();
    await post(`/conversations/${id}/messages`, { kind: "text", text: box.value.trim(), client_msg_id: key });
    key = newKey();
    box.value = "";
    await refresh();
  };
  const go = button(t("send"), "wx-btn-primary", send);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); go.click(); }
  });
  const slip = conversation.slip ?? {};
  await refresh();
  thread.prepend(...chosen.splice(0));
  return {
    title: conversation.shop.name,
    back: "#/chats",
    pinned: slip.title ? handOver(slip, (words) => { box.value = words; box.focus(); }) : null,
    action: conversation.blocked ? null : blockButton(conversation.shop, "wx-btn-text"),
    body: thread,
    foot: conversation.closed ? closedFoot(conversation) : [box, go],
    refresh,
    ready: () => scrollTo(0, document.body.scrollHeight),
  };
};

/** 问单, pinned: what was wished, what was answered and why it was chosen; what is open can be asked with one tap. */
const handOver = (slip, askFor) => {
  const lines = (items, name, tone) => items?.length ? h("ul.bd-reasons", items.map((item) => h("li", { class: tone }, icon(name), h("span", n(item))))) : null;
  const asks = (slip.missing ?? []).map((what, at) => h("li.wx-mute", icon("minus"), h("span.wx-grow", n(what)), slip.asks?.[at] ? button(t("ask_this"), "wx-btn-line bd-ask-this", () => askFor(slip.asks[at])) : null));
  const card = h("details.bd-hand",
    h("summary.wx-pinned", icon("ticket"), h("span.wx-clip.wx-grow", n(slip.title)), h("span.wx-mute.wx-nowrap", t("slip"), icon("chevron-right"))),
    h("div.bd-hand-body",
      h("p.bd-strong", slip.title),
      h("dl.wx-pairs", (slip.facts ?? []).map((fact) => h("div", h("dt", fact.label), h("dd", n(fact.value))))),
      slip.why?.length ? [h("h3", t("why_chosen")), lines(slip.why, "check", "bd-yes")] : null,
      slip.promises?.length ? [h("h3", t("shop_promised")), lines(slip.promises, "check", "bd-yes")] : null,
      asks.length ? [h("h3", t("not_said")), h("ul.bd-reasons", asks)] : null));
  return card;
};

/** The answer that was chosen, with its cards to buy: its words, then its bubbles. */
const adopted = async (conversation) => {
  const id = conversation.slip?.question_id;
  if (!id) return [];
  const question = await get(`/questions/${id}`);
  const answer = question.answers.find((one) => one.status === "adopted" && one.conversation_id === conversation.id);
  if (!answer) return [];
  const from = () => avatar(conversation.shop.name, conversation.shop.logo);
  const parts = [h("div.wx-bubble", h("p.wx-text", answer.text)), ...answer.cards.map(productCard)];
  return [answer.text, ...parts.map((content) => h("div.wx-say", from(), content))];
};

const bubble = (message, conversation) => {
  const me = message.sender === "buyer";
  if (message.sender === "platform" && message.kind === "note") return h("p.wx-say-time", n(message.text));
  const content = inside(message);
  if (message.sender === "platform") return h("div.bd-centre", content);
  return h("div.wx-say", { class: me ? "wx-say-me" : "" }, me ? null : avatar(conversation.shop.name, conversation.shop.logo), content, message.screening === "rejected" ? h("span.wx-say-state.wx-bad", t("not_allowed")) : null);
};

const inside = (message) => {
  const { card } = message;
  if (message.kind === "image") return h("div.wx-bubble.wx-bubble-picture", h("img", { src: message.image, alt: t("picture") }));
  if (message.kind === "order") return h("a.wx-pickline", { href: `#/order/${card.order_id}` }, thumb(card.cover, card.title, "s"), h("span.wx-grow", h("b.wx-clip.wx-block", t(`order_${card.status}`)), h("span.wx-mute.bd-small", card.title)), card.total_fen ? yuan(card.total_fen) : icon("chevron-right"));
  if (card?.quote_id || message.kind === "product" || message.kind === "quote") return productCard(card);
  return h("div.wx-bubble", message.text);
};

const productCard = (card) =>
  h("article.wx-product", thumb(card.cover, card.title), h("div.wx-product-body", h("p.wx-product-name.wx-clip2", card.title), card.note ? h("p.wx-meta.wx-ink2", n(card.note)) : null, h("div.wx-between", price(card.total_fen ?? card.price_fen), card.quote_id ? h("a.wx-btn.wx-btn-primary.bd-round", { href: `#/buy/${card.quote_id}` }, t("buy_this")) : null)));
