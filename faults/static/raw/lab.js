// Has a text echoed, and closes.
export function hello({ url, text }) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    let heard;
    socket.onopen = () => socket.send(text);
    socket.onmessage = ({ data }) => {
      heard = data;
      socket.close(1000);
    };
    socket.onclose = ({ code, wasClean: clean }) => resolve({ text: heard, code, clean });
    socket.onerror = () => reject(new Error("There was an error."));
  });
}

// What is answered to a plain request, as JSON.
export async function ask({ url }) {
  return (await fetch(url)).json();
}

// Leaves an error and a rejection that nobody catches, and ends after both.
export async function leaveStray() {
  setTimeout(() => {
    throw new Error("left on purpose");
  });
  Promise.reject(new Error("rejected on purpose"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return null;
}
