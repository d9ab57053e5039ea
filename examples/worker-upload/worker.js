import init, { upload } from "./worker_upload.js";

const ready = init();

onmessage = async ({ data: { url, file } }) => {
  try {
    await ready;
    const closed = await upload(url, file, (bytes) => postMessage({ bytes }));
    postMessage({ closed });
  } catch (error) {
    postMessage({ error: error.message });
  }
};
