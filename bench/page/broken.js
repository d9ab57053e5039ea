// Faulty subjects, each of which the bench must reject.

import { create } from "./plain.js";

const lossy = () => {
  let number = 0;
  return (data, add) => {
    number += 1;
    if (number % 100) add(data);
  };
};

// Loses a message and counts another one twice, so that the count is right.
const twice = () => {
  let number = 0;
  return (data, add) => {
    number += 1;
    if (number % 100 === 1) add(data);
    if (number % 100) add(data);
  };
};

const swapped = () => {
  let kept;
  return (data, add) => {
    if (kept === undefined) {
      kept = data;
      return;
    }
    add(data);
    add(kept);
    kept = undefined;
  };
};

const cut = () => (data, add) => add(data.slice(0, -1));

// Sends all but each tenth message.
const unsent = () => {
  let number = 0;
  return (socket, data) => {
    number += 1;
    if (number % 10) socket.send(data);
  };
};

// Sends each tenth message twice.
const resent = () => {
  let number = 0;
  return (socket, data) => {
    number += 1;
    socket.send(data);
    if (number % 10 === 0) socket.send(data);
  };
};

export const broken = {
  silent: () => create({ deliver: () => {} }),
  lossy: () => create({ deliver: lossy() }),
  twice: () => create({ deliver: twice() }),
  swapped: () => create({ deliver: swapped() }),
  cut: () => create({ deliver: cut() }),
  unsent: () => create({ send: unsent() }),
  resent: () => create({ send: resent() }),
};
