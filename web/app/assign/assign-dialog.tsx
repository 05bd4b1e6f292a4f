import { FormDialog } from '../../shared/ui/dialog';
import { NameDialog } from '../changes/name-dialog';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import type { Assignment } from './assignment';

export type DialogName = 'new-user' | 'new-appointment' | 'delete-user' | 'delete-appointment';

interface AssignActionsProps {
  assignment: Assignment;
  /** Called when files were deleted together with a user or an appointment. */
  onFilesDeleted: () => void;
}

export interface AssignDialogProps extends AssignActionsProps {
  dialog: DialogName;
  onClose: () => void;
}

/** Creates or deletes a user or an appointment. */
export function AssignDialog({ dialog, onClose, ...props }: AssignDialogProps) {
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
function useDirectoryActions({ assignment, onFilesDeleted }: AssignActionsProps) {
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
