import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Appointment, User } from '../api/directory';
import { isNotFound } from '../../shared/api/refusals';
import { useAppContext } from '../page/app-context';
import { useDebounced } from '../../shared/state/debounced';
import { type LoadPage, type PagedList, usePagedList } from '../../shared/state/paged-list';
import { useSessionValue } from '../../shared/state/session';

/** A list to choose from, which can be searched. */
export interface SearchableList<T> extends PagedList<T> {
  /** The text in the search field. */
  text: string;
  setText: (text: string) => void;
  /** The text that the items match. */
  search: string;
}

/** The user and appointment that the next files are assigned to, and the lists to choose them from. */
export interface Assignment {
  users: SearchableList<User>;
  appointments: SearchableList<Appointment>;
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
  const { directory } = useAppContext();
  const [storedUser, storeUser] = useSessionValue('longshore.user');
  const [storedAppointment, storeAppointment] = useSessionValue('longshore.appointment');

  const users = useSearchableList<User>((search, page) => directory.users(search, page), `${reloadKey}`);
  const [user, isUserKnown] = useChosen(users, storedUser, (id) => directory.user(id));
  const userId = isUserKnown ? user?.id : storedUser;

  const appointments = useSearchableList<Appointment>(
    userId ? (search, page) => directory.appointments(userId, search, page) : null,
    `${reloadKey}`,
    userId,
  );
  const [found, isKnown] = useChosen(appointments, userId ? storedAppointment : '', (id) =>
    directory.appointment(id),
  );
  const appointment = found?.user_id === userId ? found : undefined;
  const appointmentId = isKnown ? appointment?.id : storedAppointment;

  const chooseUser = (id: string) => {
    storeUser(id);
    storeAppointment('');
    appointments.setText('');
  };
  const chosen = { user, appointment, userId, appointmentId };
  return { users, appointments, ...chosen, chooseUser, chooseAppointment: storeAppointment };
}

/** A new `key` loads the list again, a new `scope` empties it first; without `load` there are no items. */
function useSearchableList<T>(
  load: ((search: string, ...page: Parameters<LoadPage<T>>) => ReturnType<LoadPage<T>>) | null,
  key: string,
  scope = '',
): SearchableList<T> {
  const { health } = useAppContext();
  const [text, setText] = useState('');
  const search = useDebounced(text.trim());
  const loadPage = useCallback<LoadPage<T>>(
    (page) => (load ? load(search, page) : Promise.resolve({ items: [], next_cursor: null })),
    [search, key, scope, load === null],
  );
  const onFailure = useCallback(() => void health.check(), [health]);
  const list = usePagedList(load && loadPage, onFailure, scope);
  return { ...list, text, setText, search };
}

/**
 * Returns the chosen item, and whether that is known. One that does not exist is undefined: the whole list shows that; a
 * part of it does not, so the service is asked.
 */
function useChosen<T extends { id: string }>(
  list: SearchableList<T>,
  id: string,
  fetchOne: (id: string) => Promise<T>,
): [item: T | undefined, isKnown: boolean] {
  const [known, setKnown] = useState<{ id: string; item?: T } | null>(null);
  const listed = list.items.find((item) => item.id === id);
  const isWhole = list.status === 'ready' && list.search === '' && list.cursor === null;
  const isMissing = id !== '' && list.status === 'ready' && !isWhole && !listed && known?.id !== id;
  useEffect(() => {
    // a search hides it later
    if (listed) setKnown({ id, item: listed });
  }, [listed]);
  useEffect(() => {
    if (!isMissing) return;
    fetchOne(id).then(
      (item) => setKnown({ id, item }),
      // where the service cannot be asked, the choice stays
      (error: unknown) => isNotFound(error) && setKnown({ id }),
    );
  }, [isMissing, id]);
  if (id === '' || isWhole || listed) return [listed, true];
  if (known?.id === id) return [known.item, true];
  return [undefined, false];
}
