// The subject in plain JavaScript: listeners without a queue.

// Counts messages as common/src/tally.rs does, but in UTF-16 units, the only length that a JavaScript string has.
function tally() {
  let count = 0;
  let bytes = 0;
  let hash = 0;
  return {
    add(data) {
      let first = 0;
      let last = 0;
      let length;
      if (typeof data === "string") {
        length = data.length;
        if (length >= 4) {
          first =
            (data.charCodeAt(0) << 24) | (data.charCodeAt(1) << 16) | (data.charCodeAt(2) << 8) | data.charCodeAt(3);
        }
        if (length) last = data.charCodeAt(length - 1);
      } else {
        const view = new Uint8Array(data);
        length = view.length;
        if (length >= 4) first = (view[0] << 24) | (view[1] << 16) | (view[2] << 8) | view[3];
        if (length) last = view[length - 1];
      }
      count += 1;
      bytes += length;
      hash = Math.imul(Math.imul(hash ^ first, 0x01000193) ^ last, 0x01000193);
    },
    reset() {
      count = bytes = hash = 0;
    },
    count: () => count,
    bytes: () => bytes,
    hash: () => hash >>> 0,
  };
}

function connect(url) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    const over = new AbortController();
    const once = { signal: over.signal };
    const settled = (settle) => (event) => {
      over.abort();
      settle(event);
    };
    socket.addEventListener("open", settled(() => resolve(socket)), once);
    socket.addEventListener("close", settled(() => reject(new Error("the connection failed"))), once);
  });
}

// Runs `work` until it resolves or rejects; its listeners are removed by the signal.
function until(work) {
  const over = new AbortController();
  return new Promise((resolve, reject) => work(resolve, reject, { signal: over.signal })).finally(() => over.abort());
}

// Writes four digits to the front, so that each message differs from its neighbours.
function writeNumber(message, number) {
  let rest = number;
  for (let at = 3; at >= 0; at -= 1) {
    message[at] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

function equal(buffer, sent) {
  const view = new Uint8Array(buffer);
  if (view.length !== sent.length) return false;
  for (let at = 0; at < sent.length; at += 1) {
    if (view[at] !== sent[at]) return false;
  }
  return true;
}

// The default of the crate's `send_high_water_mark`.
const HIGH_WATER_MARK = 1 << 20;

// `deliver` and `send` are for the faulty subjects of broken.js, `wait` for those that wait for the send buffer.
export function create({
  deliver = (data, add) => add(data),
  send = (socket, data) => socket.send(data),
  wait = undefined,
} = {}) {
  const { add, ...counts } = tally();
  let socket;
  const sendTexts = (size, times) => {
    const rest = "x".repeat(size - 4);
    for (let number = 0; number < times; number += 1) {
      send(socket, String(number % 10000).padStart(4, "0") + rest);
    }
  };
  return {
    utf16: true,
    ...counts,
    stopped: () => undefined,
    async open(url) {
      socket = await connect(url);
    },
    listen() {
      socket.addEventListener("message", (event) => deliver(event.data, add));
    },
    echo(text, size, times) {
      const message = new Uint8Array(size).fill(0x78);
      const rest = "x".repeat(size - 4);
      let number = -1;
      let sent;
      return until((resolve, reject, options) => {
        const next = () => {
          number += 1;
          if (number === times) return resolve();
          if (text) {
            sent = String(number % 10000).padStart(4, "0") + rest;
          } else {
            writeNumber(message, number);
            sent = message;
          }
          socket.send(sent);
        };
        const arrived = ({ data }) => {
          const same = text ? data === sent : typeof data !== "string" && equal(data, sent);
          if (same) next();
          else reject(new Error(`echo ${number} is not what was sent`));
        };
        socket.addEventListener("message", arrived, options);
        next();
      });
    },
    pipe(size, times) {
      return until((resolve, reject, options) => {
        const arrived = ({ data }) => {
          if (data === "finish 0") resolve();
          else reject(new Error("the peer did not answer that it has everything"));
        };
        socket.addEventListener("message", arrived, options);
        const message = new Uint8Array(size).fill(0x78);
        for (let number = 0; number < times; number += 1) {
          writeNumber(message, number);
          send(socket, message);
        }
        socket.send("done");
      });
    },
    // The messages of `sink_run`; there is no sink.
    sink_run(size, times) {
      return until((resolve, reject, options) => {
        let left = times;
        const arrived = ({ data }) => {
          deliver(data, add);
          left -= 1;
          if (left === 0) resolve();
        };
        socket.addEventListener("message", arrived, options);
        socket.addEventListener("close", () => reject(new Error(`it closed ${left} echoes too early`)), options);
        sendTexts(size, times);
      });
    },
    // The messages of `forward`; there is no sink.
    forward(size, times) {
      return until((resolve, reject, options) => {
        socket.addEventListener("close", resolve, options);
        sendTexts(size, times);
        socket.close();
      });
    },
    async upload(size, times, acknowledged) {
      const finished = until((resolve, reject, options) => {
        const arrived = ({ data }) => {
          if (Number(data) >= acknowledged) resolve();
        };
        socket.addEventListener("message", arrived, options);
        socket.addEventListener("close", () => reject(new Error("it closed too early")), options);
      });
      await Promise.all([this.fill(size, (number) => number < times), finished]);
    },
    upload_for(size, millis) {
      const end = performance.now() + millis;
      return this.fill(size, () => performance.now() < end);
    },
    // Sends messages as long as this is true; returns how many.
    async fill(size, more) {
      const message = new Uint8Array(size).fill(0x78);
      let number = 0;
      for (; more(number); number += 1) {
        while (wait && socket.bufferedAmount >= HIGH_WATER_MARK) await wait();
        writeNumber(message, number);
        send(socket, message);
      }
      return number;
    },
    async end(reason) {
      const event = await new Promise((resolve) => {
        socket.addEventListener("close", resolve, { once: true });
        socket.send("close");
      });
      const at = performance.now();
      socket = undefined;
      if (event.reason !== reason) throw new Error(`the reason was ${reason}, and ${event.reason} was reported`);
      return [at, event.code, Number(event.wasClean)];
    },
    // There is no sink.
    sink_echo(...args) {
      return this.echo(...args);
    },
    drop_it() {
      socket.close();
      socket = undefined;
    },
  };
}
