import { ApiError } from '../../client/index';
import type { Decision } from '../api/decisions';
import { type FileDetails, getFile } from '../api/files';
import { actionsFor } from '../decisions/applicable';
import { DecideButtons } from '../decisions/decide-buttons';
import { DecisionProgress } from '../decisions/progress';
import { useDecision } from '../decisions/use-decision';
import { type Answer, useAnswer } from '../state/answer';
import { useRepeated } from '../state/list';
import { addressOf } from '../state/route';
import { Answered, Empty, Unreachable } from '../ui/states';
import { ViewHead } from '../ui/view-head';
import { FileButtons } from './buttons';
import { JobSection } from './job-section';
import { LinkSection, PartSection } from './link-and-part-sections';
import { FileSection, UploadSection, VerdictSection } from './sections';
import { texts } from './texts';
import { Timeline } from './timeline';

/** Time between two reloads while the file waits for its verdict. Milliseconds. */
const INTERVAL = 3_000;

/** One file with all that is known about it. */
export function FileDetail({ id }: { id: string }) {
  const answer = useAnswer((http) => getFile(http, id), [id]);
  const verdict = answer.value?.file.virus_scan_status ?? '';
  useRepeated(answer.reload, INTERVAL, ['pending', 'scanning'].includes(verdict));
  const decision = useDecision(() => void answer.reload());
  return (
    <>
      <ViewHead title={answer.value?.file.filename ?? texts.title} />
      <DecisionProgress shown={decision} isPanel />
      <Body id={id} answer={answer} onDecided={decision.show} />
      <p>
        <a href={addressOf('files')}>{texts.back}</a>
      </p>
    </>
  );
}

interface BodyProps {
  id: string;
  answer: Answer<FileDetails>;
  onDecided: (decision: Decision) => void;
}

/** The file; or that there is none, with the way to its history. */
function Body({ id, answer, onDecided }: BodyProps) {
  const missing = answer.status === 'failed' ? describeMissing(answer.problem) : undefined;
  if (missing !== undefined) {
    return (
      <>
        <Empty text={missing} />
        <p>
          <a href={addressOf('audit', undefined, { target_id: id })} data-testid="history">
            {texts.history}
          </a>
        </p>
      </>
    );
  }
  return (
    <Answered answer={answer}>
      {(details) => (
        <>
          <Unreachable names={details.unreachable} />
          <div class="decide-bar">
            <DecideButtons
              target={{ file_ids: [id] }}
              name={details.file.filename}
              actions={actionsFor(details.file)}
              onDecided={onDecided}
            />
            <FileButtons file={details.file} />
          </div>
          <div class="sections">
            <VerdictSection details={details} />
            <FileSection details={details} />
            <UploadSection upload={details.upload} />
            <JobSection job={details.job} isUnknown={details.unreachable.includes('redis')} />
            <LinkSection links={details.links} />
            <PartSection parts={details.parts} />
          </div>
          <Timeline entries={details.audit} />
        </>
      )}
    </Answered>
  );
}

/** Why there is no such file; undefined if the service could not be asked. */
function describeMissing(problem: unknown): string | undefined {
  if (!(problem instanceof ApiError) || problem.isForeign) return undefined;
  if (problem.status === 410) return texts.gone;
  if (problem.status === 409) return texts.notReady;
  return problem.status === 404 ? texts.notFound : undefined;
}
