// The conversation: a fresh id for each message, Enter sends, the thread stays at its end, pictures go at once.
"use strict";
{
  const freshId = () => crypto.randomUUID?.().replaceAll("-", "") ?? Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join("");

  const scroller = document.querySelector("[data-stay-at-end]");
  const toEnd = () => {
    if (!scroller) return;
    const phone = matchMedia("(max-width: 767px)").matches;
    if (phone) scrollTo(0, document.documentElement.scrollHeight);
    else scroller.scrollTop = scroller.scrollHeight;
  };
  let length = 0;
  const followThread = () => {
    const now = document.querySelectorAll("#thread [id^=m-]").length;
    if (now !== length) toEnd();
    length = now;
  };
  addEventListener("DOMContentLoaded", followThread);
  addEventListener("htmx:after:swap", followThread);

  // Only a message that was taken empties the box; a refused one keeps its words.
  addEventListener("wx:sent", () => {
    for (const form of document.querySelectorAll("[data-chat-form]")) {
      form.reset();
      form.elements.client_msg_id.value = freshId();
      delete form.dataset.sent;
      form.closest("dialog")?.close();
    }
    document.querySelectorAll("details.wx-menu[open]").forEach((menu) => { menu.open = false; });
  });
  addEventListener("htmx:after:request", () => {
    document.querySelectorAll("[data-chat-form]").forEach((form) => { delete form.dataset.sent; });
  });

  addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches?.(".wx-composer textarea")) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });
  addEventListener("click", (event) => {
    const picker = event.target.closest?.("[data-pick-file]");
    if (picker) document.querySelector(picker.dataset.pickFile).click();
  });
}
