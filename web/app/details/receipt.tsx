import { useRef, useState } from 'preact/hooks';
import type { Credential, FileRecord } from '../../client/index';
import { receiptName, saveReceipt } from '../../shared/api/receipt';
import { Button } from '../../shared/ui/button';
import { CopyButton } from '../../shared/ui/copy-button';
import { DownloadIcon } from '../../shared/ui/icons';
import { Section } from '../../shared/ui/section';
import { useAppContext } from '../page/app-context';
import { describeActionError } from '../credential/action-errors';
import { texts } from './texts';

interface ReceiptSectionProps {
  file: FileRecord;
  credential: Credential | undefined;
}

/** Downloads the receipt, and shows the command that verifies it. */
export function ReceiptSection({ file, credential }: ReceiptSectionProps) {
  const { http } = useAppContext();
  const [problem, setProblem] = useState('');
  const command = useRef<HTMLElement>(null);
  const text = `longshore verify ${receiptName(file.id)} FILE --url ${location.origin}`;
  const save = async () => {
    setProblem('');
    await saveReceipt(http, file.id, credential).catch((error: unknown) =>
      setProblem(describeActionError(error)),
    );
  };
  return (
    <Section title={texts.sections.receipt}>
      <p class="hint">{texts.receipt.text}</p>
      <div>
        <Button onClick={() => void save()} testId="receipt">
          <DownloadIcon /> {texts.receipt.save}
        </Button>
      </div>
      <p class="problem" role="alert">
        {problem}
      </p>
      <p class="hint">{texts.receipt.verify}</p>
      <span class="copyable">
        <code ref={command} data-testid="verify-command">
          {text}
        </code>
        <CopyButton text={text} label={texts.receipt.command} shown={command} testId="copy-command" />
      </span>
      <p class="hint">{texts.receipt.more}</p>
    </Section>
  );
}
