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
    // What was refused is said at the end, over the box.
    if (now !== length || document.getElementById("thread-error")) toEnd();
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

  // Phrases: "/" in an empty box or the menu opens them; one that has blanks left can't be sent.
  const box = document.querySelector(".wx-composer textarea");
  const phrases = document.getElementById("phrases");
  const blanks = new Set();
  const checkBlanks = () => box.setCustomValidity([...blanks].some((blank) => box.value.includes(blank)) ? box.dataset.blankSaid : "");
  const putIn = (text) => {
    for (const blank of text.match(/\{[^{}\n]{1,16}\}/g) ?? []) blanks.add(blank);
    box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
    phrases.close();
    box.focus();
    const [first] = [...blanks].map((blank) => [box.value.indexOf(blank), blank.length]).filter(([at]) => at >= 0).sort((a, b) => a[0] - b[0]);
    if (first) box.setSelectionRange(first[0], first[0] + first[1]);
    checkBlanks();
  };
  if (box) {
    box.addEventListener("input", checkBlanks);
    box.addEventListener("keydown", (event) => {
      if (event.key !== "/" || box.value || event.isComposing) return;
      event.preventDefault();
      document.querySelector("[data-dialog='#phrases']").click();
    });
    phrases.addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-insert]");
      if (chosen) putIn(chosen.dataset.insert);
    });
    phrases.addEventListener("input", (event) => {
      const all = [...phrases.querySelectorAll("[data-insert]")];
      for (const one of all) one.hidden = !one.textContent.includes(event.target.value.trim());
      phrases.querySelector("[data-none]").hidden = !all.length || all.some((one) => !one.hidden);
    });
    phrases.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const shown = [...phrases.querySelectorAll("[data-insert]:not([hidden])")];
      if (event.key === "Enter" && event.target.type === "search") {
        // Or the same key would write over the blank that is marked then.
        event.preventDefault();
        shown[0]?.click();
      }
      if (!step || !shown.length) return;
      event.preventDefault();
      shown[(shown.indexOf(document.activeElement) + step + shown.length) % shown.length].focus();
    });
  }

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
