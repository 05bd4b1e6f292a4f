import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { sharedMessages as messages } from '../messages/index';
import { usePageContext } from '../state/page-context';
import { Button } from './button';
import { CheckIcon, CopyIcon } from './icons';

interface CopyButtonProps {
  text: string;
  /** What is copied, for the accessible name. */
  label: string;
  /** The element that shows the text: it is selected where the browser does not allow copying (no HTTPS). */
  shown: RefObject<HTMLElement | null>;
  testId?: string;
}

/** Copies a text to the clipboard. */
export function CopyButton({ text, label, shown, testId }: CopyButtonProps) {
  const { announcer } = usePageContext();
  const [copied, setCopied] = useState(false);
  const { copy } = messages;
  const run = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      announcer.announce(copy.copied);
    } catch {
      const element = shown.current;
      if (element instanceof HTMLInputElement) element.select();
      else if (element) getSelection()?.selectAllChildren(element);
      announcer.announce(copy.selected);
    }
  };
  return (
    <Button kind="quiet" onClick={() => void run()} label={copy.what(label)} testId={testId ?? 'copy'}>
      {copied ? <CheckIcon /> : <CopyIcon />}
    </Button>
  );
}
