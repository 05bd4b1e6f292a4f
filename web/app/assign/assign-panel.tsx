import { useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import type { Assignment } from './assignment';
import { EditableSelect } from './editable-select';
import { FormDialog } from '../../shared/ui/dialog';
import { NameDialog } from '../changes/name-dialog';

type Dialog = 'new-user' | 'new-appointment' | 'delete-user' | 'delete-appointment';

interface AssignPanelProps {
  assignment: Assignment;
  /** Called when files were deleted together with a user or an appointment. */
  onFilesDeleted: () => void;
}

/** Assigns the next files to a user and one of the user's appointments, both optional. */
export function AssignPanel({ assignment, onFilesDeleted }: AssignPanelProps) {
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const { assign } = messages;
  return (
    <>
      <p class="hint">{assign.hint}</p>
      <EditableSelect
        testId="user"
        label={assign.user}
        list={assignment.users}
        nameOf={(user) => user.name}
        chosen={assignment.user}
        none={assign.noUser}
        onChoose={assignment.chooseUser}
        searchLabel={assign.searchUsers}
        newLabel={assign.newUser}
        onNew={() => setDialog('new-user')}
        deleteLabel={assign.deleteUser}
        onDelete={() => setDialog('delete-user')}
      />
      <EditableSelect
        testId="appointment"
        label={assign.appointment}
        list={assignment.appointments}
        nameOf={(appointment) => appointment.title}
        chosen={assignment.appointment}
        none={assignment.user ? assign.noAppointment : assign.userFirst}
        disabled={!assignment.user}
        onChoose={assignment.chooseAppointment}
        searchLabel={assign.searchAppointments}
        newLabel={assign.newAppointment}
        onNew={() => setDialog('new-appointment')}
        deleteLabel={assign.deleteAppointment}
        onDelete={() => setDialog('delete-appointment')}
      />
      {dialog && (
        <AssignDialog
          dialog={dialog}
          assignment={assignment}
          onFilesDeleted={onFilesDeleted}
          onClose={() => setDialog(null)}
        />
      )}
    </>
  );
}

interface AssignDialogProps extends AssignPanelProps {
  dialog: Dialog;
  onClose: () => void;
}

function AssignDialog({ dialog, onClose, ...props }: AssignDialogProps) {
  const { dialogs } = messages;
  const actions = useDirectoryActions(props);
  const { user, appointment } = props.assignment;
  switch (dialog) {
    case 'new-user':
      return (
        <NameDialog
          title={dialogs.newUserTitle}
          label={dialogs.userName}
          testId="new-user-dialog"
          onCreate={actions.createUser}
          onClose={onClose}
        />
      );
    case 'new-appointment':
      return (
        <NameDialog
          title={dialogs.newAppointmentTitle}
          label={dialogs.appointmentTitle}
          testId="new-appointment-dialog"
          onCreate={actions.createAppointment}
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
          onSubmit={actions.removeUser}
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
          onSubmit={actions.removeAppointment}
          onClose={onClose}
        >
          <p>{dialogs.deleteAppointment(appointment?.title ?? '')}</p>
        </FormDialog>
      );
  }
}

/** The actions of the dialogs. A list is reloaded before its new item is chosen. */
function useDirectoryActions({ assignment, onFilesDeleted }: AssignPanelProps) {
  const { directory, announcer } = useAppContext();
  const { announcements } = messages;
  const createUser = async (name: string) => {
    const user = await directory.createUser(name);
    await assignment.users.reload();
    assignment.chooseUser(user.id);
    announcer.announce(announcements.created(user.name));
  };
  const createAppointment = async (title: string) => {
    if (!assignment.user) return;
    const appointment = await directory.createAppointment(assignment.user.id, title);
    await assignment.appointments.reload();
    assignment.chooseAppointment(appointment.id);
    announcer.announce(announcements.created(appointment.title));
  };
  const removeUser = async () => {
    if (!assignment.user) return;
    await directory.removeUser(assignment.user.id);
    announcer.announce(announcements.deleted(assignment.user.name));
    assignment.chooseUser('');
    onFilesDeleted();
    await assignment.users.reload();
  };
  const removeAppointment = async () => {
    if (!assignment.appointment) return;
    await directory.removeAppointment(assignment.appointment.id);
    announcer.announce(announcements.deleted(assignment.appointment.title));
    assignment.chooseAppointment('');
    onFilesDeleted();
    await assignment.appointments.reload();
  };
  return { createUser, createAppointment, removeUser, removeAppointment };
}
