import { useEffect, useState } from 'preact/hooks';
import type { RememberedUpload } from '../client/index';
import { messages } from './messages/index';
import { useAppContext } from './page/app-context';
import { type Assignment, useAssignment } from './assign/assignment';
import { useReloadAfterChanges } from './page/change-count';
import type { ChosenFile } from './adding/chosen-files';
import { emptyPassword, readCredential } from './credential/credential';
import { useListing } from './folders/folder-list';
import { useListFilters } from './list/list-filters';
import { useReplacedFiles } from './list/replaced-files';
import { useUndoKey } from './changes/undo-history';
import type { SharedDetails } from './uploads/upload-entry';
import { useLeaveWarning } from './page/window';
import { useStore } from '../shared/state/store';
import { useReconnectCount } from '../shared/state/reconnect';
import { Announcements } from '../shared/ui/announcements';
import { AssignPanel } from './assign/assign-panel';
import { Collapsible } from './page/collapsible';
import { Banners } from '../shared/ui/banners';
import { DropZone } from './adding/drop-zone';
import { FileList } from './list/file-list';
import { Footer, Header } from './page/frame';
import { type PrivateChoice, PrivateSwitch } from './credential/private-switch';
import { FileDetails } from './details/file-details';
import { FilePreview } from './preview/file-preview';
import type { UnfinishedUploadsProps } from './uploads/unfinished-uploads';
import { laterPart, useLaterWhenIdle } from './page/later-part';

const SameNameQuestions = laterPart((later) => later.SameNameQuestions);
const UndoBar = laterPart((later) => later.UndoBar);
const UnfinishedUploads = laterPart<UnfinishedUploadsProps>((later) => later.UnfinishedUploads);

export function App() {
  const { entries, uploading, health, announcer, undo, changes } = useAppContext();
  const reloadKey = useReconnectCount(health);
  const assignment = useAssignment(reloadKey);
  const filters = useListFilters();
  const listing = useListing(assignment, filters, reloadKey);
  const [privateChoice, setPrivateChoice] = useState<PrivateChoice>({
    on: false,
    input: emptyPassword,
    problem: null,
  });
  const waiting = useStore(entries).filter(({ state }) => state === 'needs-password').length;
  useLaterWhenIdle(listing.files.status !== 'loading', reloadKey);
  useLeaveWarning(entries);
  useUndoKey(undo);
  useReloadAfterChanges(changes, listing.reload);
  useReplacedFiles(listing.files);
  useEffect(() => {
    void health.check();
    return () => health.stop();
  }, [health]);

  /** Returns the details of the next files; without a valid password, the panel shows the problem and they wait. */
  const sharedDetails = (): SharedDetails => {
    const { userId, appointmentId } = assignment;
    const credential = privateChoice.on ? readCredential(privateChoice.input) : undefined;
    const isValid = typeof credential !== 'string';
    if (!isValid) setPrivateChoice({ ...privateChoice, problem: credential });
    return {
      userId,
      appointmentId,
      credential: isValid ? credential : undefined,
      isPrivate: privateChoice.on,
    };
  };
  const addFiles = (files: ChosenFile[]) => {
    const [shared, folder] = [sharedDetails(), listing.folder];
    void uploading.wait().then(({ additions }) => additions.add(files, shared, folder));
    announcer.announce(messages.announcements.added(files.length));
  };
  const resume = (upload: RememberedUpload, file: File) => {
    const shared = sharedDetails();
    void uploading.wait().then(({ additions }) => additions.resume(upload, file, shared));
  };
  const uploadWaiting = () => {
    const credential = privateChoice.on ? readCredential(privateChoice.input) : undefined;
    if (typeof credential !== 'string') void uploading.get()?.additions.setCredential(credential);
  };

  return (
    <>
      <Header />
      <main class="page">
        <Banners />
        <div class="columns">
          <div class="uploads">
            <DropZone folder={listing.folder} onFiles={addFiles}>
              <AssignmentSummary assignment={assignment} isPrivate={privateChoice.on} />
            </DropZone>
            <UnfinishedUploads onResume={resume} />
          </div>
          <section class="assign-panel" aria-labelledby="assign-title">
            <Collapsible id="assign-title" title={messages.assign.title} summary={summarize(assignment)}>
              <AssignPanel assignment={assignment} onFilesDeleted={listing.reload} />
            </Collapsible>
            <PrivateSwitch
              choice={privateChoice}
              onChange={setPrivateChoice}
              waiting={waiting}
              onUpload={uploadWaiting}
            />
          </section>
          <FileList
            listing={listing}
            scope={describeScope(assignment)}
            isScoped={assignment.userId !== undefined}
            filters={filters}
          />
        </div>
      </main>
      <Footer />
      <UndoBar />
      <SameNameQuestions />
      <FilePreview />
      <FileDetails listed={listing.files.items} onChanged={listing.reload} />
      <Announcements />
    </>
  );
}

/** Shows in the drop zone what the next files are assigned to. */
function AssignmentSummary({ assignment, isPrivate }: { assignment: Assignment; isPrivate: boolean }) {
  const { dropZone } = messages;
  const labels = [
    assignment.user && dropZone.forUser(assignment.user.name),
    assignment.appointment && dropZone.forAppointment(assignment.appointment.title),
    isPrivate && dropZone.private,
  ].filter((label) => typeof label === 'string');
  if (labels.length === 0) return null;
  return (
    <p class="assignment-summary" data-testid="assignment-summary">
      {labels.map((label) => (
        <span key={label}>{label}</span>
      ))}
    </p>
  );
}

/** What the next files are assigned to, in a few words. */
function summarize({ user, appointment }: Assignment): string {
  const parts = [user?.name, appointment?.title].filter((part) => part !== undefined);
  return parts.length === 0 ? messages.assign.noChoice : messages.assign.summary(parts);
}

function describeScope({ user, appointment }: Assignment): string {
  const { fileList } = messages;
  if (appointment) return fileList.ofAppointment(appointment.title);
  return user ? fileList.ofUser(user.name) : fileList.ofAll;
}
