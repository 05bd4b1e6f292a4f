import { useRef, useState } from 'preact/hooks';
import { type Decision, getDecision, isEnded } from '../api/decisions';
import { useAdminContext } from '../state/admin-context';
import { useRepeated } from '../state/list';
import { formatCount } from '../text';
import { texts } from './texts';
import { describeOthers } from './words';

/** Time between two questions for the progress. Milliseconds. */
const INTERVAL = 1_500;

export interface ShownDecision {
  decision: Decision | null;
  /** Why the last question for its progress failed; undefined if it did not. */
  problem: unknown;
  show: (decision: Decision | null) => void;
}

/** Shows the progress of a decision until it has ended; `onChanged` is called when files have changed. */
export function useDecision(onChanged: () => void, first: Decision | null = null): ShownDecision {
  const { http, announcer } = useAdminContext();
  const [decision, setDecision] = useState(first);
  const [problem, setProblem] = useState<unknown>();
  const asking = useRef(false);

  const show = (next: Decision | null) => {
    setProblem(undefined);
    setDecision(next);
    if (next === null) return;
    if (next.state === 'done') {
      announcer.announce(
        texts.progress.announced(texts.actions[next.action], formatCount(next.done), describeOthers(next)),
      );
    }
    onChanged();
  };
  const refresh = async () => {
    if (asking.current || !decision?.decision_id) return;
    asking.current = true;
    try {
      const next = await getDecision(http, decision.decision_id);
      const hasChanged = next.state !== decision.state || next.done !== decision.done;
      if (hasChanged) show(next);
      else {
        setProblem(undefined);
        setDecision(next);
      }
    } catch (error) {
      setProblem(error);
    } finally {
      asking.current = false;
    }
  };
  useRepeated(refresh, INTERVAL, decision !== null && !isEnded(decision));
  return { decision, problem, show };
}
