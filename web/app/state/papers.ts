import { useCallback } from 'preact/hooks';
import type { Appointment, User } from '../api/directory';
import { MAX_PAGE_SIZE } from '../api/pages';
import { useHarbour } from './harbour';
import { type LoadPage, type Paged, usePaged } from './paged';
import { useSessionValue } from './session';

/** Whom the next files belong to, and whom one could choose instead. */
export interface PapersDesk {
  users: Paged<User>;
  appointments: Paged<Appointment>;
  user: User | undefined;
  appointment: Appointment | undefined;
  /** The chosen ids, also while the lists are still loading. */
  userId: string | undefined;
  appointmentId: string | undefined;
  chooseUser: (id: string) => void;
  chooseAppointment: (id: string) => void;
}

/** The choice is remembered for the session; one that no longer exists counts as none. `epoch` loads the lists anew. */
export function usePapers(epoch: number): PapersDesk {
  const { directory, watch } = useHarbour();
  const [storedUser, storeUser] = useSessionValue('longshore.user');
  const [storedAppointment, storeAppointment] = useSessionValue('longshore.appointment');
  const onFailure = useCallback(() => void watch.check(), [watch]);

  const loadUsers = useCallback<LoadPage<User>>(
    (page) => directory.users({ ...page, limit: MAX_PAGE_SIZE }),
    [directory, epoch],
  );
  const users = usePaged(loadUsers, onFailure);
  const user = users.items.find(({ id }) => id === storedUser);
  const userId = stillChosen(users, user, storedUser);

  const loadAppointments = useCallback<LoadPage<Appointment>>(
    (page) => directory.appointments(userId ?? '', { ...page, limit: MAX_PAGE_SIZE }),
    [directory, userId, epoch],
  );
  const appointments = usePaged(userId ? loadAppointments : null, onFailure, userId);
  const appointment = appointments.items.find(({ id }) => id === storedAppointment);
  const appointmentId = userId && stillChosen(appointments, appointment, storedAppointment);

  const chooseUser = (id: string) => {
    storeUser(id);
    storeAppointment('');
  };
  const chosen = { user, appointment, userId, appointmentId };
  return { users, appointments, ...chosen, chooseUser, chooseAppointment: storeAppointment };
}

function stillChosen<T extends { id: string }>(list: Paged<T>, found: T | undefined, stored: string) {
  if (list.status === 'ready') return found?.id;
  return stored || undefined;
}
