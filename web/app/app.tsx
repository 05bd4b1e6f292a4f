import { useCallback, useEffect, useState } from 'preact/hooks';
import type { FileRecord } from '../client/index';
import { messages } from './messages/index';
import { emptyCredential, readCredential } from './state/credential';
import { type Finder, useFinder } from './state/finder';
import { useHarbour } from './state/harbour';
import { type LoadPage, usePaged } from './state/paged';
import { type PapersDesk, usePapers } from './state/papers';
import { useKeepOpen, useRecoveries } from './state/window';
import { Announcements } from './ui/announcements';
import { Banners } from './ui/banners';
import { Berth } from './ui/berth';
import { Footer, Header } from './ui/frame';
import { Manifest } from './ui/manifest';
import { Papers } from './ui/papers';
import { Secret, type SecretChoice } from './ui/secret';
import { UndoBar } from './ui/undo';
import { LeftBehind } from './ui/unfinished';

export function App() {
  const { queue, watch, announcer } = useHarbour();
  const epoch = useRecoveries(watch);
  const desk = usePapers(epoch);
  const finder = useFinder();
  const list = useFiles(desk, finder, epoch);
  const [secret, setSecret] = useState<SecretChoice>({ on: false, pairs: emptyCredential(), problem: null });
  useKeepOpen(queue);
  useEffect(() => {
    void watch.check();
    return () => watch.stop();
  }, [watch]);

  const take = (files: File[]) => {
    const credential = secret.on ? readCredential(secret.pairs) : undefined;
    if (typeof credential === 'string') {
      setSecret({ ...secret, problem: credential });
      return;
    }
    queue.add(files, { userId: desk.userId, appointmentId: desk.appointmentId, credential });
    announcer.say(messages.announce.added(files.length));
  };

  return (
    <>
      <Header />
      <main class="page">
        <Banners />
        <div class="columns">
          <div class="arrivals">
            <Berth onFiles={take}>
              <Tally desk={desk} isPrivate={secret.on} />
            </Berth>
            <LeftBehind />
          </div>
          <section class="papers" aria-labelledby="papers-title">
            <h2 id="papers-title">{messages.papers.title}</h2>
            <Papers desk={desk} onFilesGone={() => void list.reload()} />
            <Secret choice={secret} onChange={setSecret} />
          </section>
          <Manifest list={list} scope={scopeOf(desk)} filtered={desk.userId !== undefined} finder={finder} />
        </div>
      </main>
      <Footer />
      <UndoBar />
      <Announcements />
    </>
  );
}

/** The stored files that papers and finder name. Settled uploads leave the page with every change of those: the list has them. */
function useFiles({ userId, appointmentId }: PapersDesk, { search, sort, verdict }: Finder, epoch: number) {
  const { files, watch, queue } = useHarbour();
  const load = useCallback<LoadPage<FileRecord>>(
    (page) => files.list({ userId, appointmentId, search, sort, verdict }, page),
    [files, userId, appointmentId, search, sort, verdict, epoch],
  );
  useEffect(() => queue.removeSettled(), [queue, load]);
  return usePaged(
    load,
    useCallback(() => void watch.check(), [watch]),
    `${userId} ${appointmentId}`,
  );
}

/** What the next files will carry, said where they are dropped. */
function Tally({ desk, isPrivate }: { desk: PapersDesk; isPrivate: boolean }) {
  const { berth } = messages;
  const words = [
    desk.user && berth.forUser(desk.user.name),
    desk.appointment && berth.forAppointment(desk.appointment.title),
    isPrivate && berth.privately,
  ].filter((word) => typeof word === 'string');
  if (words.length === 0) return null;
  return (
    <p class="tally" data-testid="tally">
      {words.map((word) => (
        <span key={word}>{word}</span>
      ))}
    </p>
  );
}

function scopeOf({ user, appointment }: PapersDesk): string {
  const { manifest } = messages;
  if (appointment) return manifest.ofAppointment(appointment.title);
  return user ? manifest.ofUser(user.name) : manifest.ofAll;
}
