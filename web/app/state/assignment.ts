import { useCallback } from 'preact/hooks';
import type { Appointment, User } from '../api/directory';
import { MAX_PAGE_SIZE } from '../../shared/api/pages';
import { useAppContext } from './app-context';
import { type LoadPage, type PagedList, usePagedList } from '../../shared/state/paged-list';
import { useSessionValue } from '../../shared/state/session';

/** The user and appointment that the next files are assigned to, and the lists to choose them from. */
export interface Assignment {
  users: PagedList<User>;
  appointments: PagedList<Appointment>;
  user: User | undefined;
  appointment: Appointment | undefined;
  /** The chosen ids, known before the lists are loaded. */
  userId: string | undefined;
  appointmentId: string | undefined;
  chooseUser: (id: string) => void;
  chooseAppointment: (id: string) => void;
}

/** Keeps the choice for the session; one that no longer exists counts as none. A new `reloadKey` reloads the lists. */
export function useAssignment(reloadKey: number): Assignment {
  const { directory, health } = useAppContext();
  const [storedUser, storeUser] = useSessionValue('longshore.user');
  const [storedAppointment, storeAppointment] = useSessionValue('longshore.appointment');
  const onFailure = useCallback(() => void health.check(), [health]);

  const loadUsers = useCallback<LoadPage<User>>(
    (page) => directory.users({ ...page, limit: MAX_PAGE_SIZE }),
    [directory, reloadKey],
  );
  const users = usePagedList(loadUsers, onFailure);
  const user = users.items.find(({ id }) => id === storedUser);
  const userId = chosenId(users, user, storedUser);

  const loadAppointments = useCallback<LoadPage<Appointment>>(
    (page) => directory.appointments(userId ?? '', { ...page, limit: MAX_PAGE_SIZE }),
    [directory, userId, reloadKey],
  );
  const appointments = usePagedList(userId ? loadAppointments : null, onFailure, userId);
  const appointment = appointments.items.find(({ id }) => id === storedAppointment);
  const appointmentId = userId && chosenId(appointments, appointment, storedAppointment);

  const chooseUser = (id: string) => {
    storeUser(id);
    storeAppointment('');
  };
  const chosen = { user, appointment, userId, appointmentId };
  return { users, appointments, ...chosen, chooseUser, chooseAppointment: storeAppointment };
}

/** Trusts the stored id until the list is loaded. */
function chosenId<T extends { id: string }>(list: PagedList<T>, found: T | undefined, stored: string) {
  if (list.status === 'ready') return found?.id;
  return stored || undefined;
}
