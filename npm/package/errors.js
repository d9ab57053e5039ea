// A class for each operation that can fail. `name` is set below, because minifiers rename classes.

export class CloseFrameError extends TypeError {
  constructor(message, rule) {
    super(message);
    this.rule = rule;
  }
}

export class ConnectError extends Error {
  constructor(message, closeInfo) {
    super(message);
    this.closeInfo = closeInfo;
  }
}

export class SendError extends Error {
  constructor(message, unsent, closeInfo) {
    super(message);
    this.unsent = unsent;
    this.closeInfo = closeInfo;
  }
}

export class ReceiveError extends Error {
  constructor(message, kind, closeInfo) {
    super(message);
    this.kind = kind;
    this.closeInfo = closeInfo;
  }
}

for (const [name, type] of Object.entries({ CloseFrameError, ConnectError, SendError, ReceiveError })) {
  Object.defineProperty(type.prototype, "name", { value: name, writable: true, configurable: true });
}
