// Runs the README's sample for Vite, with the sample's URL leading to the one that the page sends.

self.addEventListener("message", async ({ data }) => {
  self.WebSocket = new Proxy(WebSocket, { construct: (target, [, ...rest]) => new target(data, ...rest) });
  try {
    await import("readme:vite");
    self.postMessage("connected");
  } catch (error) {
    self.postMessage(`${error}`);
  }
});
