// QR codes out of the phone's camera: by the browser's own detector where there is one, else by jsQR.

const EACH = 200; // milliseconds between two looks
const AGAIN = 3000; // the same code counts as a new scan only after this
const WIDEST = 640;

/** Whether there is a camera to ask for; browsers give it over HTTPS only. */
export const isPossible = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** @param {string} address @returns {Promise<(data: Uint8ClampedArray, width: number, height: number, options?: object) => {data: string} | null>} */
function loadReader(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(/** @type {any} */ (globalThis).jsQR);
    script.onerror = () => reject(new Error("jsQR"));
    document.head.append(script);
  });
}

/** A function that finds the code on a picture. @param {string} readerAddress @returns {Promise<(video: HTMLVideoElement) => Promise<string>>} */
async function reader(readerAddress) {
  const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  if (Detector && (await Detector.getSupportedFormats().catch(() => [])).includes("qr_code")) {
    const detector = new Detector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
  }
  const read = await loadReader(readerAddress);
  const canvas = document.createElement("canvas");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  return async (video) => {
    const scale = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = context.getImageData(0, 0, canvas.width, canvas.height);
    return read(picture.data, picture.width, picture.height, { inversionAttempts: "dontInvert" })?.data ?? "";
  };
}

/** Show the camera's picture. @param {HTMLVideoElement} video @param {MediaStream} stream @param {string} readerAddress */
async function begin(video, stream, readerAddress) {
  video.srcObject = stream;
  await video.play();
  return reader(readerAddress);
}

/** Look through the camera until `stop` is called. Rejects when it isn't given or its pictures can't be read; it is off then.
 * @param {HTMLVideoElement} video @param {string} readerAddress @param {(code: string) => void} found @returns {Promise<() => void>} */
export async function watch(video, readerAddress, found) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  const release = () => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  const read = await begin(video, stream, readerAddress).catch((error) => {
    release();
    throw error;
  });
  let last = "";
  let lastAt = 0;
  let going = true;
  const look = async () => {
    if (!going) return;
    try {
      const code = video.videoWidth ? await read(video) : "";
      if (code && (code !== last || Date.now() - lastAt > AGAIN)) {
        last = code;
        lastAt = Date.now();
        found(code);
      } else if (code) lastAt = Date.now();
    } catch {
      // One picture that can't be read: the next comes at once.
    }
    setTimeout(look, EACH);
  };
  look();
  return () => {
    going = false;
    release();
  };
}
