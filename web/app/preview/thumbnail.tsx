import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FileRecord } from '../../client/index';
import { useAppContext } from '../page/app-context';
import { linkTo } from './preview';
import { drawThumbnail, enqueue } from './draw-thumbnail';

export interface ThumbnailProps {
  file: FileRecord;
  children: ComponentChildren;
}

/** Loads a picture when its row comes into view; until then, and on errors, it shows `children`. */
export function Thumbnail({ file, children }: ThumbnailProps) {
  const context = useAppContext();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drawn, setDrawn] = useState(false);
  useEffect(() => {
    const target = canvas.current;
    if (!target?.parentElement) return;
    const unmounted = new AbortController();
    const show = async () => {
      unmounted.signal.throwIfAborted();
      const link = await linkTo(file, context);
      if (link === null) return;
      await drawThumbnail(link, target, unmounted.signal);
      setDrawn(true);
    };
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      enqueue(show);
    });
    observer.observe(target.parentElement);
    return () => {
      observer.disconnect();
      unmounted.abort();
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
