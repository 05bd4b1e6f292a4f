import { useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { useHarbour } from '../state/harbour';
import type { PapersDesk } from '../state/papers';
import { Chooser } from './chooser';
import { FormDialog } from './dialog';
import { NameDialog } from './name-dialog';

type Question = 'new-user' | 'new-appointment' | 'delete-user' | 'delete-appointment';

interface PapersProps {
  desk: PapersDesk;
  /** Files went with a user or an appointment. */
  onFilesGone: () => void;
}

/** Who the files belong to: a user and one of their appointments, both optional. */
export function Papers({ desk, onFilesGone }: PapersProps) {
  const [question, setQuestion] = useState<Question | null>(null);
  const { papers } = messages;
  return (
    <>
      <p class="hint">{papers.hint}</p>
      <Chooser
        hook="user"
        label={papers.user}
        list={desk.users}
        nameOf={(user) => user.name}
        chosen={desk.user}
        none={papers.nobody}
        onChoose={desk.chooseUser}
        newLabel={papers.newUser}
        onNew={() => setQuestion('new-user')}
        deleteLabel={papers.deleteUser}
        onDelete={() => setQuestion('delete-user')}
      />
      <Chooser
        hook="appointment"
        label={papers.appointment}
        list={desk.appointments}
        nameOf={(appointment) => appointment.title}
        chosen={desk.appointment}
        none={desk.user ? papers.noAppointment : papers.userFirst}
        disabled={!desk.user}
        onChoose={desk.chooseAppointment}
        newLabel={papers.newAppointment}
        onNew={() => setQuestion('new-appointment')}
        deleteLabel={papers.deleteAppointment}
        onDelete={() => setQuestion('delete-appointment')}
      />
      {question && (
        <PapersQuestion
          question={question}
          desk={desk}
          onFilesGone={onFilesGone}
          onClose={() => setQuestion(null)}
        />
      )}
    </>
  );
}

interface PapersQuestionProps extends PapersProps {
  question: Question;
  onClose: () => void;
}

function PapersQuestion({ question, onClose, ...props }: PapersQuestionProps) {
  const { dialogs } = messages;
  const deeds = useDeeds(props);
  const { user, appointment } = props.desk;
  switch (question) {
    case 'new-user':
      return (
        <NameDialog
          title={dialogs.newUserTitle}
          label={dialogs.userName}
          testId="new-user-dialog"
          onCreate={deeds.createUser}
          onClose={onClose}
        />
      );
    case 'new-appointment':
      return (
        <NameDialog
          title={dialogs.newAppointmentTitle}
          label={dialogs.appointmentTitle}
          testId="new-appointment-dialog"
          onCreate={deeds.createAppointment}
          onClose={onClose}
        />
      );
    case 'delete-user':
      return (
        <FormDialog
          title={dialogs.deleteUserTitle}
          submitLabel={dialogs.confirmDelete}
          danger
          testId="delete-user-dialog"
          onSubmit={deeds.removeUser}
          onClose={onClose}
        >
          <p>{dialogs.deleteUser(user?.name ?? '')}</p>
        </FormDialog>
      );
    case 'delete-appointment':
      return (
        <FormDialog
          title={dialogs.deleteAppointmentTitle}
          submitLabel={dialogs.confirmDelete}
          danger
          testId="delete-appointment-dialog"
          onSubmit={deeds.removeAppointment}
          onClose={onClose}
        >
          <p>{dialogs.deleteAppointment(appointment?.title ?? '')}</p>
        </FormDialog>
      );
  }
}

/** What the questions do when answered. The list is loaded before the new name is chosen, so that it is there to choose. */
function useDeeds({ desk, onFilesGone }: PapersProps) {
  const { directory, announcer } = useHarbour();
  const { announce } = messages;
  const createUser = async (name: string) => {
    const user = await directory.createUser(name);
    await desk.users.reload();
    desk.chooseUser(user.id);
    announcer.say(announce.created(user.name));
  };
  const createAppointment = async (title: string) => {
    if (!desk.user) return;
    const appointment = await directory.createAppointment(desk.user.id, title);
    await desk.appointments.reload();
    desk.chooseAppointment(appointment.id);
    announcer.say(announce.created(appointment.title));
  };
  const removeUser = async () => {
    if (!desk.user) return;
    await directory.removeUser(desk.user.id);
    announcer.say(announce.deleted(desk.user.name));
    desk.chooseUser('');
    onFilesGone();
    await desk.users.reload();
  };
  const removeAppointment = async () => {
    if (!desk.appointment) return;
    await directory.removeAppointment(desk.appointment.id);
    announcer.say(announce.deleted(desk.appointment.title));
    desk.chooseAppointment('');
    onFilesGone();
    await desk.appointments.reload();
  };
  return { createUser, createAppointment, removeUser, removeAppointment };
}
