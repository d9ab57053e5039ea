// How a connection of `connect` closes.

import { CloseFrameError, ConnectError, closed, connect, SendError } from "onclose";
import { check, rejection, same, saw, until, within } from "../harness.js";

export const closing = {
  async close_sends_code_and_reason_and_resolves_with_the_answer({ peer, id }) {
    const connection = await connect(`${peer}/echo?id=${id}`);
    same(connection.state, "open", "state");
    const info = await connection.close(4001, "bye ✓");
    const requested = { code: 4001, reason: "bye ✓" };
    same(info, { code: 4001, reason: "bye ✓", wasClean: true, cause: "local", timedOut: false, requested });
    check((await connection.closed) === info, "close and closed resolve with different objects");
    check(Object.isFrozen(info) && Object.isFrozen(info.requested), "the close info can be modified");
    same(connection.state, "closed", "state");
    const { close } = await saw(peer, id);
    same([close.code, close.reason], [4001, "bye ✓"], "what the peer saw");
  },

  async close_without_a_code_sends_1000({ peer, id }) {
    const connection = await connect(`${peer}/echo?id=${id}`);
    const { code, codeName } = await connection.close();
    same([code, codeName], [1000, "Normal Closure"]);
    same((await saw(peer, id)).close.code, 1000, "what the peer saw");
  },

  async close_with_a_reason_and_no_code_sends_1000_and_the_reason({ peer, id }) {
    const connection = await connect(`${peer}/echo?id=${id}`);
    await connection.close(undefined, "why");
    const { close } = await saw(peer, id);
    same([close.code, close.reason], [1000, "why"], "what the peer saw");
  },

  async close_by_the_peer_is_reported_as_remote_and_not_changed_by_a_late_close({ peer }) {
    const connection = await connect(`${peer}/close?code=1001&reason=leaving&asked`);
    await connection.send("go");
    const expected = {
      code: 1001,
      codeName: "Going Away",
      reason: "leaving",
      wasClean: true,
      cause: "remote",
      timedOut: false,
    };
    same(await connection.closed, expected);
    same(await connection.closed, expected, "the result of the second wait");
    same(await connection.close(4000), expected, "the result of a late close");
  },

  async close_that_the_peer_never_answers_is_local_and_timed_out({ peer }) {
    const connection = await connect(`${peer}/answer?none`, { closeTimeout: 200 });
    const info = await within(3_000, connection.close(4000), "close waits for the peer");
    same(info, {
      code: 1006,
      codeName: "Abnormal Closure",
      reason: "",
      wasClean: false,
      cause: "local",
      timedOut: true,
      requested: { code: 4000, reason: "" },
    });
  },

  async loop_over_messages_ends_without_an_error_after_an_unanswered_close({ peer }) {
    const connection = await connect(`${peer}/answer?none`, { closeTimeout: 200 });
    const read = (async () => {
      for await (const message of connection) {
        throw new Error(`there is a message: ${message}`);
      }
    })();
    connection.close(4000);
    await within(3_000, read, "the loop does not end");
    same((await connection.closed).timedOut, true, "timedOut");
  },

  async first_close_decides_what_is_sent({ peer, id }) {
    const connection = await connect(`${peer}/echo?id=${id}`);
    const both = [connection.close(4001, "first"), connection.close(4002, "second")];
    for (const info of await Promise.all(both)) {
      same(info.requested, { code: 4001, reason: "first" }, "requested");
    }
    same((await saw(peer, id)).close.code, 4001, "what the peer saw");
  },

  async lost_connection_is_not_clean({ peer }) {
    const connection = await connect(`${peer}/drop?how=fin&asked`);
    await connection.send("go");
    const { code, wasClean, cause } = await connection.closed;
    same([code, wasClean, cause], [1006, false, "lost"]);
  },

  async refused_connection_is_lost_and_not_clean({ peer }) {
    const error = await rejection(connect(`${peer}/refuse?status=403`));
    check(error instanceof ConnectError && error.name === "ConnectError", `it rejected with ${error}`);
    const { code, wasClean, cause } = error.closeInfo;
    same([code, wasClean, cause], [1006, false, "lost"]);
  },

  async hanging_handshake_ends_with_timeout({ peer }) {
    const error = await rejection(connect(`${peer}/handshake?fault=hang`, { connectTimeout: 200 }));
    check(error instanceof ConnectError, `it rejected with ${error}`);
    const { code, cause, timedOut, requested } = error.closeInfo;
    same([code, cause, timedOut, requested], [1006, "timeout", true, undefined]);
  },

  async invalid_url_rejects_without_close_info() {
    const error = await rejection(connect("nonsense://"));
    check(error instanceof ConnectError && error.closeInfo === undefined, `it rejected with ${error}`);
  },

  async invalid_options_reject_before_a_socket_is_created({ peer, id }) {
    for (const bad of [{ closeTimeout: -1 }, { connectTimeout: NaN }, { sendHighWaterMark: "1" }, { receiveBufferLimit: null }]) {
      const error = await rejection(connect(`${peer}/echo?id=${id}`, bad));
      check(error instanceof TypeError && error.message.includes(Object.keys(bad)[0]), `it rejected with ${error}`);
    }
    const good = await connect(`${peer}/echo?id=${id}`);
    await good.close();
    same((await saw(peer, id)).all.upgraded, 1, "number of connections");
  },

  async close_with_a_forbidden_code_rejects_and_the_connection_stays_open({ peer, id }) {
    const connection = await connect(`${peer}/echo?id=${id}`);
    for (const code of [0, 999, 1001, 1005, 1006, 1015, 2999, 5000, 65535, 66536, -1, 1000.5, NaN, "1000", null, 1000n]) {
      const error = await rejection(connection.close(code, "why"));
      check(error instanceof CloseFrameError && error instanceof TypeError, `${String(code)} rejected with ${error}`);
      same([error.name, error.rule], ["CloseFrameError", "code"], String(code));
      check(error.message.includes("1000 or 3000-4999"), `the message does not name the rule: ${error.message}`);
    }
    await stillEchoes(connection);
    await connection.close(3000);
    same((await saw(peer, id)).close.code, 3000, "what the peer saw");
  },

  async close_with_a_long_reason_rejects_and_the_connection_stays_open({ peer, id }) {
    const connection = await connect(`${peer}/echo?id=${id}`);
    for (const reason of ["x".repeat(124), "€".repeat(42), "😀".repeat(31)]) {
      const error = await rejection(connection.close(4000, reason));
      check(error instanceof CloseFrameError && error.rule === "reason", `it rejected with ${error}`);
      check(error.message.includes("123") && error.message.includes("bytes"), `the message does not name the rule: ${error.message}`);
    }
    check((await rejection(connection.close(4000, 7))).rule === "reason", "a number was accepted as a reason");
    await stillEchoes(connection);
    const longest = "€".repeat(41);
    await connection.close(4999, longest);
    same((await saw(peer, id)).close.reason, longest, "what the peer saw");
  },

  async close_with_a_forbidden_code_rejects_on_a_closed_connection_too({ peer }) {
    const connection = await connect(`${peer}/echo`);
    await connection.close();
    check((await rejection(connection.close(1001))) instanceof CloseFrameError, "it was accepted");
    same((await connection.close(4000)).code, 1000, "code");
  },

  async close_starts_before_its_promise_is_awaited({ peer }) {
    const connection = await connect(`${peer}/echo`);
    connection.close(4000);
    same(connection.state, "closing", "state");
    same((await connection.closed).code, 4000, "code");
  },

  async no_function_that_returns_a_promise_throws_synchronously({ peer }) {
    const connection = await connect(`${peer}/echo`);
    const promises = {
      connect: () => connect(Symbol("url")),
      options: () => connect(`${peer}/echo`, null),
      protocols: () => connect(`${peer}/echo`, { protocols: 7 }),
      closed: () => closed(7),
      send: () => connection.send(Symbol("message")),
      close: () => connection.close(Symbol("code"), Symbol("reason")),
    };
    for (const [name, call] of Object.entries(promises)) {
      // A synchronous exception ends this case.
      const promise = call();
      check(promise instanceof Promise, `${name} returned no promise`);
      check((await rejection(promise)) instanceof TypeError, `${name} rejected with another error`);
    }
    await connection.close();
  },

  async sending_after_the_close_rejects_with_the_message({ peer }) {
    const connection = await connect(`${peer}/echo`);
    const closed = connection.close();
    const early = await rejection(connection.send("while closing"));
    check(early instanceof SendError && early.unsent === "while closing", `it rejected with ${early}`);
    await closed;
    const late = await rejection(connection.send(new Uint8Array([1, 2, 3]).subarray(1)));
    check(late instanceof SendError && late.unsent instanceof Uint8Array, `it rejected with ${late}`);
    same([...late.unsent], [2, 3], "unsent");
    same(late.closeInfo, await closed, "closeInfo");
  },

  async invalid_signal_or_url_rejects_before_a_socket_is_created({ peer, id }) {
    for (const signal of [{}, 7, "now"]) {
      const error = await rejection(connect(`${peer}/echo?id=${id}`, { signal }));
      check(error instanceof TypeError && error.message.startsWith("signal must be"), `${error}`);
    }
    for (const url of [undefined, null, 7, {}]) {
      const error = await rejection(connect(url));
      check(error instanceof TypeError && error.message.startsWith("url must be"), `${error}`);
    }
    const answer = await fetch(`${peer.replace(/^ws/, "http")}/saw?id=${id}`);
    same(answer.status, 404, "the status of the peer's record");
  },

  async aborted_signal_rejects_before_a_socket_is_created({ peer, id }) {
    const reason = new Error("aborted");
    const error = await rejection(connect(`${peer}/echo?id=${id}`, { signal: AbortSignal.abort(reason) }));
    check(error === reason, `it rejected with ${error}`);
    const answer = await fetch(`${peer.replace(/^ws/, "http")}/saw?id=${id}`);
    same(answer.status, 404, "the status of the peer's record");
  },

  async abort_while_connecting_rejects_and_leaves_no_connection({ peer, id }) {
    const abort = new AbortController();
    const connecting = connect(`${peer}/echo?id=${id}&accept_delay=300`, { signal: abort.signal });
    const reason = { own: true };
    setTimeout(() => abort.abort(reason), 50);
    const error = await within(3_000, rejection(connecting), "connect does not reject");
    check(error === reason, `it rejected with ${String(error)}`);
    await until(async () => (await count(peer, id)) === 0, "the peer has no open connection");
  },

  async abort_closes_an_open_connection_with_1000({ peer, id }) {
    const abort = new AbortController();
    const connection = await connect(`${peer}/echo?id=${id}`, { signal: abort.signal });
    abort.abort();
    const { code, cause } = await connection.closed;
    same([code, cause], [1000, "local"]);
    same((await saw(peer, id)).close.code, 1000, "what the peer saw");
  },

  async connect_leaves_no_listener_on_the_signal({ peer }) {
    const listeners = new Set();
    const signal = {
      aborted: false,
      reason: undefined,
      addEventListener: (_, listener) => listeners.add(listener),
      removeEventListener: (_, listener) => listeners.delete(listener),
    };
    const connection = await connect(`${peer}/echo`, { signal });
    same(listeners.size, 1, "number of listeners");
    await connection.close();
    await rejection(connect(`${peer}/refuse`, { signal }));
    same(listeners.size, 0, "number of listeners");
  },

  async async_dispose_closes_with_1000({ peer, id }) {
    const connection = await connect(`${peer}/echo?id=${id}`);
    if (Symbol.asyncDispose === undefined) {
      // Without the symbol, a method must not have been defined under the name "undefined".
      check(!("undefined" in connection), "there is a method named undefined");
      await connection.close();
    } else {
      same(await connection[Symbol.asyncDispose](), undefined, "its result");
      same(connection.state, "closed", "state");
    }
    same((await saw(peer, id)).close.code, 1000, "what the peer saw");
  },
};

async function stillEchoes(connection) {
  same(connection.state, "open", "state");
  await connection.send("still there");
  for await (const message of connection) {
    same(message, "still there", "echo");
    break;
  }
}

async function count(peer, prefix) {
  const answer = await fetch(`${peer.replace(/^ws/, "http")}/count?prefix=${prefix}`);
  return (await answer.json()).open;
}
