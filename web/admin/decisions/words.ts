import type { Decision } from '../api/decisions';
import { formatCount } from '../text';
import { texts } from './texts';

/** "12 files", "at least 10,000 files". */
export const describeFiles = ({ matched, is_exact }: Pick<Decision, 'matched' | 'is_exact'>): string =>
  texts.files(formatCount(matched), is_exact, matched === 1 && is_exact);

/** "1 skipped, 2 failed"; '' without any. */
export function describeOthers({ skipped, failed }: Decision): string {
  const parts = [];
  if (skipped > 0) parts.push(texts.progress.skipped(formatCount(skipped)));
  if (failed > 0) parts.push(texts.progress.failed(formatCount(failed)));
  return parts.join(', ');
}
