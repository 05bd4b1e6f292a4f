import type { ComponentType, RenderableProps } from 'preact';
import { useEffect } from 'preact/hooks';
import { LazyModule } from '../../shared/state/lazy-module';
import { useStore } from '../../shared/state/store';
import { Button } from '../../shared/ui/button';
import { lazy } from '../../shared/ui/lazy';
import { messages } from '../messages/index';
import { useAppContext } from './app-context';

/** Load it at the latest so long after the page is shown, even if the browser is never idle. Milliseconds. */
const IDLE_TIMEOUT = 2_000;

type Later = typeof import('./later');

/** What the page's first look does not need, as one file; load-later.ts names it. */
export const later = new LazyModule<Later>();

/** Returns a component of the later file, which shows its children until that is loaded. */
export function laterPart<Props extends object>(
  choose: (parts: Later) => ComponentType<Props>,
): ComponentType<Props> {
  return function LaterPart(props: RenderableProps<Props>) {
    const parts = useStore(later);
    if (!parts) return <>{props.children}</>;
    const Part = choose(parts);
    return <Part {...props} />;
  };
}

/** Returns a dialog of the later file; where that can't be loaded, it explains it. */
export const laterDialog = <Props extends { onClose: () => void }>(
  choose: (parts: Later) => ComponentType<Props>,
): ComponentType<Props> => {
  const Loading = lazy<Props>(() => later.load().then(choose));
  return function LaterDialog(props: Props) {
    // at once where it is loaded: a key that follows is for the dialog
    const parts = useStore(later);
    const Dialog = parts ? choose(parts) : Loading;
    return <Dialog {...props} />;
  };
};

/** Loads the later file once the page is shown and the browser is idle, and again after a reconnect. */
export function useLaterWhenIdle(isShown: boolean, reconnects: number): void {
  const { uploading } = useAppContext();
  useEffect(() => {
    if (!isShown || uploading.get()) return;
    const load = () => void uploading.load().catch(() => undefined); // LaterProblem shows it
    // Safari has no requestIdleCallback
    if (!('requestIdleCallback' in globalThis)) {
      const timer = setTimeout(load);
      return () => clearTimeout(timer);
    }
    const handle = requestIdleCallback(load, { timeout: IDLE_TIMEOUT });
    return () => cancelIdleCallback(handle);
  }, [isShown, reconnects]);
}

/** Explains that the later file could not be loaded, and tries it again; chosen files wait meanwhile. */
export function LaterProblem() {
  const { uploading } = useAppContext();
  const hasFailed = useStore(later.hasFailed);
  if (!hasFailed) return null;
  return (
    <div class="list-end" role="alert" data-testid="later-failed">
      <p>{messages.errors.not_loaded}</p>
      <Button onClick={() => void uploading.load().catch(() => undefined)} testId="later-retry">
        {messages.fileList.retry}
      </Button>
    </div>
  );
}
