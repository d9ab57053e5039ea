// Observing the close of an existing socket.

import { closed, onClose } from "onclose";
import { check, rejection, same, thrown, until, within } from "../harness.js";

export const observing = {
  async all_observers_get_the_close_event_also_late_ones({ peer }) {
    const socket = await opened(`${peer}/close?code=4002&reason=enough&asked`);
    const called = new Promise((resolve) => onClose(socket, resolve));
    const waiting = [closed(socket), closed(socket), called];
    socket.send("go");
    const expected = { missed: false, code: 4002, reason: "enough", wasClean: true };
    for (const close of await within(5_000, Promise.all(waiting), "an observer does not resolve")) {
      same(close, expected);
      check(Object.isFrozen(close), "the result can be modified");
    }
    // A later observer gets the event that an earlier one received.
    same(await closed(socket), expected, "the late result");
  },

  async lost_connection_is_observed_as_1006_and_not_clean({ peer }) {
    const socket = await opened(`${peer}/drop?how=fin&asked`);
    const close = closed(socket);
    socket.send("go");
    same(await close, { missed: false, code: 1006, codeName: "Abnormal Closure", reason: "", wasClean: false });
  },

  async closed_socket_that_was_not_observed_is_missed_and_has_no_code({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const event = new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.close(4003, "early");
    await event;
    const expected = { missed: true };
    same(await within(3_000, closed(socket), "it does not resolve"), expected);
    const called = new Promise((resolve) => onClose(socket, resolve));
    same(await within(3_000, called, "the callback is not called"), expected);
  },

  async unsubscribing_removes_the_listeners_of_that_observer_only({ peer }) {
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
    check(both > 0, "there is no listener");
    stop();
    same(listeners, both / 2, "number of listeners after unsubscribing");
    stop();
    socket.close();
    await until(() => calls.length > 0, "a callback is called");
    same(calls, ["kept"], "called");
    same(listeners, 0, "number of listeners");
  },

  async unsubscribing_before_a_stored_result_is_reported_prevents_the_call({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const first = closed(socket);
    socket.close();
    await first;
    const calls = [];
    const stop = onClose(socket, () => calls.push("stopped"));
    const other = new Promise((resolve) => onClose(socket, resolve));
    stop();
    await other;
    same(calls, [], "called");
  },

  async callback_that_unsubscribes_itself_is_called_once({ peer }) {
    const socket = await opened(`${peer}/echo`);
    let calls = 0;
    const called = new Promise((resolve) => {
      const stop = onClose(socket, () => {
        calls += 1;
        stop();
        resolve();
      });
    });
    socket.close();
    await called;
    await closed(socket);
    same(calls, 1, "number of calls");
  },

  async observing_changes_no_property_of_the_socket({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const handler = () => {};
    socket.onclose = handler;
    const { binaryType } = socket;
    const stop = onClose(socket, () => {});
    check(socket.onclose === handler && socket.onerror === null, "a handler was changed");
    same(socket.binaryType, binaryType, "binaryType");
    stop();
    same(socket.readyState, 1, "readyState");
    socket.close();
    await closed(socket);
  },

  async argument_that_is_no_socket_is_a_type_error() {
    for (const wrong of [undefined, null, {}, "ws://", new EventTarget()]) {
      check(thrown(() => onClose(wrong, () => {})) instanceof TypeError, "onClose accepted it");
      check((await rejection(closed(wrong))) instanceof TypeError, "closed accepted it");
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
