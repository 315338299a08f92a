// 我的: who I am on this phone, my orders, my addresses.

import { del, get, keepToken, list, post, put } from "../api.js";
import { unblockButton } from "../block.js";
import { avatar, button, h, icon, n, t, thumb, yuan } from "../dom.js";
import * as wechat from "../wechat.js";
import { ownPublications } from "./public.js";

export const me = async () => {
  const [self, orders, everyone, phone, consents, blocks, chosen] = await Promise.all([get("/me"), list("/orders"), wechat.people(), wechat.phonePage(), list("/me/consents"), list("/blocks"), list("/me/publications")]);
  const person = everyone.find((one) => one.id === wechat.chosenPerson());
  const choice = h("select.wx-input", { "aria-label": t("whose_phone") }, everyone.map((one) => h("option", { value: one.id, selected: one.id === person?.id }, one.nickname)));
  choice.addEventListener("change", () => {
    wechat.choosePerson(choice.value);
    keepToken(null);
    location.reload();
  });
  return {
    title: t("tab_me"),
    tabs: "#/me",
    body: [
      h("section.wx-row", avatar(self.nickname || person?.nickname, self.avatar, "l"), h("span.wx-grow", h("b.wx-block", self.nickname || person?.nickname), h("span.wx-mute.bd-small", t("demo_person")))),
      h("section.wx-ticket.bd-pad.wx-field", h("label", t("whose_phone")), choice, h("a.wx-btn.wx-btn-line.wx-btn-block.bd-gap", { href: phone, target: "_blank", rel: "noopener" }, icon("device-mobile"), t("open_phone"))),
      h("section", h("h3.bd-heading", t("my_orders")), orders.length ? h("div.wx-ticket.bd-pad", orders.map(orderLine)) : h("p.wx-mute", t("orders_none"))),
      ownPublications(chosen),
      tasteSwitch(consents.some((one) => one.purpose === "personalisation")),
      blocks.length ? h("section", h("h3.bd-heading", t("blocked_shops")), h("div.wx-ticket.bd-pad", blocks.map(blocked))) : null,
      h("a.wx-item", { href: "#/address" }, h("span.wx-item-icon", icon("map-pin")), h("span.wx-grow", t("addresses")), icon("chevron-right")),
    ],
  };
};

const TASTE = "/me/consents/personalisation";

/** Personal ranking is the buyer's to switch, at any time. */
const tasteSwitch = (on) => {
  const said = h("span.wx-mute.bd-small.wx-block", { id: "taste-said" }, t(on ? "taste_on" : "taste_off"));
  const box = h("input", { type: "checkbox", role: "switch", checked: on, "aria-describedby": "taste-said" });
  box.addEventListener("change", async () => {
    try {
      await (box.checked ? put(TASTE, { version: "2026-11" }) : del(TASTE));
    } catch {
      box.checked = !box.checked;
    }
    said.textContent = t(box.checked ? "taste_on" : "taste_off");
  });
  return h("label.wx-ticket.bd-pad.bd-switch", h("span.wx-grow", h("b.wx-block", t("taste")), said), box);
};

const blocked = (row) => h("div.wx-row", avatar(row.shop_name), h("b.wx-grow.wx-clip", row.shop_name), unblockButton({ id: row.shop_id, name: row.shop_name }, "wx-btn-line wx-btn-lg"));

const orderLine = (row) => {
  const line = row.lines?.[0];
  return h("a.wx-item", { href: `#/order/${row.id}` }, thumb(line?.cover, line?.title, "s"), h("span.wx-grow", h("b.wx-clip.wx-block", line?.title ?? row.id), h("span.wx-mute.bd-small", t(`order_${row.status}`))), h("span.wx-money", yuan(row.total_fen)));
};

const FIELDS = [
  ["name", { maxLength: 20, autocomplete: "name" }],
  ["phone", { maxLength: 20, autocomplete: "tel", inputmode: "tel" }],
  ["province", { maxLength: 20, autocomplete: "address-level1" }],
  ["city", { maxLength: 30, autocomplete: "address-level2" }],
  ["district", { maxLength: 30, autocomplete: "address-level3" }],
  ["detail", { maxLength: 120, autocomplete: "street-address" }],
];

const MAY_BE_EMPTY = "district";

/** An input with room for what is wrong with it, below it. */
const addressField = ([name, props]) => {
  const input = h("input.wx-input", { ...props, name, id: `address-${name}`, placeholder: name === MAY_BE_EMPTY ? t("optional") : null, "aria-describedby": `address-${name}-wrong` });
  const wrong = h("div", { id: `address-${name}-wrong` });
  const tell = (words) => {
    if (words) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    wrong.replaceChildren(...(words ? [h("p.wx-error", icon("alert-circle"), h("span", words))] : []));
  };
  input.addEventListener("input", () => tell(""));
  return { name, input, tell, element: h("div.wx-field", h("label", { for: input.id }, t(`address_${name}`)), input, wrong) };
};

export const address = async () => {
  const rows = await list("/addresses");
  const back = sessionStorage.getItem("wx_address_back") ?? "#/me";
  const fields = FIELDS.map(addressField);
  const choose = (row) => () => {
    sessionStorage.setItem("wx_address", row.id);
    location.hash = back;
  };
  const save = async () => {
    try {
      choose(await post("/addresses", Object.fromEntries(fields.map(({ name, input }) => [name, input.value.trim()]))))();
    } catch (error) {
      const refused = error.problem?.fields ?? {};
      for (const field of fields) field.tell(refused[field.name]?.join(" ") ?? "");
      const first = fields.find((field) => refused[field.name]);
      if (!first) throw error;
      first.input.focus();
    }
  };
  return {
    title: t("addresses"),
    back,
    body: [
      rows.length ? h("section.wx-ticket.bd-pad", rows.map((row) => h("button.bd-address.wx-item", { type: "button", onclick: choose(row) }, icon("map-pin"), h("span.wx-grow", h("b", row.name, " "), h("span.wx-n", row.phone), h("span.wx-block.wx-mute.bd-small", row.province, row.city, row.district, row.detail))))) : null,
      h("section.wx-ticket.bd-pad.wx-form", fields.map((field) => field.element)),
    ],
    foot: [button(t("save_address"), "wx-btn-primary wx-btn-lg wx-btn-block", save)],
  };
};
