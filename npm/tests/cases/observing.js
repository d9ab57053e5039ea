// The end of somebody else's socket.

import { closed, onClose } from "onclose";
import { check, rejection, same, thrown, until, within } from "../harness.js";

export const foreign = {
  async an_end_that_is_awaited_early_is_told_to_all({ peer }) {
    const socket = await opened(`${peer}/close?code=4002&reason=enough&asked`);
    const called = new Promise((resolve) => onClose(socket, resolve));
    const waiting = [closed(socket), closed(socket), called];
    socket.send("go");
    const expected = { code: 4002, name: undefined, reason: "enough", wasClean: true, cause: "observed" };
    for (const info of await within(5_000, Promise.all(waiting), "somebody waits for ever")) {
      same(info, expected);
    }
    // Who asks after the event is told what we saw of it.
    same(await closed(socket), expected, "asked late, it");
  },

  async an_end_that_was_missed_is_an_answer_and_not_a_hang({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const gone = new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.close(4003, "early");
    await gone;
    const expected = { code: 1006, name: "Abnormal Closure", reason: "", wasClean: false, cause: "missed" };
    same(await within(3_000, closed(socket), "it waits for ever"), expected);
    const called = new Promise((resolve) => onClose(socket, resolve));
    same(await within(3_000, called, "it is never called"), expected);
  },

  async who_unsubscribes_is_not_called_and_leaves_no_listener({ peer }) {
    const socket = await opened(`${peer}/echo`);
    let listeners = 0;
    const counted = Object.create(null, {
      readyState: { get: () => socket.readyState },
      addEventListener: { value: (...args) => (listeners++, socket.addEventListener(...args)) },
      removeEventListener: { value: (...args) => (listeners--, socket.removeEventListener(...args)) },
    });
    const calls = [];
    const stop = onClose(counted, () => calls.push("stopped"));
    onClose(counted, () => calls.push("kept"));
    const both = listeners;
    check(both > 0, "nobody listens");
    stop();
    same(listeners, both / 2, "number of listeners once one has unsubscribed");
    stop();
    socket.close();
    await until(() => calls.length > 0, "nobody was called");
    same(calls, ["kept"], "who was called");
    same(listeners, 0, "number of listeners");
  },

  async who_unsubscribes_before_a_known_end_is_told_is_not_called({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const ended = closed(socket);
    socket.close();
    await ended;
    const calls = [];
    const stop = onClose(socket, () => calls.push("stopped"));
    const told = new Promise((resolve) => onClose(socket, resolve));
    stop();
    await told;
    same(calls, [], "who was called");
  },

  async a_callback_that_unsubscribes_itself_is_called_once({ peer }) {
    const socket = await opened(`${peer}/echo`);
    let calls = 0;
    const over = new Promise((resolve) => {
      const stop = onClose(socket, () => {
        calls += 1;
        stop();
        resolve();
      });
    });
    socket.close();
    await over;
    await closed(socket);
    same(calls, 1, "number of calls");
  },

  async nothing_on_the_socket_is_changed({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const kept = () => {};
    socket.onclose = kept;
    const { binaryType } = socket;
    const stop = onClose(socket, () => {});
    check(socket.onclose === kept && socket.onerror === null, "an attribute was changed");
    same(socket.binaryType, binaryType, "binaryType");
    stop();
    same(socket.readyState, 1, "readyState");
    socket.close();
    await closed(socket);
  },

  async what_is_no_socket_is_refused() {
    for (const wrong of [undefined, null, {}, "ws://", new EventTarget()]) {
      check(thrown(() => onClose(wrong, () => {})) instanceof TypeError, "it was taken");
      check((await rejection(closed(wrong))) instanceof TypeError, "it was taken");
    }
  },
};

async function opened(url) {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error("it did not open"));
  });
  socket.onopen = null;
  socket.onerror = null;
  return socket;
}
