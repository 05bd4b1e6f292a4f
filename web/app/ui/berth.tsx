import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { type Arrival, useArrivals } from '../state/arrivals';
import { Quay } from './quay';

interface BerthProps {
  /** What the next files will carry: user, appointment, private. */
  children?: ComponentChildren;
  onFiles: (files: File[]) => void;
}

/** Where files come in: dropped anywhere on the page, pasted, or chosen with the button. */
export function Berth({ children, onFiles }: BerthProps) {
  const [unread, setUnread] = useState(false);
  const { berth } = messages;

  const take = (arrival: Arrival) => {
    setUnread(arrival.unread);
    if (arrival.files.length > 0) onFiles(arrival.files);
  };
  const over = useArrivals(take);
  const choose = (input: HTMLInputElement) => {
    take({ files: [...(input.files ?? [])], unread: false });
    // The same file may be chosen again.
    input.value = '';
  };

  return (
    <section class={over ? 'berth berth-over' : 'berth'} aria-label={berth.choose} data-testid="drop-zone">
      <Quay />
      <div class="berth-words">
        <p class="berth-title">{over ? berth.release : berth.title}</p>
        <p class="berth-or">
          <span>{berth.or}</span>{' '}
          <label class="button button-primary">
            {berth.choose}
            <input
              class="unseen"
              type="file"
              multiple
              onChange={(event) => choose(event.currentTarget)}
              data-testid="drop-input"
            />
          </label>
        </p>
        <p class="hint">{berth.hint}</p>
        {children}
        <p class="problem" role="alert">
          {unread && berth.unread}
        </p>
      </div>
    </section>
  );
}
