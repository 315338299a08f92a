// 确认订单, 付款, and what becomes of an order.

import { get, list, newKey, post } from "../api.js";
import { avatar, button, h, icon, n, price, t, thumb, when, yuan } from "../dom.js";
import * as wechat from "../wechat.js";
import { invitePublishing } from "./public.js";

const reload = () => dispatchEvent(new HashChangeEvent("hashchange"));
const lineOf = (line) => h("div.wx-order-line", thumb(line.cover, line.title), h("span.wx-grow", h("b.wx-block", line.title), h("span.wx-mute.bd-small", line.sku_name, " × ", n(String(line.quantity)))), h("span.wx-money", yuan(line.price_fen)));
const where = (address) => [h("b", address.name, " "), h("span.wx-n", address.phone), h("span.wx-block.wx-ink2.bd-small", address.province, address.city, address.district, address.detail)];
const promised = (promises) =>
  h("section.wx-ticket.bd-pad", h("h3", t("shop_promised")), h("ul.bd-promises", (promises ?? []).map((promise) => h("li", icon("check"), h("span", n(promise)))), h("li", icon("check"), t("money_frozen"))));
const sums = (shipping, total) =>
  h("dl.wx-lines", h("div", h("dt", t("postage")), h("dd", shipping ? yuan(shipping) : t("free_postage"))), h("div", h("dt", t("in_all")), h("dd", price(total))));

export const buy = async (quoteId) => {
  const [quote, addresses] = await Promise.all([get(`/quotes/${quoteId}`), list("/addresses")]);
  const chosen = addresses.find((one) => one.id === sessionStorage.getItem("wx_address")) ?? addresses.find((one) => one.is_default) ?? addresses[0];
  const key = newKey();
  const place = async () => {
    const placed = await post("/orders", { quote_id: quote.id, address_id: chosen.id, note: "", total_fen: quote.total_fen }, key);
    location.hash = `#/order/${placed.id}`;
  };
  sessionStorage.setItem("wx_address_back", `#/buy/${quoteId}`);
  return {
    title: t("confirm_order"),
    back: "#/chats",
    body: [
      h("a.wx-ticket.bd-pad.wx-row", { href: "#/address" }, icon("map-pin"), h("span.wx-grow", chosen ? where(chosen) : h("b", t("add_address"))), icon("chevron-right")),
      h("section.wx-ticket", h("div.bd-pad", h("div.wx-row", avatar(quote.shop.name, quote.shop.logo, "s"), h("b", quote.shop.name)), quote.lines.map(lineOf), quote.note ? h("p.wx-ink2.bd-small.bd-gap", n(quote.note)) : null, sums(quote.shipping_fen, quote.total_fen))),
      promised(quote.promises),
    ],
    foot: !quote.is_open ? h("span.wx-mute", t("quote_over")) : [h("span.wx-grow", h("span.wx-mute.wx-caption.wx-block", t("in_all")), price(quote.total_fen, "l")), chosen ? button(t("place_order"), "wx-btn-primary wx-btn-lg", place) : h("a.wx-btn.wx-btn-primary.wx-btn-lg", { href: "#/address" }, t("add_address"))],
  };
};

/** The signed parameters live as long as the page: a refresh of the screen must not ask WeChat again. */
const prepaid = new Map();

export const order = async (id) => {
  const row = await get(`/orders/${id}`);
  if (row.status !== "unpaid") prepaid.delete(id);
  const there = row.status === "received" || row.status === "settled";
  const answer = there ? (await list("/me/publications")).find((one) => one.can_propose && one.order_ids.includes(id)) : null;
  return {
    title: t("order"),
    back: "#/me",
    live: true,
    body: [
      h("section.wx-ticket", h("div.wx-ticket-top", t(`order_${row.status}`), row.status === "unpaid" ? h("span.wx-mute.bd-small.wx-block", n(t("pay_before", { time: new Date(row.expires_at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }) }))) : null), h("div.bd-pad", (row.lines ?? []).map(lineOf), sums(row.shipping_fen, row.total_fen))),
      row.shipment ? h("section.wx-ticket.bd-pad", h("h3", t("parcel")), h("p.wx-ink2", row.shipment.company_name ?? row.shipment.company, " ", h("span.wx-n", row.shipment.tracking_no))) : null,
      row.address ? h("section.wx-ticket.bd-pad", h("div.wx-row", icon("map-pin"), h("span.wx-grow", where(row.address)))) : null,
      promised(row.promises),
      answer ? invitePublishing(answer.answer_id) : null,
    ],
    foot: actions(row),
  };
};

const actions = (row) => {
  if (row.can_pay) return payment(row);
  if (row.can_receive) return [h("span.wx-grow"), button(t("received"), "wx-btn-primary wx-btn-lg", async () => { await wechat.confirmReceipt(row.wechat_transaction_id); await post(`/orders/${row.id}/receive`); reload(); })];
  if (row.can_refund) return [h("span.wx-grow.wx-mute.bd-small", t("paid_hint")), button(t("refund"), "wx-btn-line wx-btn-lg", async () => { if (!confirm(t("refund_confirm", { money: yuan(row.total_fen) }))) return; await post(`/orders/${row.id}/refund`, { reason: t("changed_mind") }, newKey()); reload(); })];
  return null;
};

const payment = (row) => {
  const sheet = prepaid.get(row.id);
  const cancel = button(t("cancel_order"), "wx-btn-text", async () => { await post(`/orders/${row.id}/cancel`); reload(); });
  if (sheet) return [cancel, h("a.wx-btn.wx-btn-primary.wx-btn-lg.wx-grow", { href: sheet, target: "_blank", rel: "noopener" }, icon("device-mobile"), t("pay_on_phone"))];
  const prepay = async () => {
    prepaid.set(row.id, wechat.paymentSheet(await post(`/orders/${row.id}/prepay`, {}, newKey())));
    open(prepaid.get(row.id), "_blank", "noopener");
    reload();
  };
  return [cancel, button(t("wechat_pay"), "wx-btn-primary wx-btn-lg wx-grow", prepay)];
};
