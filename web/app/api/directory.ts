import type { HttpClient } from '../../client/index';
import { type Page, pageQuery, type PageRequest, searchPage } from '../../shared/api/pages';

export interface User {
  id: string;
  name: string;
  created_at: string;
}

export interface Appointment {
  id: string;
  user_id: string;
  title: string;
  created_at: string;
}

/** Users and their appointments. No call is retried: a second POST would create a second entry. */
export class DirectoryApi {
  constructor(private readonly http: HttpClient) {}

  /** Returns a page of users; `search` has words of their names. */
  users(search: string, page: PageRequest): Promise<Page<User>> {
    return this.list('users', { search }, page);
  }

  /** Throws ApiError 404 `user_not_found`. */
  user(id: string): Promise<User> {
    return this.http.call(`/api/v1/users/${id}`, { repeat: 'once' });
  }

  createUser(name: string): Promise<User> {
    return this.http.call('/api/v1/users/', { method: 'POST', body: { name }, repeat: 'once' });
  }

  removeUser(id: string): Promise<unknown> {
    return this.http.call(`/api/v1/users/${id}`, { method: 'DELETE', repeat: 'once' });
  }

  /** Returns a page of a user's appointments; `search` has words of their titles. */
  appointments(userId: string, search: string, page: PageRequest): Promise<Page<Appointment>> {
    return this.list('appointments', { search, user_id: userId }, page);
  }

  /** Throws ApiError 404 `appointment_not_found`. */
  appointment(id: string): Promise<Appointment> {
    return this.http.call(`/api/v1/appointments/${id}`, { repeat: 'once' });
  }

  createAppointment(userId: string, title: string): Promise<Appointment> {
    const body = { user_id: userId, title };
    return this.http.call('/api/v1/appointments/', { method: 'POST', body, repeat: 'once' });
  }

  removeAppointment(id: string): Promise<unknown> {
    return this.http.call(`/api/v1/appointments/${id}`, { method: 'DELETE', repeat: 'once' });
  }

  /** A search repeats its call until the page is full. */
  private list<T>(
    name: string,
    { search, ...filter }: { search: string; user_id?: string },
    page: PageRequest,
  ): Promise<Page<T>> {
    const once = (part: PageRequest) => {
      const query = pageQuery(part, { ...filter, search: search === '' ? undefined : search });
      return this.http.call<Page<T>>(`/api/v1/${name}/?${query}`, { repeat: 'once' });
    };
    return search === '' ? once(page) : searchPage(once, page);
  }
}
