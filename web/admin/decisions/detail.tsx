import { ApiError } from '../../client/index';
import { type Decision, getDecision } from '../api/decisions';
import { useAnswer } from '../state/answer';
import { addressOf } from '../state/route';
import { Properties, Time } from '../../shared/ui/properties';
import { Answered, Empty } from '../ui/states';
import { ViewHead } from '../ui/view-head';
import { DecisionProgress } from './progress';
import { texts } from './texts';
import { useDecision } from './use-decision';

/** Files that are listed by id; a decision can have many more. */
const SHOWN_FILES = 100;

export function DecisionDetail({ id }: { id: string }) {
  const answer = useAnswer((http) => getDecision(http, id), [id]);
  const isGone = answer.problem instanceof ApiError && answer.problem.status === 404;
  if (answer.value === undefined) {
    return (
      <>
        <ViewHead title={texts.title} />
        {isGone ? <Empty text={texts.notFound} /> : <Answered answer={answer}>{() => null}</Answered>}
        <Back />
      </>
    );
  }
  return <Known decision={answer.value} />;
}

function Known({ decision: first }: { decision: Decision }) {
  const shown = useDecision(() => undefined, first);
  const decision = shown.decision ?? first;
  const { fields } = texts;
  return (
    <>
      <ViewHead title={texts.detailTitle(texts.actions[decision.action])} />
      <DecisionProgress shown={shown} />
      <Properties
        items={[
          [fields.reason, decision.reason && <bdi>{decision.reason}</bdi>],
          [fields.by, <bdi>{decision.created_by}</bdi>],
          [fields.at, <Time at={decision.created_at} />],
          [fields.approved, decision.approved_by && <bdi>{decision.approved_by}</bdi>],
          [fields.ended, decision.ended_at && <Time at={decision.ended_at} />],
          [fields.filter, decision.filter && <code>{JSON.stringify(decision.filter)}</code>],
          [fields.files, decision.file_ids && <FileIds ids={decision.file_ids} />],
        ]}
        testId="decision-properties"
      />
      <Back />
    </>
  );
}

function FileIds({ ids }: { ids: readonly string[] }) {
  return (
    <ul class="plain-list">
      {ids.slice(0, SHOWN_FILES).map((id) => (
        <li key={id}>
          <a class="code" href={addressOf('files', id)}>
            {id}
          </a>
        </li>
      ))}
      {ids.length > SHOWN_FILES && <li>…</li>}
    </ul>
  );
}

const Back = () => (
  <p>
    <a href={addressOf('decisions')}>{texts.back}</a>
  </p>
);
