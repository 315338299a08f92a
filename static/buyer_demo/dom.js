// Elements, words and figures for the demo's buyer page.

const config = JSON.parse(document.getElementById("config").textContent);
export const settings = config.settings;

/** A text of the page in the reader's language; {name} is replaced from `values`. */
export const t = (key, values = {}) => {
  const text = config.texts[key];
  if (text === undefined) throw new Error(`no text called ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
};

/** h("p.wx-mute", {onclick}, "text", node, null, [nodes]) */
export const h = (tag, props, ...children) => {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name || "div");
  if (classes.length) element.className = classes.join(" ");
  if (props === null || typeof props !== "object" || props instanceof Node || Array.isArray(props)) {
    children.unshift(props);
    props = {};
  }
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.classList.add(...value.split(" ").filter(Boolean));
    else if (key in element && key !== "list" && typeof value !== "string") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
};

const NUMBER = /\d+月\d+日|[¥−+-]?¥?\d[\d.,:*/–%]*(?: \/ \d+)?/g;

/** Text with its figures in the number face. */
export const n = (text) => {
  const parts = [];
  let end = 0;
  for (const found of String(text ?? "").matchAll(NUMBER)) {
    parts.push(text.slice(end, found.index), h("span.wx-n", found[0]));
    end = found.index + found[0].length;
  }
  return [...parts, String(text ?? "").slice(end)].filter(Boolean);
};

export const icon = (name) => document.querySelector(`template[data-icon="${name}"]`).content.firstElementChild.cloneNode(true);
export const logo = () => document.querySelector("template[data-logo]").content.firstElementChild.cloneNode(true);

const plain = (fen) => {
  const [whole, rest] = [Math.floor(fen / 100), fen % 100];
  return whole.toLocaleString("en-US") + (rest ? `.${String(rest).padStart(2, "0")}` : "");
};
export const yuan = (fen) => `¥${plain(fen)}`;
export const price = (fen, size = "") => h("span.wx-price", { class: size && `wx-price-${size}` }, h("small", "¥"), plain(fen));

export const avatar = (name, image, size = "") => {
  const colour = ([...String(name)].reduce((sum, c) => sum + c.codePointAt(0), 0) % 6) + 1;
  return h(`span.wx-avatar.wx-avatar-${colour}`, { class: size && `wx-avatar-${size}`, "aria-hidden": "true" }, image ? h("img", { src: image, alt: "" }) : String(name || "?").slice(0, 1));
};
export const thumb = (image, alt = "", size = "") =>
  h("span.wx-thumb", { class: size && `wx-thumb-${size}` }, image ? h("img", { src: image, alt, loading: "lazy" }) : icon("photo"));

const clock = (date) => `${date.getHours()}:${String(date.getMinutes()).padStart(2, "0")}`;
export const when = (iso) => {
  const date = new Date(iso);
  const minutes = Math.floor((Date.now() - date) / 60000);
  if (minutes < 1) return t("just_now");
  if (minutes < 60) return t("minutes_ago", { n: minutes });
  if (date.toDateString() === new Date().toDateString()) return clock(date);
  return `${date.toLocaleDateString(document.documentElement.lang, { month: "short", day: "numeric" })} ${clock(date)}`;
};

export const toast = (text, level = "") => {
  const region = document.getElementById("toasts");
  for (const old of region.children) if (old.textContent === text) old.remove();
  const box = h("div.wx-toast", { class: level === "error" ? "wx-toast-error" : "" }, h("span", text));
  region.append(box);
  setTimeout(() => box.remove(), level === "error" ? 10000 : 5000);
};

/** How long something takes, as people say it: 40 seconds, 2 minutes, 1 hour 5 minutes. */
export const duration = (seconds) => {
  const minutes = Math.round(seconds / 60);
  if (seconds < 60) return t("seconds", { n: seconds });
  if (minutes < 60) return t("minutes", { n: minutes });
  return t(minutes % 60 ? "hours_minutes" : "hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
};

/** A button that runs `act` once at a time and says why when it is refused. */
export const button = (label, classes, act) => {
  const element = h("button", { type: "button", class: `wx-btn ${classes}` }, h("span", label));
  element.addEventListener("click", async () => {
    element.disabled = true;
    try {
      await act();
    } catch (error) {
      toast(error.problem?.title ?? t("network"), "error");
      if (!error.problem) console.warn(error);
    } finally {
      element.disabled = false;
    }
  });
  return element;
};
