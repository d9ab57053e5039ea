// Sending and receiving messages.

import { connect, ReceiveError, SendError } from "onclose";
import { check, rejection, same, saw, until, within } from "../harness.js";

export const messages = {
  async messages_before_the_close_are_all_delivered({ peer }) {
    const connection = await connect(`${peer}/send?count=3&size=5&kind=text&asked&close=1000`);
    await connection.send("go");
    // The connection has closed before the first message is read.
    await connection.closed;
    same((await all(connection)).map((text) => text[0]), ["0", "1", "2"], "messages");
    same(await all(connection), [], "messages after the close");
  },

  async binary_messages_arrive_as_array_buffers_with_the_same_bytes({ peer }) {
    const connection = await connect(`${peer}/echo`);
    const bytes = new Uint8Array(1 << 20).map((_, at) => at % 251);
    for (const message of [bytes, bytes.buffer, new DataView(bytes.buffer, 3, 5), new Uint16Array([1, 2]), new Uint8Array()]) {
      await connection.send(message);
      const echo = await first(connection);
      check(echo instanceof ArrayBuffer, `the echo is ${echo}`);
      const view = ArrayBuffer.isView(message) ? message : new Uint8Array(message);
      const sent = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const got = new Uint8Array(echo);
      check(sent.length === got.length && sent.every((byte, at) => byte === got[at]), "the echo differs");
    }
    await connection.close();
  },

  async texts_arrive_unchanged({ peer }) {
    const connection = await connect(`${peer}/echo`);
    for (const text of ["", "\0", "é€😀", "x".repeat(100_000)]) {
      await connection.send(text);
      check((await first(connection)) === text, `it was not ${text.slice(0, 10)}`);
    }
    await connection.close();
  },

  async sending_an_invalid_message_rejects_and_sends_nothing({ peer }) {
    const connection = await connect(`${peer}/echo`);
    for (const wrong of [undefined, null, 7, {}, [1], new Blob(["x"])]) {
      const error = await rejection(connection.send(wrong));
      check(error instanceof TypeError, `it rejected with ${error}`);
    }
    await connection.send("next");
    same(await first(connection), "next", "the first echo");
    await connection.close();
  },

  async break_keeps_unread_messages_and_the_connection({ peer }) {
    const connection = await connect(`${peer}/send?count=3&size=5&kind=text&asked&close=1000`);
    await connection.send("go");
    same((await first(connection))[0], "0", "the first message");
    same((await all(connection)).map((text) => text[0]), ["1", "2"], "the other messages");
  },

  async concurrent_readers_get_a_message_each({ peer }) {
    const connection = await connect(`${peer}/echo`);
    const [one, other] = [connection[Symbol.asyncIterator](), connection[Symbol.asyncIterator]()];
    const reads = [one.next(), other.next()];
    const [third, last] = [one.next(), other.next()];
    await connection.send("a");
    await connection.send("b");
    const read = await within(3_000, Promise.all(reads), "a reader does not resolve");
    same(read, [{ done: false, value: "a" }, { done: false, value: "b" }], "the messages");
    await connection.close();
    const ends = await within(3_000, Promise.all([third, last]), "a reader does not resolve");
    same(ends.map(({ done }) => done), [true, true], "done");
  },

  async pending_read_of_a_loop_that_was_left_takes_no_message({ peer }) {
    const connection = await connect(`${peer}/echo`);
    const left = connection[Symbol.asyncIterator]();
    const pending = [left.next(), left.next()];
    await left.return();
    same(await within(3_000, Promise.all(pending)), [{ done: true }, { done: true }], "the reads of the loop that was left");
    await connection.send("a");
    same(await first(connection), "a", "the message of the next loop");
    await connection.close();
  },

  async aborted_receive_leaves_the_message_to_the_next_one({ peer }) {
    const connection = await connect(`${peer}/echo`);
    const controller = new AbortController();
    const [aborted, kept] = [connection.receive({ signal: controller.signal }), connection.receive()];
    controller.abort("enough");
    same(await rejection(aborted), "enough", "the reason");
    same(await rejection(connection.receive({ signal: controller.signal })), "enough", "the reason at once");
    check((await rejection(connection.receive({ signal: 7 }))) instanceof TypeError, "a signal of another type");
    await connection.send("a");
    same(await within(3_000, kept), "a", "the message of the other read");
    await connection.close();
    same(await connection.receive(), undefined, "the end");
  },

  async message_that_arrives_between_two_reads_is_not_lost({ peer }) {
    const connection = await connect(`${peer}/send?count=2&size=5&kind=text&asked&close=1000`);
    const controller = new AbortController();
    const aborted = connection.receive({ signal: controller.signal });
    controller.abort("enough");
    await rejection(aborted);
    await connection.send("go");
    await connection.closed;
    same((await all(connection)).map((text) => text[0]), ["0", "1"], "messages");
  },

  async connection_without_messages_keeps_none_and_still_sends_and_closes({ peer, id }) {
    const connection = await connect(`${peer}/echo?id=${id}`, { messages: false });
    await connection.send("x");
    check((await rejection(first(connection))) instanceof TypeError, "the loop does not throw");
    check((await rejection(connection.receive())) instanceof TypeError, "receive does not reject");
    const { code, cause } = await connection.close(4000);
    same([code, cause, connection.state], [4000, "local", "closed"]);
    check((await rejection(connection.send("late"))) instanceof SendError, "sending after the close");
    same((await saw(peer, id)).messages, 1, "messages at the server");
    check((await rejection(connect(`${peer}/echo`, { messages: 0 }))) instanceof TypeError, "an option of another type");
  },

  async lost_connection_throws_once_in_the_loop({ peer }) {
    const connection = await connect(`${peer}/drop?how=fin&asked`);
    await connection.send("go");
    const error = await rejection(all(connection));
    check(error instanceof ReceiveError && error.kind === "lost", `it threw ${error}`);
    same(error.closeInfo, await connection.closed, "closeInfo");
    same(await all(connection), [], "messages after the error");
  },

  async receive_buffer_overflow_delivers_what_fitted_and_throws({ peer }) {
    const connection = await connect(`${peer}/send?count=5&size=100&kind=binary&asked`, { receiveBufferLimit: 350 });
    await connection.send("go");
    const { cause, requested } = await connection.closed;
    same([cause, requested], ["local", { code: 1000, reason: "receive buffer full" }]);
    const got = [];
    const error = await rejection(all(connection, got));
    check(error instanceof ReceiveError && error.kind === "overflow", `it threw ${error}`);
    same(got.map((buffer) => buffer.byteLength), [100, 100], "sizes of the messages");
  },

  async messages_that_wait_for_capacity_keep_their_order({ peer }) {
    const connection = await connect(`${peer}/echo`, { sendHighWaterMark: 1 });
    const texts = Array.from({ length: 50 }, (_, at) => `${at}:`.padEnd(at % 7 === 0 ? 50_000 : 5, "x"));
    const sent = texts.map((text) => connection.send(text));
    const echoes = [];
    for await (const echo of connection) {
      if (echoes.push(echo) === texts.length) {
        break;
      }
    }
    check(echoes.every((echo, at) => echo === texts[at]), `the order was ${echoes.map((echo) => echo.slice(0, 3))}`);
    await Promise.all(sent);
    await connection.close();
  },

  async buffer_modified_while_its_message_waits_is_sent_unmodified({ peer }) {
    const connection = await connect(`${peer}/echo`, { sendHighWaterMark: 1 });
    const bytes = new Uint8Array([1, 2, 3]);
    const sent = [connection.send("x".repeat(1 << 20)), connection.send(bytes)];
    bytes.fill(9);
    await Promise.all(sent);
    await first(connection);
    same([...new Uint8Array(await first(connection))], [1, 2, 3], "the echo");
    await connection.close();
  },
};

/** For engines whose send buffer stays full while the peer does not read. WebKit's `bufferedAmount` drops to 0 at once. */
export const fullBuffer = {
  async messages_that_wait_for_capacity_are_returned_at_the_close({ peer }) {
    const connection = await connect(`${peer}/deaf`, { sendHighWaterMark: 1, closeTimeout: 200 });
    const large = connection.send(new Uint8Array(32 << 20));
    const waiting = connection.send("waits");
    const behind = connection.send(new Uint8Array([7]));
    await large;
    check(connection.bufferedAmount > 0, "nothing is buffered, so no message waits");
    connection.close();
    const error = await within(3_000, rejection(waiting), "send does not reject");
    check(error instanceof SendError && error.unsent === "waits", `it rejected with ${error}`);
    const other = await within(3_000, rejection(behind), "send does not reject");
    same([...other.unsent], [7], "unsent");
    const { cause, timedOut } = await connection.closed;
    same([cause, timedOut], ["local", true]);
  },

  async message_sent_when_capacity_returns_does_not_overtake_waiting_ones({ peer, id }) {
    const connection = await connect(`${peer}/deaf?for=500&id=${id}`, { sendHighWaterMark: 1 });
    const sent = [connection.send(new Uint8Array(32 << 20)), connection.send("first")];
    await until(() => connection.bufferedAmount === 0, "the peer continues to read");
    // There is capacity now, but the waiting message has not been sent yet.
    sent.push(connection.send("second"));
    await Promise.all(sent);
    await connection.close();
    const { messages, last } = await saw(peer, id);
    same([messages, last], [3, "second"], "what the peer received");
  },
};

export const handshake = {
  async url_and_protocol_are_available_also_after_the_close({ peer }) {
    const connection = await connect(new URL(`${peer}/echo`), { protocols: new Set(["b.v2", "a.v1"]) });
    same([connection.url, connection.protocol, connection.bufferedAmount], [`${peer}/echo`, "b.v2", 0]);
    await connection.close();
    same([connection.url, connection.protocol, connection.state], [`${peer}/echo`, "b.v2", "closed"], "after the close");
    const one = await connect(`${peer}/echo`, { protocols: "alone" });
    same(one.protocol, "alone", "protocol");
    await one.close();
  },
};

async function all(connection, got = []) {
  for await (const message of connection) {
    got.push(message);
  }
  return got;
}

async function first(connection) {
  for await (const message of connection) {
    return message;
  }
  throw new Error("there is no message");
}
