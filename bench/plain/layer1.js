// Weighed: awaits the end of a socket that somebody else owns, and hands it back.
export function start(socket) {
  socket.addEventListener("close", ({ code, reason, wasClean }) => show(code, reason, wasClean));
}
