import { useEffect } from 'preact/hooks';
import type { Progress } from '../../client/index';
import { formatPercent } from '../../shared/text/format';

/** Shows the percentage of all uploads in the tab's title, and the page's own title without uploads. */
export function useTabTitle(total: Progress | null): void {
  const percent = total && formatPercent(total.sent, total.size);
  useEffect(() => {
    if (percent === null) return;
    const before = document.title;
    document.title = `${percent} · ${before}`;
    return () => {
      document.title = before;
    };
  }, [percent]);
}
