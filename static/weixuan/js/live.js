// The shop's WebSocket: every event becomes a window event "wx:<type>" (for hx-trigger="… from:window").
// Without a connection nothing is lost: pages poll as well.
"use strict";
{
  const { url } = document.currentScript.dataset;
  let wait = 1000;
  const open = () => {
    const socket = new WebSocket(url);
    socket.addEventListener("open", () => { wait = 1000; });
    socket.addEventListener("message", (message) => {
      let event;
      try { event = JSON.parse(message.data); } catch { return; }
      dispatchEvent(new CustomEvent(`wx:${event.type}`, { detail: event }));
    });
    socket.addEventListener("close", () => {
      setTimeout(open, wait);
      wait = Math.min(wait * 2, 30000);
    });
  };
  if (url) open();
}
