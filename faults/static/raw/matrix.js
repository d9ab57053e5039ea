// The scripts of the matrix on a plain WebSocket: what happens, in order.

// After the end, for an event that should not come any more.
const AFTERWARDS = 100;
// After an `error` on a closed socket, for the `close` that may follow.
const GRACE = 2000;

// Plays the scripts, so many at once, and answers a log for each.
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
  const log = await listen(script, crowd?.length);
  await Promise.all((crowd ?? []).map(leave));
  return log;
}

function listen(script, crowd) {
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
        // Noted before it is done: from then on deadlines count.
        note("did", did);
        log.at(-1).threw = attempt(socket, one);
      }
    };
    const stop = () => {
      for (const name of Object.keys(listeners)) socket.removeEventListener(name, listeners[name]);
      resolve(log);
    };
    const giveUp = () => {
      note("still", { state: socket.readyState });
      stop();
      // Whoever comes next is not to meet what is left of this one.
      socket.close();
    };
    let patience = setTimeout(giveUp, script.patience);
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
        // Some engines change the state only afterwards.
        setTimeout(() => {
          if (socket.readyState !== WebSocket.CLOSED || log.at(-1).what === "close") return;
          clearTimeout(patience);
          patience = setTimeout(giveUp, GRACE);
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

// What was thrown, if anything was.
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

// Opens so many others first, and answers those that did.
async function gather({ url, count }) {
  const open = [];
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const socket = new WebSocket(url);
      const opened = await new Promise((resolve) => {
        socket.onopen = () => resolve(true);
        // Whether `close` follows or not.
        socket.onerror = () => resolve(false);
      });
      if (opened) open.push(socket);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return open;
}

function leave(socket) {
  return new Promise((resolve) => {
    socket.onclose = resolve;
    socket.close(1000);
  });
}
