/** Larger pictures are shown on request only. Bytes, and pixels: a small file can hold a huge picture. */
export const MAX_BYTES = 10_000_000;
const MAX_PIXELS = 60_000_000;
/** A picture that is not there by then is not shown. Milliseconds. */
const PATIENCE = 15_000;

let last: Promise<unknown> = Promise.resolve();

/** One after the other: uploads need the connections to storage more. What fails is nobody's failure. */
export function inTurn(task: () => Promise<void>): void {
  last = last.then(task).catch(() => undefined);
}

/** Loads a picture and draws its middle on the canvas: small, and standing still. Throws where it is none or too large. */
export async function drawThumbnail(
  url: string,
  canvas: HTMLCanvasElement,
  signal: AbortSignal,
): Promise<void> {
  const picture = await load(url, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]));
  const { naturalWidth, naturalHeight } = picture;
  const pen = canvas.getContext('2d');
  if (!pen || naturalWidth * naturalHeight > MAX_PIXELS) throw new Error('too large to be drawn');
  const scale = Math.max(canvas.width / naturalWidth, canvas.height / naturalHeight);
  const [width, height] = [naturalWidth * scale, naturalHeight * scale];
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(picture, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
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
