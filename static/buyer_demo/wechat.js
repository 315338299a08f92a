// Stand-ins for the wx.* calls of a mini-program, played by the WeChat sandbox's phone.

import { settings } from "./dom.js";

const PERSON = "wx_sandbox_person";

const phone = async (path, body) => {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`${settings.sandbox}/phone/api${path}`, options);
  const data = await response.json();
  if (!response.ok) throw Object.assign(new Error(data.error), { problem: { title: data.error ?? response.statusText } });
  return data;
};

export const people = async () => (await phone("/people")).people;
export const newPerson = (nickname) => phone("/people", { nickname });
export const chosenPerson = () => sessionStorage.getItem(PERSON);
export const choosePerson = (id) => sessionStorage.setItem(PERSON, id);

/** Whose WeChat this is: the link's person, the one chosen before, or the demo's buyer. */
export const whoAmI = async () => {
  const given = new URLSearchParams(location.search).get("sandbox_person");
  if (given) choosePerson(given);
  if (!chosenPerson()) {
    const all = await people();
    const buyer = all.find((person) => person.nickname === settings.buyer) ?? (await newPerson(settings.buyer));
    choosePerson(buyer.id);
  }
  return chosenPerson();
};

/** wx.login */
export const login = async () => (await phone(`/people/${await whoAmI()}/login-code`, {})).code;
/** wx.requestSubscribeMessage: WeChat's own sheet, which comes back to `back` with ?subscribed=ID,ID. */
export const requestSubscribeMessage = async (templateIds, back) => {
  const query = new URLSearchParams([["person", await whoAmI()], ...templateIds.map((id) => ["template_id", id]), ["return", back]]);
  location.assign(`${settings.sandbox}/phone/subscribe?${query}`);
};
/** wx.openBusinessView("weappOrderConfirm"): WeChat hears of the receipt, without which it lets no money go. */
export const confirmReceipt = async (transactionId) => phone(`/people/${await whoAmI()}/receive`, { transaction_id: transactionId });
/** Where the phone shows the sheet of wx.requestPayment for these signed parameters. */
export const paymentSheet = (parameters) => {
  const query = new URLSearchParams({ ...parameters, prepay_id: parameters.package.replace("prepay_id=", "") });
  return `${settings.sandbox}/phone/pay?${query}`;
};
export const phonePage = async () => `${settings.sandbox}/phone/?person=${await whoAmI()}`;
