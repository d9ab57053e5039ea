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

export const broken = {
  silent: () => create(() => {}),
  lossy: () => create(lossy()),
  twice: () => create(twice()),
  swapped: () => create(swapped()),
  cut: () => create(cut()),
};
