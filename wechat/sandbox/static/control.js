"use strict";
// The control page. It redraws itself every two seconds and leaves open what the reader opened.

const at = (id) => document.getElementById(id);

async function call(method, path, body) {
  const answer = await fetch(path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.error || "沙箱没有回答");
  return result;
}

function say(text) {
  at("message").textContent = text;
  at("message").hidden = false;
  setTimeout(() => (at("message").hidden = true), 3000);
}

function doing(work) {
  return async (event) => {
    event.preventDefault();
    try {
      await work(event);
      await draw();
    } catch (error) {
      say(error.message);
    }
  };
}

function element(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

function entry(id, parts, detail, opened) {
  const box = element("details");
  box.dataset.id = id;
  box.open = opened.has(id);
  const head = element("summary");
  head.append(...parts);
  box.append(head, element("pre", "", detail));
  return box;
}

function redraw(id, make) {
  const opened = new Set([...at(id).querySelectorAll("details[open]")].map((node) => node.dataset.id));
  const rows = make(opened);
  at(id).replaceChildren(...(rows.length ? rows : [element("p", "note", "还没有。")]));
}

function outcome(text, bad) {
  return element("span", bad ? "bad" : "", text);
}

function requestRow(row, opened) {
  const arrow = row.direction === "in" ? "→" : "←";
  const what = element("span", "", `${arrow} ${row.method} ${row.path} ${row.event || ""}`);
  if (row.fault) what.append(" ", element("span", "fault", row.fault));
  const bad = row.status === 0 || row.status >= 400 || /ACCEPTED/.test(row.outcome);
  const parts = [element("span", "num", row.time.slice(11, 19)), what, outcome(`${row.status || "—"} ${row.outcome}`, bad)];
  const detail = row.direction === "in" ? `${row.query}\n${row.request}\n\n${row.reply}\n${row.milliseconds} ms` : JSON.stringify(row, null, 2);
  return entry(row.id, parts, detail, opened);
}

function deliveryRow(row, opened) {
  const when = row.due_in === null ? "" : `，${Math.max(0, row.due_in)} 秒（微信时间）后再发`;
  const last = row.outcomes.at(-1)?.[1] || "还没发";
  const bad = row.state === "given up" || row.outcomes.some(([, text]) => text.includes("ACCEPTED"));
  const parts = [element("span", "num", row.kind), element("span", "", `${row.event || "text"} ${row.url}`), outcome(`${row.state}: ${last}${when}`, bad)];
  const past = row.outcomes.map(([time, text]) => `${time} ${text}`).join("\n");
  return entry(row.id, parts, `${past}\n\n${JSON.stringify(row.content, null, 2)}`, opened);
}

async function draw() {
  const path = encodeURIComponent(at("filter").value);
  const [state, deliveries, requests] = await Promise.all([
    call("GET", "/control/state"), call("GET", "/control/deliveries"), call("GET", `/control/requests?limit=100&path=${path}`),
  ]);
  const speed = at("clock").elements.speed;
  if (document.activeElement !== speed) speed.value = state.clock.speed;
  at("state").textContent = JSON.stringify({ ...state.config, ...state.counts }, null, 2);
  at("faults").replaceChildren(...state.faults.map(faultRow));
  redraw("deliveries", (opened) => deliveries.deliveries.slice(0, 60).map((row) => deliveryRow(row, opened)));
  redraw("requests", (opened) => requests.requests.map((row) => requestRow(row, opened)));
}

function faultRow(fault) {
  const row = element("li");
  const left = fault.count === null ? "一直" : `还有 ${fault.count - fault.hits} 次`;
  const cancel = element("button", "button", "取消");
  cancel.addEventListener("click", doing(() => call("DELETE", `/control/faults/${fault.id}`)));
  row.append(element("span", "", `${fault.kind} 对 ${fault.match}，${left}`), cancel);
  return row;
}

at("clock").addEventListener("submit", doing(() => call("POST", "/control/clock", { speed: Number(at("clock").elements.speed.value) })));
for (const button of at("jumps").querySelectorAll("button")) {
  button.addEventListener("click", doing(() => call("POST", "/control/clock", { advance: Number(button.dataset.seconds) })));
}
at("fault").addEventListener("submit", doing(async (event) => {
  const given = Object.fromEntries(new FormData(event.target));
  const count = given.count === "" ? null : Number(given.count);
  await call("POST", "/control/faults", { ...JSON.parse(given.options || "{}"), kind: given.kind, match: given.match, count, probability: Number(given.probability) });
  say("安排好了");
}));
at("deliver").addEventListener("click", doing(() => call("POST", "/control/deliver", {})));
at("deliver-all").addEventListener("click", doing(() => call("POST", "/control/deliver", { all: true })));
at("reset").addEventListener("click", doing(async () => {
  if (confirm("清空所有人、消息和付款？清空了不能恢复。")) await call("POST", "/control/reset", {});
}));
at("filter").addEventListener("input", draw);
setInterval(() => draw().catch(() => {}), 2000);
draw();
