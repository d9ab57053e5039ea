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

  async observer_added_during_the_close_event_gets_what_an_earlier_one_received({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const added = new Promise((resolve) => {
      // This listener runs before that of the earlier observer. Hosts other than Node do not call listeners that it adds.
      socket.addEventListener("close", () => resolve(closed(socket)));
    });
    const earlier = closed(socket);
    socket.close(4004);
    same((await earlier).code, 4004, "the code of the earlier observer");
    same((await within(3_000, added, "it does not resolve")).code, 4004, "the code of the added observer");
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
    const counted = counting(socket);
    const calls = [];
    const stop = onClose(counted, () => calls.push("stopped"));
    onClose(counted, () => calls.push("kept"));
    const both = counted.listeners;
    check(both > 0, "there is no listener");
    stop();
    same(counted.listeners, both / 2, "number of listeners after unsubscribing");
    stop();
    socket.close();
    await until(() => calls.length > 0, "a callback is called");
    same(calls, ["kept"], "called");
    same(counted.listeners, 0, "number of listeners");
  },

  async abort_rejects_closed_with_the_reason_and_leaves_no_listener({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const counted = counting(socket);
    const { signal, abort } = countingSignal();
    const waiting = closed(counted, { signal });
    check(counted.listeners > 0 && signal.listeners > 0, "there is no listener");
    const reason = { own: true };
    abort(reason);
    check((await within(3_000, rejection(waiting), "it does not reject")) === reason, "it rejected with another reason");
    same([counted.listeners, signal.listeners, socket.readyState], [0, 0, 1], "listeners on socket and signal, readyState");
    const late = closed(counted);
    socket.close(4000);
    same((await late).code, 4000, "the code for an observer that was not aborted");
    same(counted.listeners, 0, "number of listeners");
  },

  async abort_unsubscribes_the_callback_of_on_close_only({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const counted = counting(socket);
    const { signal, abort } = countingSignal();
    const calls = [];
    onClose(counted, () => calls.push("aborted"), { signal });
    const stop = onClose(counted, () => calls.push("stopped"), { signal });
    onClose(counted, () => calls.push("kept"));
    const all = counted.listeners;
    stop();
    same(signal.listeners, 1, "number of listeners on the signal after unsubscribing");
    abort();
    same([counted.listeners, signal.listeners], [all / 3, 0], "listeners on socket and signal");
    socket.close();
    await until(() => calls.length > 0, "a callback is called");
    same(calls, ["kept"], "called");
  },

  async aborted_signal_adds_no_listener({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const counted = counting(socket);
    const reason = new Error("aborted before");
    const { signal, abort } = countingSignal();
    abort(reason);
    const calls = [];
    const stop = onClose(counted, () => calls.push("aborted"), { signal });
    check((await rejection(closed(counted, { signal }))) === reason, "it rejected with another reason");
    same([counted.added, signal.added], [0, 0], "listeners ever added to socket and signal");
    stop();
    const other = closed(socket);
    socket.close();
    await other;
    // A stored result does not take precedence over an aborted signal.
    check((await rejection(closed(socket, { signal }))) === reason, "it did not reject after the close");
    same(calls, [], "called");
  },

  async abort_between_the_event_and_the_report_still_rejects({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const first = closed(socket);
    socket.close();
    await first;
    const { signal, abort } = countingSignal();
    // The result is stored, and its report is queued as a microtask.
    const waiting = closed(socket, { signal });
    abort("now");
    same(await rejection(waiting), "now", "the rejection");
    same(signal.listeners, 0, "number of listeners on the signal");
  },

  async signal_that_is_never_aborted_keeps_no_listener({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const { signal } = countingSignal();
    const called = new Promise((resolve) => onClose(socket, resolve, { signal }));
    const waiting = [closed(socket, { signal }), called];
    same(signal.listeners, 2, "number of listeners while waiting");
    socket.close(4000);
    same((await Promise.all(waiting)).map(({ code }) => code), [4000, 4000], "codes");
    same((await closed(socket, { signal })).code, 4000, "the late code");
    same(signal.listeners, 0, "number of listeners");
  },

  async abort_signal_of_the_host_stops_observing({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const error = await within(3_000, rejection(closed(socket, { signal: AbortSignal.timeout(20) })), "it does not reject");
    same(error.name, "TimeoutError", "the error");
    const aborted = AbortSignal.abort();
    check((await rejection(closed(socket, { signal: aborted }))) === aborted.reason, "it rejected with another reason");
    socket.close();
    await closed(socket);
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

  async closed_can_be_the_callback_of_map({ peer }) {
    const sockets = [await opened(`${peer}/echo`), await opened(`${peer}/echo`)];
    const waiting = sockets.map(closed);
    sockets.forEach((socket, at) => socket.close(4000 + at));
    same((await Promise.all(waiting)).map(({ code }) => code), [4000, 4001], "codes");
  },

  async argument_that_is_no_socket_is_a_type_error() {
    for (const wrong of [undefined, null, {}, "ws://", new EventTarget()]) {
      check(thrown(() => onClose(wrong, () => {})) instanceof TypeError, "onClose accepted it");
      check((await rejection(closed(wrong))) instanceof TypeError, "closed accepted it");
    }
  },

  async argument_that_is_no_signal_or_callback_is_a_type_error({ peer }) {
    const socket = await opened(`${peer}/echo`);
    const counted = counting(socket);
    for (const signal of [{}, 7, "now", new AbortController()]) {
      check(thrown(() => onClose(counted, () => {}, { signal })) instanceof TypeError, "onClose accepted it");
      check((await rejection(closed(counted, { signal }))) instanceof TypeError, "closed accepted it");
    }
    check(thrown(() => onClose(counted, "callback")) instanceof TypeError, "onClose accepted a string as a callback");
    check((await rejection(closed(counted, null))) instanceof TypeError, "closed accepted null as options");
    same(counted.added, 0, "listeners ever added");
    socket.close();
    await closed(socket);
  },
};

/** Returns an object that behaves as the socket and counts its listeners. */
function counting(socket) {
  return {
    listeners: 0,
    added: 0,
    get readyState() {
      return socket.readyState;
    },
    addEventListener(...args) {
      this.listeners += 1;
      this.added += 1;
      socket.addEventListener(...args);
    },
    removeEventListener(...args) {
      this.listeners -= 1;
      socket.removeEventListener(...args);
    },
  };
}

/** Returns a signal that counts its listeners, and a function that aborts it. */
function countingSignal() {
  const callbacks = new Set();
  const signal = {
    aborted: false,
    reason: undefined,
    added: 0,
    get listeners() {
      return callbacks.size;
    },
    addEventListener(type, callback) {
      this.added += 1;
      callbacks.add(callback);
    },
    removeEventListener(type, callback) {
      callbacks.delete(callback);
    },
  };
  const abort = (reason) => {
    Object.assign(signal, { aborted: true, reason });
    callbacks.forEach((callback) => callback());
  };
  return { signal, abort };
}

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
