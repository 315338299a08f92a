// The category picker: htmx brings the list while one types, this chooses from it by keys, by mouse and by touch.
// A category that has others below it is opened: its path stands in the field, and the list shows what is below.
"use strict";
{
  const boxOf = (node) => node.closest?.("[data-picker]");
  const wordsOf = (box) => box.querySelector("[role=combobox]");
  const options = (box) => [...box.querySelectorAll("[role=option]")];
  const activeOf = (box) => box.querySelector("[role=option][aria-selected=true]");
  const isOpen = (box) => box.hasAttribute("data-open");

  const activate = (box, option) => {
    activeOf(box)?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) wordsOf(box).setAttribute("aria-activedescendant", option.id);
    else wordsOf(box).removeAttribute("aria-activedescendant");
  };
  const show = (box, open) => {
    box.toggleAttribute("data-open", open);
    wordsOf(box).setAttribute("aria-expanded", String(open));
    if (!open) activate(box, null);
  };
  const look = (box) => {
    show(box, true);
    wordsOf(box).dispatchEvent(new Event("wx:look"));
  };
  const choose = (box, value) => {
    const chosen = box.querySelector("[data-chosen]");
    if (chosen.value === value) return;
    chosen.value = value;
    chosen.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const take = (box, option) => {
    const words = wordsOf(box);
    const { path, value } = option.dataset;
    words.value = value ? path : `${path} › `;
    words.setSelectionRange(words.value.length, words.value.length);
    if (!value) return look(box);
    show(box, false);
    choose(box, value);
  };

  addEventListener("focusin", (event) => {
    if (!event.target.matches?.("[data-picker] [role=combobox]")) return;
    event.target.select();
    look(boxOf(event.target));
  });
  addEventListener("focusout", (event) => {
    const box = boxOf(event.target);
    if (box && !box.contains(event.relatedTarget)) show(box, false);
  });
  // Words that were changed are no longer the path of what was chosen; none at all means no category.
  addEventListener("input", (event) => {
    const box = event.target.matches?.("[role=combobox]") && boxOf(event.target);
    if (!box) return;
    show(box, true);
    if (event.target.value.trim()) box.querySelector("[data-chosen]").value = "";
    else choose(box, "");
  });
  // The focus stays in the field, so that the list does not close before the tap has arrived.
  addEventListener("mousedown", (event) => { if (event.target.closest?.(".wx-picker-list")) event.preventDefault(); });
  addEventListener("click", (event) => {
    const option = event.target.closest?.("[data-picker] [role=option]");
    if (option) take(boxOf(option), option);
    else if (event.target.matches?.("[data-picker] [role=combobox]") && !isOpen(boxOf(event.target))) look(boxOf(event.target));
  });
  addEventListener("keydown", (event) => {
    const box = event.target.matches?.("[role=combobox]") && boxOf(event.target);
    if (!box || event.isComposing) return;
    const all = options(box);
    const at = all.indexOf(activeOf(box));
    if (event.key === "ArrowDown" && !isOpen(box)) look(box);
    else if (event.key === "ArrowDown") activate(box, all[at + 1] ?? all[0]);
    else if (event.key === "ArrowUp" && isOpen(box)) activate(box, all[at - 1] ?? all.at(-1));
    else if (event.key === "Enter" && isOpen(box) && at >= 0) take(box, all[at]);
    else if (event.key === "Escape" && isOpen(box)) show(box, false);
    else return;
    event.preventDefault();
  });
  // With words typed Enter takes the first; an empty field's Enter takes nothing that nobody looked for.
  const arrived = () => {
    for (const box of document.querySelectorAll("[data-picker][data-open]")) {
      const { value } = wordsOf(box);
      activate(box, value.trim() && !box.querySelector("[role=status]") ? options(box)[0] : null);
    }
  };
  addEventListener("htmx:after:swap", arrived);
  addEventListener("htmx:afterSwap", arrived);
}
