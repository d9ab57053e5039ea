// What is sent and received.

import { connect, ReceiveError, SendError } from "onclose";
import { check, rejection, same, saw, until, within } from "../harness.js";

export const messages = {
  async messages_before_the_end_are_all_delivered({ peer }) {
    const socket = await connect(`${peer}/send?count=3&size=5&kind=text&asked&close=1000`);
    await socket.send("go");
    // The end is known before the first one is read.
    await socket.closed;
    same((await all(socket)).map((text) => text[0]), ["0", "1", "2"], "messages");
    same(await all(socket), [], "what comes after the end");
  },

  async binary_messages_are_buffers_with_what_was_sent({ peer }) {
    const socket = await connect(`${peer}/echo`);
    const bytes = new Uint8Array(1 << 20).map((_, at) => at % 251);
    for (const message of [bytes, bytes.buffer, new DataView(bytes.buffer, 3, 5), new Uint16Array([1, 2]), new Uint8Array()]) {
      await socket.send(message);
      const echo = await first(socket);
      check(echo instanceof ArrayBuffer, `the echo is ${echo}`);
      const view = ArrayBuffer.isView(message) ? message : new Uint8Array(message);
      const sent = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const got = new Uint8Array(echo);
      check(sent.length === got.length && sent.every((byte, at) => byte === got[at]), "the echo differs");
    }
    await socket.close();
  },

  async texts_come_back_as_they_are({ peer }) {
    const socket = await connect(`${peer}/echo`);
    for (const text of ["", "\0", "é€😀", "x".repeat(100_000)]) {
      await socket.send(text);
      check((await first(socket)) === text, `it was not ${text.slice(0, 10)}`);
    }
    await socket.close();
  },

  async what_is_no_message_rejects_and_sends_nothing({ peer }) {
    const socket = await connect(`${peer}/echo`);
    for (const wrong of [undefined, null, 7, {}, [1], new Blob(["x"])]) {
      const error = await rejection(socket.send(wrong));
      check(error instanceof TypeError, `it rejected with ${error}`);
    }
    await socket.send("next");
    same(await first(socket), "next", "the first echo");
    await socket.close();
  },

  async leaving_the_loop_loses_no_message_and_no_socket({ peer }) {
    const socket = await connect(`${peer}/send?count=3&size=5&kind=text&asked&close=1000`);
    await socket.send("go");
    same((await first(socket))[0], "0", "the first");
    same((await all(socket)).map((text) => text[0]), ["1", "2"], "the others");
  },

  async two_readers_at_once_get_a_message_each({ peer }) {
    const socket = await connect(`${peer}/echo`);
    const [one, other] = [socket[Symbol.asyncIterator](), socket[Symbol.asyncIterator]()];
    const reads = [one.next(), other.next()];
    const [third, last] = [one.next(), other.next()];
    await socket.send("a");
    await socket.send("b");
    const read = await within(3_000, Promise.all(reads), "a reader waits for ever");
    same(read, [{ done: false, value: "a" }, { done: false, value: "b" }], "what was read");
    await socket.close();
    const ends = await within(3_000, Promise.all([third, last]), "a reader waits for ever");
    same(ends.map(({ done }) => done), [true, true], "whether it is over");
  },

  async a_lost_connection_throws_once_after_all_that_came({ peer }) {
    const socket = await connect(`${peer}/drop?how=fin&asked`);
    await socket.send("go");
    const error = await rejection(all(socket));
    check(error instanceof ReceiveError && error.kind === "lost", `it threw ${error}`);
    same(error.closed, await socket.closed, "closed");
    same(await all(socket), [], "what comes after the error");
  },

  async a_reader_that_is_too_slow_is_told_and_keeps_what_fitted({ peer }) {
    const socket = await connect(`${peer}/send?count=5&size=100&kind=binary&asked`, { recvBuffer: 250 });
    await socket.send("go");
    const { cause } = await socket.closed;
    same(cause, "local", "cause");
    const got = [];
    const error = await rejection(all(socket, got));
    check(error instanceof ReceiveError && error.kind === "overflow", `it threw ${error}`);
    same(got.map((buffer) => buffer.byteLength), [100, 100], "what fitted");
  },

  async messages_that_wait_for_room_keep_their_order({ peer }) {
    const socket = await connect(`${peer}/echo`, { sendBuffer: 1 });
    const texts = Array.from({ length: 50 }, (_, at) => `${at}:`.padEnd(at % 7 === 0 ? 50_000 : 5, "x"));
    const sent = texts.map((text) => socket.send(text));
    const echoes = [];
    for await (const echo of socket) {
      if (echoes.push(echo) === texts.length) {
        break;
      }
    }
    check(echoes.every((echo, at) => echo === texts[at]), `the order was ${echoes.map((echo) => echo.slice(0, 3))}`);
    await Promise.all(sent);
    await socket.close();
  },

  async a_buffer_that_is_changed_while_it_waits_is_sent_as_it_was({ peer }) {
    const socket = await connect(`${peer}/echo`, { sendBuffer: 1 });
    const bytes = new Uint8Array([1, 2, 3]);
    const sent = [socket.send("x".repeat(1 << 20)), socket.send(bytes)];
    bytes.fill(9);
    await Promise.all(sent);
    await first(socket);
    same([...new Uint8Array(await first(socket))], [1, 2, 3], "the echo");
    await socket.close();
  },
};

/** Of engines whose send buffer stays full while the peer reads nothing: WebKit's never does. */
export const full = {
  async what_waits_for_room_when_it_ends_is_given_back({ peer }) {
    const socket = await connect(`${peer}/deaf`, { sendBuffer: 1, closeTimeout: 200 });
    const large = socket.send(new Uint8Array(32 << 20));
    const waiting = socket.send("waits");
    const behind = socket.send(new Uint8Array([7]));
    await large;
    check(socket.bufferedAmount > 0, "nothing is buffered, so nothing waits");
    socket.close();
    const error = await within(3_000, rejection(waiting), "it waits for ever");
    check(error instanceof SendError && error.unsent === "waits", `it rejected with ${error}`);
    const other = await within(3_000, rejection(behind), "it waits for ever");
    same([...other.unsent], [7], "unsent");
    same((await socket.closed).cause, "deadline", "cause");
  },

  async a_message_that_finds_room_does_not_overtake_those_that_wait({ peer, id }) {
    const socket = await connect(`${peer}/deaf?for=500&id=${id}`, { sendBuffer: 1 });
    const sent = [socket.send(new Uint8Array(32 << 20)), socket.send("first")];
    await until(() => socket.bufferedAmount === 0, "the peer reads on");
    // There is room now, which who waits has yet to see.
    sent.push(socket.send("second"));
    await Promise.all(sent);
    await socket.close();
    const { messages, last } = await saw(peer, id);
    same([messages, last], [3, "second"], "what the peer got");
  },
};

export const handshake = {
  async url_and_protocol_are_those_of_the_connection({ peer }) {
    const socket = await connect(new URL(`${peer}/echo`), { protocols: new Set(["b.v2", "a.v1"]) });
    same([socket.url, socket.protocol, socket.bufferedAmount], [`${peer}/echo`, "b.v2", 0]);
    await socket.close();
    same([socket.url, socket.protocol, socket.state], [`${peer}/echo`, "b.v2", "closed"], "after the end it");
    const one = await connect(`${peer}/echo`, { protocols: "alone" });
    same(one.protocol, "alone", "protocol");
    await one.close();
  },
};

async function all(socket, got = []) {
  for await (const message of socket) {
    got.push(message);
  }
  return got;
}

async function first(socket) {
  for await (const message of socket) {
    return message;
  }
  throw new Error("there is no message");
}
