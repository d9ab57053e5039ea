// Validation of options.

/** Returns the signal if it is an `AbortSignal` or missing. */
export function abortSignal(signal) {
  if (signal && typeof signal.addEventListener !== "function") {
    throw new TypeError(`signal must be an AbortSignal, got ${String(signal)}`);
  }
  return signal;
}

/** Returns the value if it is a number from 0 on, or missing. */
export function nonNegative(name, value) {
  if (value !== undefined && !(typeof value === "number" && value >= 0)) {
    throw new TypeError(`${name} must be a non-negative number, got ${String(value)}`);
  }
  return value;
}

/** Returns the value if it is a boolean. */
export function boolean(name, value) {
  if (typeof value !== "boolean") {
    throw new TypeError(`${name} must be true or false, got ${String(value)}`);
  }
  return value;
}
