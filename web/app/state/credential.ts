import type { Credential } from '../../client/index';

/** One row of the password form. */
export interface CredentialPair {
  key: string;
  value: string;
}

export const emptyCredential = (): CredentialPair[] => [{ key: '', value: '' }];

export type CredentialProblem = 'missing' | 'duplicate';

/** Returns the credential that the rows contain, ignoring empty rows, or the problem with them. */
export function readCredential(pairs: readonly CredentialPair[]): Credential | CredentialProblem {
  const filled = pairs.filter(({ key, value }) => key !== '' || value !== '');
  if (filled.length === 0 || filled.some(({ key, value }) => key === '' || value === '')) return 'missing';
  const credential = Object.fromEntries(filled.map(({ key, value }) => [key, value]));
  return Object.keys(credential).length === filled.length ? credential : 'duplicate';
}
