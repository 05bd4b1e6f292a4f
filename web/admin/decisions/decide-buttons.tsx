import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { type Action, ACTIONS, type Decision, type Target } from '../api/decisions';
import { DecisionDialog } from './decision-dialog';
import { texts } from './texts';

interface DecideButtonsProps {
  target: Target;
  /** The file's name, if it is one. */
  name?: string | undefined;
  /** Default: all actions. */
  actions?: readonly Action[];
  /** The key that opens an action's dialog, shown on its button. */
  keys?: Partial<Record<Action, string>>;
  onDecided: (decision: Decision) => void;
  /** The open dialog, if the caller opens it too. */
  asking?: Action | null;
  onAsk?: (action: Action | null) => void;
}

/** A button for each action; it asks for the reason, then decides. */
export function DecideButtons(props: DecideButtonsProps) {
  const { target, name, actions = ACTIONS, keys = {}, onDecided } = props;
  const [ownAsking, setOwnAsking] = useState<Action | null>(null);
  const asking = props.asking === undefined ? ownAsking : props.asking;
  const ask = props.onAsk ?? setOwnAsking;
  return (
    <>
      {actions.map((action) => (
        <Button key={action} onClick={() => ask(action)} testId={`decide-${action}`}>
          {texts.actions[action]}
          {keys[action] && <kbd>{keys[action]}</kbd>}
        </Button>
      ))}
      {asking && (
        <DecisionDialog
          action={asking}
          target={target}
          name={name}
          onDecided={onDecided}
          onClose={() => ask(null)}
        />
      )}
    </>
  );
}
