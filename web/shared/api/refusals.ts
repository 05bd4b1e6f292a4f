import { ApiError } from '../../client/index';

/** Whether the service reports that there is no such thing; a proxy's 404 does not mean that. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 404 && !error.isForeign;
