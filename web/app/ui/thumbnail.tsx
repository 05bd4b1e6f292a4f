import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FileRecord } from '../../client/index';
import { useHarbour } from '../state/harbour';
import { linkTo } from '../state/preview';
import { drawThumbnail, inTurn } from '../state/thumbnail';

/** A picture file's picture, once its row comes into view; until then, and where it cannot be shown, the children. */
export function Thumbnail({ file, children }: { file: FileRecord; children: ComponentChildren }) {
  const harbour = useHarbour();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drawn, setDrawn] = useState(false);
  useEffect(() => {
    const surface = canvas.current;
    if (!surface?.parentElement) return;
    const leaving = new AbortController();
    const show = async () => {
      leaving.signal.throwIfAborted();
      const link = await linkTo(file, harbour);
      if (link === null) return;
      await drawThumbnail(link, surface, leaving.signal);
      setDrawn(true);
    };
    const observer = new IntersectionObserver((seen) => {
      if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      inTurn(show);
    });
    observer.observe(surface.parentElement);
    return () => {
      observer.disconnect();
      leaving.abort();
    };
  }, [file.id]);
  return (
    <>
      {!drawn && children}
      <canvas
        ref={canvas}
        class="thumbnail"
        width={100}
        height={74}
        hidden={!drawn}
        aria-hidden="true"
        data-testid="thumbnail"
      />
    </>
  );
}
