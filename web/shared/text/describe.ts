import { ApiError, LongshoreError } from '../../client/index';
import { NotLoadedError } from '../state/lazy-module';
import { sharedMessages as messages } from '../messages/index';

/** Returns what went wrong and what to do next. The messages of the API already contain both. */
export function describeError(error: unknown): string {
  if (error instanceof ApiError) return [error.message, ...error.errors].join(' ');
  if (error instanceof NotLoadedError) return messages.errors.not_loaded;
  if (error instanceof LongshoreError && error.code in messages.errors) {
    return messages.errors[error.code as keyof typeof messages.errors];
  }
  return messages.errors.unknown;
}
