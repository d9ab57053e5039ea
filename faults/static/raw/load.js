// Runs cycles, one lane for each URL, each of which must close cleanly: the same as the crate's job.
export async function cycles({ urls, how, count }) {
  let left = count;
  const cycle = how === "close" ? close : drop;
  const lane = async (url) => {
    while (left > 0) {
      left -= 1;
      await cycle(url);
    }
  };
  await Promise.all(urls.map(lane));
  return null;
}

// Has a message echoed, and closes.
function close(url) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.onopen = () => socket.send("hello");
    socket.onmessage = () => socket.close(1000);
    socket.onclose = ({ code, wasClean }) => closed(code, wasClean, resolve, reject);
  });
}

// Opens and closes.
function drop(url) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.onopen = () => socket.close(1000);
    socket.onclose = ({ code, wasClean }) => closed(code, wasClean, resolve, reject);
  });
}

function closed(code, wasClean, resolve, reject) {
  if (wasClean && code === 1000) resolve();
  else reject(new Error(`It closed with ${code}, clean: ${wasClean}.`));
}
