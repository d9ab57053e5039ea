// Has a text echoed, and closes.
export function hello({ url, text }) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    let echo;
    socket.onopen = () => socket.send(text);
    socket.onmessage = ({ data }) => {
      echo = data;
      socket.close(1000);
    };
    socket.onclose = ({ code, wasClean: clean }) => resolve({ text: echo, code, clean });
    socket.onerror = () => reject(new Error("The socket fired an error."));
  });
}

// Leaves an error and a rejection uncaught, and returns after both.
export async function leaveUncaught() {
  setTimeout(() => {
    throw new Error("thrown on purpose");
  });
  Promise.reject(new Error("rejected on purpose"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return null;
}
