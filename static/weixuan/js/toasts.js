// Toasts: Django messages on a full page, the HX-Trigger "wx:toast" event after a partial one,
// and wx.toast("…") from scripts. Errors stay until they are closed.
"use strict";
{
  const wx = (window.wx ||= {});
  const region = () => document.getElementById("toasts");

  const settle = (toast) => {
    const close = document.createElement("button");
    close.type = "button";
    close.className = "wx-toast-close";
    close.setAttribute("aria-label", region().dataset.close);
    close.textContent = "×";
    close.addEventListener("click", () => toast.remove());
    toast.append(close);
    if (toast.classList.contains("wx-toast-error")) return;
    const form = toast.querySelector("form");
    // An undo that the server ends says so in its address: …?seconds=5.
    const limit = form && Number(new URL(form.action).searchParams.get("seconds"));
    if (limit) return countDown(toast, form, limit);
    const seconds = toast.querySelector("form") ? 8 : 5;
    let timer = setTimeout(() => toast.remove(), seconds * 1000);
    toast.addEventListener("pointerenter", () => clearTimeout(timer));
    toast.addEventListener("focusin", () => clearTimeout(timer));
    toast.addEventListener("pointerleave", () => { timer = setTimeout(() => toast.remove(), 2000); });
  };

  const countDown = (toast, form, seconds) => {
    const left = document.createElement("span");
    left.className = "wx-n wx-tnum";
    form.before(left);
    const ends = performance.now() + seconds * 1000;
    const tick = () => {
      const rest = Math.ceil((ends - performance.now()) / 1000);
      if (rest <= 0) return toast.remove();
      left.textContent = region().dataset.seconds.replace("{n}", rest);
      setTimeout(tick, 200);
    };
    tick();
  };

  const undoForm = (url) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = url;
    const token = document.createElement("input");
    token.type = "hidden";
    token.name = "csrfmiddlewaretoken";
    token.value = document.querySelector("meta[name=csrf-token]")?.content ?? "";
    const button = document.createElement("button");
    button.textContent = region().dataset.undo;
    form.append(token, button);
    return form;
  };

  wx.toast = (text, { level = "", undo = "" } = {}) => {
    // Said again, it stands once: a draft that can't be saved fails with every pause in typing.
    for (const shown of region().children) if (shown.querySelector("span")?.textContent === text) shown.remove();
    const toast = document.createElement("div");
    toast.className = level === "error" ? "wx-toast wx-toast-error" : "wx-toast";
    const words = document.createElement("span");
    words.textContent = text;
    toast.append(words);
    if (undo) toast.append(undoForm(undo));
    region().append(toast);
    settle(toast);
  };

  addEventListener("DOMContentLoaded", () => region()?.querySelectorAll("[data-toast]").forEach(settle));
  addEventListener("wx:toast", (event) => (event.detail.messages ?? []).forEach((message) => wx.toast(message.text, message)));
  // A poll that fails says nothing: the next one is seconds away. An act that fails must say so.
  const acted = (ctx) => ctx?.request?.method && ctx.request.method.toUpperCase() !== "GET";
  addEventListener("htmx:error", (event) => { if (acted(event.detail.ctx)) wx.toast(region().dataset.offline, { level: "error" }); });
  addEventListener("htmx:response:error", (event) => {
    const { ctx } = event.detail;
    if (acted(ctx) && ctx.response.status >= 500) wx.toast(region().dataset.failed, { level: "error" });
  });
  // htmx 4 swaps 4xx and 5xx too. A refused form (400, 422) brings its errors and is swapped;
  // any other failure must not replace the page.
  addEventListener("htmx:before:swap", (event) => {
    const status = event.detail.ctx?.response?.status ?? 200;
    if (status >= 400 && status !== 400 && status !== 422) event.preventDefault();
  });
}
