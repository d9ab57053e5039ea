// What can fail, a class for each. Names are given here, as minifiers rename classes.

export class CloseFrameError extends TypeError {
  constructor(message, rule) {
    super(message);
    this.rule = rule;
  }
}

export class ConnectError extends Error {
  constructor(message, closed) {
    super(message);
    this.closed = closed;
  }
}

export class SendError extends Error {
  constructor(message, unsent, closed) {
    super(message);
    this.unsent = unsent;
    this.closed = closed;
  }
}

export class ReceiveError extends Error {
  constructor(message, kind, closed) {
    super(message);
    this.kind = kind;
    this.closed = closed;
  }
}

for (const [name, type] of Object.entries({ CloseFrameError, ConnectError, SendError, ReceiveError })) {
  Object.defineProperty(type.prototype, "name", { value: name, writable: true, configurable: true });
}
