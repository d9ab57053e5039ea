// Subjects that do less than they should. The bench has to refuse each of them.

import { create } from "./plain.js";

const lossy = () => {
  let number = 0;
  return (data, add) => {
    number += 1;
    if (number % 100) add(data);
  };
};

// One more than there is, in place of one that is lost: the count is right.
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
