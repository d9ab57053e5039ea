// Weighed: connects, awaits a text, sends it back, awaits the end and hands it on.
export function start(url) {
  const socket = new WebSocket(url);
  socket.addEventListener("message", ({ data }) => socket.send(data), { once: true });
  socket.addEventListener("close", ({ code, reason, wasClean }) => show(code, reason, wasClean));
}
