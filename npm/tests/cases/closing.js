// How a socket of one's own ends.

import { CloseFrameError, ConnectError, connect, SendError } from "onclose";
import { check, rejection, same, saw, thrown, until, within } from "../harness.js";

export const closing = {
  async our_close_reaches_the_peer_and_its_answer_is_told({ peer, id }) {
    const socket = await connect(`${peer}/echo?id=${id}`);
    same(socket.state, "open", "state");
    const closed = socket.close(4001, "bye ✓");
    check(closed === socket.closed, "close returns another promise than closed");
    same(await closed, { code: 4001, name: undefined, reason: "bye ✓", wasClean: true, cause: "local" });
    check(Object.isFrozen(await closed), "what closed gives can be changed");
    same(socket.state, "closed", "state");
    const { close } = await saw(peer, id);
    same([close.code, close.reason], [4001, "bye ✓"], "what the peer saw");
  },

  async a_close_without_a_code_is_a_normal_one({ peer, id }) {
    const socket = await connect(`${peer}/echo?id=${id}`);
    const { code, name } = await socket.close();
    same([code, name], [1000, "Normal Closure"]);
    same((await saw(peer, id)).close.code, 1000, "what the peer saw");
  },

  async a_reason_without_a_code_is_not_lost({ peer, id }) {
    const socket = await connect(`${peer}/echo?id=${id}`);
    await socket.close(undefined, "why");
    const { close } = await saw(peer, id);
    same([close.code, close.reason], [1000, "why"], "what the peer saw");
  },

  async the_peers_close_is_not_taken_for_ours({ peer }) {
    const socket = await connect(`${peer}/close?code=1001&reason=leaving&asked`);
    await socket.send("go");
    const expected = { code: 1001, name: "Going Away", reason: "leaving", wasClean: true, cause: "remote" };
    same(await socket.closed, expected);
    same(await socket.closed, expected, "the second time it");
    same(await socket.close(4000), expected, "after a late close it");
  },

  async a_peer_that_never_answers_holds_no_close({ peer }) {
    const socket = await connect(`${peer}/answer?none`, { closeTimeout: 200 });
    const info = await within(3_000, socket.close(4000), "close waits for the peer");
    same(info, { code: 1006, name: "Abnormal Closure", reason: "", wasClean: false, cause: "deadline" });
  },

  async a_lost_connection_is_no_clean_end({ peer }) {
    const socket = await connect(`${peer}/drop?how=fin&asked`);
    await socket.send("go");
    const { code, wasClean, cause } = await socket.closed;
    same([code, wasClean, cause], [1006, false, "lost"]);
  },

  async a_refused_connection_is_not_reported_as_a_clean_end({ peer }) {
    const error = await rejection(connect(`${peer}/refuse?status=403`));
    check(error instanceof ConnectError && error.name === "ConnectError", `it rejected with ${error}`);
    const { code, wasClean, cause } = error.closed;
    same([code, wasClean, cause], [1006, false, "lost"]);
  },

  async a_handshake_that_hangs_has_an_end({ peer }) {
    const error = await rejection(connect(`${peer}/handshake?fault=hang`, { connectTimeout: 200 }));
    check(error instanceof ConnectError, `it rejected with ${error}`);
    same(error.closed.cause, "deadline", "cause");
  },

  async a_url_that_is_none_rejects_and_does_not_throw() {
    const error = await rejection(connect("nonsense://"));
    check(error instanceof ConnectError && error.closed === undefined, `it rejected with ${error}`);
  },

  async bad_options_reject_before_anything_is_opened({ peer, id }) {
    for (const bad of [{ closeTimeout: -1 }, { connectTimeout: NaN }, { sendBuffer: "1" }, { recvBuffer: null }]) {
      const error = await rejection(connect(`${peer}/echo?id=${id}`, bad));
      check(error instanceof TypeError && error.message.includes(Object.keys(bad)[0]), `it rejected with ${error}`);
    }
    const good = await connect(`${peer}/echo?id=${id}`);
    await good.close();
    same((await saw(peer, id)).all.upgraded, 1, "number of connections");
  },

  async codes_that_may_not_be_sent_throw_at_once_and_the_socket_stays_open({ peer, id }) {
    const socket = await connect(`${peer}/echo?id=${id}`);
    for (const code of [0, 999, 1001, 1005, 1006, 1015, 2999, 5000, 65535, 66536, -1, 1000.5, NaN, "1000", null, 1000n]) {
      const error = thrown(() => socket.close(code, "why"));
      check(error instanceof CloseFrameError && error instanceof TypeError, `${String(code)} threw ${error}`);
      same([error.name, error.rule], ["CloseFrameError", "code"], String(code));
      check(error.message.includes("1000 and 3000 to 4999"), `the rule is not in: ${error.message}`);
    }
    await stillEchoes(socket);
    await socket.close(3000);
    same((await saw(peer, id)).close.code, 3000, "what the peer saw");
  },

  async reasons_that_are_too_long_throw_at_once_and_the_socket_stays_open({ peer, id }) {
    const socket = await connect(`${peer}/echo?id=${id}`);
    for (const reason of ["x".repeat(124), "€".repeat(42), "😀".repeat(31)]) {
      const error = thrown(() => socket.close(4000, reason));
      check(error instanceof CloseFrameError && error.rule === "reason", `it threw ${error}`);
      check(error.message.includes("123") && error.message.includes("bytes"), `the rule is not in: ${error.message}`);
    }
    check(thrown(() => socket.close(4000, 7)).rule === "reason", "a number was taken for a reason");
    await stillEchoes(socket);
    const longest = "€".repeat(41);
    await socket.close(4999, longest);
    same((await saw(peer, id)).close.reason, longest, "what the peer saw");
  },

  async a_bad_code_throws_on_a_closed_socket_too({ peer }) {
    const socket = await connect(`${peer}/echo`);
    await socket.close();
    check(thrown(() => socket.close(1001)) instanceof CloseFrameError, "it was taken");
    same((await socket.close(4000)).code, 1000, "code");
  },

  async sending_after_the_end_gives_the_message_back({ peer }) {
    const socket = await connect(`${peer}/echo`);
    const closed = socket.close();
    const early = await rejection(socket.send("while closing"));
    check(early instanceof SendError && early.unsent === "while closing", `it rejected with ${early}`);
    await closed;
    const late = await rejection(socket.send(new Uint8Array([1, 2, 3]).subarray(1)));
    check(late instanceof SendError && late.unsent instanceof Uint8Array, `it rejected with ${late}`);
    same([...late.unsent], [2, 3], "unsent");
    same(late.closed, await closed, "closed");
  },

  async a_signal_or_url_that_is_none_opens_nothing({ peer, id }) {
    for (const signal of [{}, 7, "now"]) {
      const error = await rejection(connect(`${peer}/echo?id=${id}`, { signal }));
      check(error instanceof TypeError && error.message.startsWith("signal is"), `${error}`);
    }
    for (const url of [undefined, null, 7, {}]) {
      const error = await rejection(connect(url));
      check(error instanceof TypeError && error.message.startsWith("url is"), `${error}`);
    }
    const answer = await fetch(`${peer.replace(/^ws/, "http")}/saw?id=${id}`);
    same(answer.status, 404, "what the peer knows of it");
  },

  async an_aborted_signal_opens_nothing({ peer, id }) {
    const reason = new Error("not any more");
    const error = await rejection(connect(`${peer}/echo?id=${id}`, { signal: AbortSignal.abort(reason) }));
    check(error === reason, `it rejected with ${error}`);
    const answer = await fetch(`${peer.replace(/^ws/, "http")}/saw?id=${id}`);
    same(answer.status, 404, "what the peer knows of it");
  },

  async aborting_cancels_connecting_and_leaves_no_orphan({ peer, id }) {
    const abort = new AbortController();
    const connecting = connect(`${peer}/echo?id=${id}&accept_delay=300`, { signal: abort.signal });
    const reason = { own: true };
    setTimeout(() => abort.abort(reason), 50);
    const error = await within(3_000, rejection(connecting), "connecting goes on");
    check(error === reason, `it rejected with ${String(error)}`);
    await until(async () => (await count(peer, id)) === 0, "the peer still has the connection");
  },

  async aborting_closes_a_socket_that_is_open({ peer, id }) {
    const abort = new AbortController();
    const socket = await connect(`${peer}/echo?id=${id}`, { signal: abort.signal });
    abort.abort();
    const { code, cause } = await socket.closed;
    same([code, cause], [1000, "local"]);
    same((await saw(peer, id)).close.code, 1000, "what the peer saw");
  },

  async a_signal_that_outlives_its_sockets_keeps_no_listener({ peer }) {
    const listeners = new Set();
    const signal = {
      aborted: false,
      reason: undefined,
      addEventListener: (_, listener) => listeners.add(listener),
      removeEventListener: (_, listener) => listeners.delete(listener),
    };
    const socket = await connect(`${peer}/echo`, { signal });
    same(listeners.size, 1, "number of listeners");
    await socket.close();
    await rejection(connect(`${peer}/refuse`, { signal }));
    same(listeners.size, 0, "number of listeners");
  },

  async disposing_of_a_socket_closes_it({ peer, id }) {
    const socket = await connect(`${peer}/echo?id=${id}`);
    if (Symbol.asyncDispose === undefined) {
      // An engine without it: then there is no method by another name, either.
      check(!("undefined" in socket), "there is a method by the name of undefined");
      await socket.close();
    } else {
      same(await socket[Symbol.asyncDispose](), undefined, "what it gives");
      same(socket.state, "closed", "state");
    }
    same((await saw(peer, id)).close.code, 1000, "what the peer saw");
  },
};

async function stillEchoes(socket) {
  same(socket.state, "open", "state");
  await socket.send("still there");
  for await (const message of socket) {
    same(message, "still there", "echo");
    break;
  }
}

async function count(peer, prefix) {
  const answer = await fetch(`${peer.replace(/^ws/, "http")}/count?prefix=${prefix}`);
  return (await answer.json()).open;
}
