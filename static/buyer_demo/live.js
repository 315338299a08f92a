// Tells the open screen that something changed: by WebSocket, and by polling for when there is none.

import { settings } from "./dom.js";
import { token } from "./api.js";

const POLL_MS = 4000;
let listener = null;
let wait = 1000;

/** The open screen's reader; one at a time. */
export const listen = (refresh) => { listener = refresh; };
export const unlisten = () => { listener = null; };

const wake = () => { if (listener && !document.hidden) listener(); };

export const connect = () => {
  if (!settings.websocket) return;
  const socket = new WebSocket(settings.websocket);
  socket.addEventListener("open", () => {
    wait = 1000;
    socket.send(JSON.stringify({ type: "auth", token: token() }));
  });
  socket.addEventListener("message", (message) => {
    if (JSON.parse(message.data).type !== "pong") wake();
  });
  socket.addEventListener("close", () => {
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, 30000);
  });
};
setInterval(wake, POLL_MS);
addEventListener("visibilitychange", wake);
