import { useState } from 'preact/hooks';
import { messages } from '../messages/index';
import type { Assignment } from './assignment';
import { EditableSelect } from './editable-select';
import type { AssignDialogProps, DialogName } from './assign-dialog';
import { laterDialog } from '../page/later-part';

const AssignDialog = laterDialog<AssignDialogProps>((later) => later.AssignDialog);

interface AssignPanelProps {
  assignment: Assignment;
  /** Called when files were deleted together with a user or an appointment. */
  onFilesDeleted: () => void;
}

/** Assigns the next files to a user and one of the user's appointments, both optional. */
export function AssignPanel({ assignment, onFilesDeleted }: AssignPanelProps) {
  const [dialog, setDialog] = useState<DialogName | null>(null);
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
