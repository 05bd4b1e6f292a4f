import { Button } from '../../shared/ui/button';
import { PauseIcon, PlayIcon } from '../../shared/ui/icons';
import {
  getOverview,
  getWorkers,
  type Overview as State,
  type Workers as WorkersAnswer,
} from '../api/operations';
import { useAnswer } from '../state/answer';
import { usePause, useRefreshed } from '../state/refresh';
import { Answered, Unreachable } from '../ui/states';
import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { Also } from './also';
import { Dependencies } from './dependencies';
import { Errors } from './errors';
import { Queues } from './queues';
import { Safety } from './safety';
import { Scanner } from './scanner';
import { Storage } from './storage';
import { Sweep } from './sweep';
import { texts } from './texts';
import { Workers } from './workers';

export const overviewView: View = { path: 'overview', title: texts.title, Component: Overview };

/** Time between two refreshes. Milliseconds. */
const INTERVAL = 10_000;

function Overview() {
  const [isPaused, togglePause] = usePause();
  const overview = useAnswer(getOverview, []);
  const workers = useAnswer(getWorkers, []);
  useRefreshed(overview.reload, INTERVAL, !isPaused);
  useRefreshed(workers.reload, INTERVAL, !isPaused);
  const isFailing = overview.status === 'failed';
  return (
    <>
      <ViewHead title={texts.title}>
        <Button kind="quiet" onClick={togglePause} testId="pause-updates">
          {isPaused ? <PlayIcon /> : <PauseIcon />}
          {isPaused ? texts.resume : texts.pause}
        </Button>
      </ViewHead>
      <Answered answer={overview}>{(state) => <Health state={state} workers={workers.value} />}</Answered>
      <Also answer={workers} isFailing={isFailing}>
        {(answer) => (
          <div class="panels">
            <Queues answer={answer} />
            <Workers answer={answer} dashboard={overview.value?.dashboard_url ?? null} />
          </div>
        )}
      </Also>
      {overview.value && (
        <div class="panels">
          <Errors overview={overview.value} />
        </div>
      )}
      <Storage isPaused={isPaused} isFailing={isFailing} />
    </>
  );
}

function Health({ state, workers }: { state: State; workers: WorkersAnswer | undefined }) {
  const unreachable = new Set([...state.unreachable, ...(workers?.unreachable ?? [])]);
  return (
    <>
      <Unreachable names={[...unreachable]} />
      <div class="panels">
        <Dependencies states={state.dependencies} />
        <Scanner overview={state} />
        <Safety overview={state} />
        <Sweep overview={state} />
      </div>
    </>
  );
}
