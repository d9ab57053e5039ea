// Plays the scripts of the matrix on a plain WebSocket, and logs its events.

// How long to observe after `close`, for an event that should not follow.
const AFTERWARDS = 100;
// How long to wait for `close` after an `error` on a closed socket.
const GRACE = 2000;

// Plays the scripts, several at the same time, and returns a log for each.
export async function matrix({ scripts, together }) {
  const logs = [];
  let next = 0;
  const worker = async () => {
    while (next < scripts.length) {
      const index = next++;
      logs[index] = await play(scripts[index]);
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
  return logs;
}

async function play(script) {
  const crowd = script.crowd && (await gather(script.crowd));
  const log = await observe(script, crowd?.length);
  await Promise.all((crowd ?? []).map(close));
  return log;
}

function observe(script, crowd) {
  const log = [];
  const begun = performance.now();
  const note = (what, more) => log.push({ what, ...more, at: Math.round(performance.now() - begun) });
  if (crowd !== undefined) note("crowd", { open: crowd });
  let socket;
  try {
    socket = script.protocols.length ? new WebSocket(script.url, script.protocols) : new WebSocket(script.url);
  } catch (error) {
    note("threw", { name: error.name });
    return log;
  }
  socket.binaryType = "arraybuffer";
  return new Promise((resolve) => {
    const act = (acts) => {
      for (const one of acts) {
        const did = { act: one.act, state: socket.readyState };
        if (one.act === "close") did.frame = [one.code, one.reason];
        // Noted before the act, since timeouts count from its beginning.
        note("did", did);
        log.at(-1).threw = attempt(socket, one);
      }
    };
    const stop = () => {
      for (const name of Object.keys(listeners)) socket.removeEventListener(name, listeners[name]);
      resolve(log);
    };
    const timeOut = () => {
      note("still", { state: socket.readyState });
      stop();
      // The next script must not share the engine with an open socket of this one.
      socket.close();
    };
    let patience = setTimeout(timeOut, script.patience);
    let first = true;
    const listeners = {
      open() {
        note("open", { protocol: socket.protocol, extensions: socket.extensions });
        act(script.on_open);
      },
      message({ data }) {
        note("message", describe(data));
        if (first) act(script.on_message);
        first = false;
      },
      error() {
        note("error");
        // Some engines update `readyState` only after the event.
        setTimeout(() => {
          if (socket.readyState !== WebSocket.CLOSED || log.at(-1).what === "close") return;
          clearTimeout(patience);
          patience = setTimeout(timeOut, GRACE);
        });
      },
      close({ code, reason, wasClean: clean }) {
        note("close", { code, reason, clean });
        clearTimeout(patience);
        setTimeout(stop, AFTERWARDS);
      },
    };
    for (const name of Object.keys(listeners)) socket.addEventListener(name, listeners[name]);
    act(script.at_once);
  });
}

// Returns the name of the exception, if one was thrown.
function attempt(socket, { act, text, bytes, code, reason }) {
  try {
    if (act === "send") socket.send(text);
    else if (act === "fill") socket.send(new Uint8Array(bytes));
    else if (code === null) socket.close();
    else socket.close(code, reason);
    return null;
  } catch (error) {
    return error.name;
  }
}

function describe(data) {
  if (typeof data === "string") return { kind: "text", content: data };
  const bytes = [...new Uint8Array(data)];
  return { kind: "binary", content: bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("") };
}

// Opens this many other sockets, and returns those that opened.
async function gather({ url, count }) {
  const open = [];
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const socket = new WebSocket(url);
      const opened = await new Promise((resolve) => {
        socket.onopen = () => resolve(true);
        // In some engines no `close` follows.
        socket.onerror = () => resolve(false);
      });
      if (opened) open.push(socket);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return open;
}

function close(socket) {
  return new Promise((resolve) => {
    socket.onclose = resolve;
    socket.close(1000);
  });
}
