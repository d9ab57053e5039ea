// The minimal app, which is weighed: connects, receives a text, sends it back, and passes the close on.
export function start(url) {
  const socket = new WebSocket(url);
  socket.addEventListener("message", ({ data }) => socket.send(data), { once: true });
  socket.addEventListener("close", ({ code, reason, wasClean }) => show(code, reason, wasClean));
}
