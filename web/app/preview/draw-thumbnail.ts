/** Larger pictures have no thumbnail: a small file can contain a huge one. */
const MAX_PIXELS = 60_000_000;
/** Milliseconds. */
const LOAD_TIMEOUT = 15_000;

let last: Promise<unknown> = Promise.resolve();

/** Runs tasks one after the other, to leave the connections to uploads. Failures are ignored. */
export function enqueue(task: () => Promise<void>): void {
  last = last.then(task).catch(() => undefined);
}

/** Draws the middle of a picture on the canvas, without its animation. Throws if it is no picture or too large. */
export async function drawThumbnail(
  url: string,
  canvas: HTMLCanvasElement,
  signal: AbortSignal,
): Promise<void> {
  const picture = await load(url, AbortSignal.any([signal, AbortSignal.timeout(LOAD_TIMEOUT)]));
  const { naturalWidth, naturalHeight } = picture;
  const context2d = canvas.getContext('2d');
  if (!context2d || naturalWidth * naturalHeight > MAX_PIXELS)
    throw new Error('too many pixels for a thumbnail');
  const scale = Math.max(canvas.width / naturalWidth, canvas.height / naturalHeight);
  const [width, height] = [naturalWidth * scale, naturalHeight * scale];
  context2d.imageSmoothingQuality = 'high';
  context2d.drawImage(picture, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
}

function load(url: string, signal: AbortSignal): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const picture = new Image();
    picture.fetchPriority = 'low';
    picture.referrerPolicy = 'no-referrer';
    picture.onload = () => resolve(picture);
    picture.onerror = () => reject(new Error('not a picture'));
    signal.addEventListener('abort', () => {
      picture.src = '';
      reject(signal.reason as Error);
    });
    picture.src = url;
  });
}
