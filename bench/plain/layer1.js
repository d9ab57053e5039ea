// The minimal observer, which is weighed: awaits the close of a socket that other code owns, and passes it on.
export function start(socket) {
  socket.addEventListener("close", ({ code, reason, wasClean }) => show(code, reason, wasClean));
}
