import { ApiError, LongshoreError } from '../../client/index';
import { messages } from '../messages/index';

/** What went wrong and what to do next, in a sentence or two. The API's own messages already say so. */
export function describeError(error: unknown): string {
  if (error instanceof ApiError) return [error.message, ...error.errors].join(' ');
  if (error instanceof LongshoreError && error.code in messages.errors) {
    return messages.errors[error.code as keyof typeof messages.errors];
  }
  return messages.errors.unknown;
}
