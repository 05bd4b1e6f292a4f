import { useAppContext } from '../page/app-context';
import { useStore } from '../../shared/state/store';
import type { Uploading } from './uploading';

/** Returns what runs the uploads, for components that are shown only when there are some. */
export function useUploading(): Uploading {
  const uploading = useStore(useAppContext().uploading);
  if (!uploading) throw new Error('useUploading() needs what runs the uploads, which is not loaded.');
  return uploading;
}
