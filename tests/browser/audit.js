// Contrast, sideways scroll and touch targets of the page that is open. Gradients and opacity aren't measured.
() => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    if (!/^(rgb|color\(srgb)/.test(colour)) { // oklch and the like: let the browser work it out
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    }
    const n = colour.match(/[\d.]+/g).map(Number);
    const scale = colour.startsWith("color(srgb") ? 255 : 1;
    return [n[0] * scale, n[1] * scale, n[2] * scale, n[3] ?? 1];
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = channels(getComputedStyle(e).backgroundColor);
      if (colour[3] > 0.95) return colour;
    }
    return [255, 255, 255, 1];
  };
  const faint = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement;
    if (!node.data.trim() || /SCRIPT|STYLE|TEMPLATE/.test(e.tagName) || !e.getClientRects().length || e.closest(".wx-sr, .wx-skip, .ops-sr, .material-symbols-outlined")) continue; // icons need 3:1 only
    const style = getComputedStyle(e);
    const [a, b] = [channels(e.closest("svg") ? style.fill : style.color), ground(e)].map((c) => light(c.slice(0, 3)));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 600);
    if (ratio < (large ? 3 : 4.5)) faint.add(`${ratio.toFixed(2)} ${node.data.trim().slice(0, 20)}`);
  }
  const small = new Set();
  const isPhone = innerWidth < 600;
  for (const e of document.querySelectorAll("a, button, select, textarea, summary, input:not([type=hidden])")) {
    const box = e.getBoundingClientRect();
    if (!box.width || e.closest(".wx-skip, p, .wx-search")) continue; // a link in a sentence is as high as its line
    const reach = getComputedStyle(e, "::before");
    const heights = [box.height, e.closest("label")?.getBoundingClientRect().height ?? 0, reach.position === "absolute" ? parseFloat(reach.height) || 0 : 0];
    if (isPhone && Math.max(...heights) < 44) small.add(`${Math.max(...heights)} ${(e.innerText || e.ariaLabel || e.name || "").trim().slice(0, 20)}`);
  }
  return { faint: [...faint], small: [...small], sideways: document.documentElement.scrollWidth - innerWidth };
};
