// Creates synthetic events, outside of the measured time, each with data of its own.

import { nextHash } from "./tools.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const MIXED =
  "Grüße, naïve façade. Всё хорошо, спасибо. Καλημέρα κόσμε. 今日は良い天気です。你好，世界。안녕하세요. नमस्ते दुनिया. 🎉👩‍🚀 plain again. ";

// Returns this many bytes of UTF-8 that end between two characters.
function mixed(size) {
  const bytes = new Uint8Array(size);
  let { written } = encoder.encodeInto(MIXED.repeat(Math.ceil(size / MIXED.length)), bytes);
  bytes.fill(0x78, written);
  return bytes;
}

export const KINDS = {
  text64: { text: true, template: () => new Uint8Array(64).fill(0x78) },
  text4k: { text: true, template: () => new Uint8Array(4096).fill(0x78) },
  mixed4k: {
    text: true,
    template() {
      const bytes = new Uint8Array(4096);
      bytes.set(mixed(4091), 4);
      return bytes;
    },
  },
  binary64: { text: false, template: () => new Uint8Array(64).fill(0x78) },
  // A batch has 64 MB, more than any cache. If it were created anew each time, garbage collection would be measured.
  binary64k: { text: false, template: () => new Uint8Array(65536).fill(0x78), kept: true },
};

const pools = new Map();

// Returns a function that creates batches of one kind, and the tally that each must have.
export function maker(name, count) {
  const { text, template, kept } = KINDS[name];
  const bytes = template();
  const size = bytes.length;
  const digits = (number) => encoder.encode(String((1000 + number) % 10000).padStart(4, "0"));
  let hash = 0;
  let units = 0;
  const datum = (number) => {
    bytes.set(digits(number));
    bytes[size - 1] = 0x30 + (number % 10);
    // A decoded string is flat, as one from the network is.
    return text ? decoder.decode(bytes) : bytes.slice().buffer;
  };
  for (let number = 0; number < count; number += 1) {
    const [a, b, c, d] = digits(number);
    hash = nextHash(hash, (a << 24) | (b << 16) | (c << 8) | d, 0x30 + (number % 10));
  }
  const fresh = () => Array.from({ length: count }, (_, number) => datum(number));
  const data = () => {
    if (!kept) return fresh();
    const key = `${name} ${count}`;
    if (!pools.has(key)) pools.set(key, fresh());
    return pools.get(key);
  };
  const one = datum(0);
  units = text ? one.length : size;
  return {
    wanted: { count, hash, bytes: size * count, units: units * count },
    batch: () => data().map((data) => new MessageEvent("message", { data })),
  };
}
