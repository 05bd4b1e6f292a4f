import type { HttpClient } from '../../client/index';
import { type Page, pageQuery, type PageRequest } from '../../shared/api/pages';

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

  users(page: PageRequest): Promise<Page<User>> {
    return this.http.call(`/api/v1/users/?${pageQuery(page)}`, { repeat: 'once' });
  }

  createUser(name: string): Promise<User> {
    return this.http.call('/api/v1/users/', { method: 'POST', body: { name }, repeat: 'once' });
  }

  removeUser(id: string): Promise<unknown> {
    return this.http.call(`/api/v1/users/${id}`, { method: 'DELETE', repeat: 'once' });
  }

  appointments(userId: string, page: PageRequest): Promise<Page<Appointment>> {
    return this.http.call(`/api/v1/appointments/?${pageQuery(page, { user_id: userId })}`, {
      repeat: 'once',
    });
  }

  createAppointment(userId: string, title: string): Promise<Appointment> {
    const body = { user_id: userId, title };
    return this.http.call('/api/v1/appointments/', { method: 'POST', body, repeat: 'once' });
  }

  removeAppointment(id: string): Promise<unknown> {
    return this.http.call(`/api/v1/appointments/${id}`, { method: 'DELETE', repeat: 'once' });
  }
}
