import { useEffect, useRef, useState } from 'preact/hooks';
import { saveAnswer } from '../api/save';
import { useAdminContext } from './admin-context';

export type SaveState =
  | { status: 'ready' }
  | { status: 'running' | 'done'; name: string; bytes: number }
  | { status: 'failed'; problem: unknown };

/** Saves answers of the API as files, one at a time. It is cancelled when the view is left. */
export function useSave() {
  const { fetch, login } = useAdminContext();
  const [state, setState] = useState<SaveState>({ status: 'ready' });
  const running = useRef<AbortController>(undefined);
  const cancel = () => running.current?.abort();
  useEffect(() => cancel, []);

  const save = async (path: string, name: string) => {
    const { signal } = (running.current = new AbortController());
    let bytes = 0;
    const onProgress = (arrived: number) => {
      bytes = arrived;
      setState({ status: 'running', name, bytes });
    };
    onProgress(0);
    try {
      await saveAnswer({ fetch, auth: login.auth }, { path, name, onProgress, signal });
      setState({ status: 'done', name, bytes });
    } catch (problem) {
      const isCancelled = problem instanceof DOMException && problem.name === 'AbortError';
      setState(isCancelled ? { status: 'ready' } : { status: 'failed', problem });
    }
  };
  return { state, save, cancel };
}
