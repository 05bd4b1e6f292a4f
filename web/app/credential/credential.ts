import type { Credential } from '../../client/index';

/** One name and value of a credential. */
export interface CredentialPair {
  key: string;
  value: string;
}

/** What the user entered: a password, or under "Advanced" names and values (`pairs`). Kept in memory only. */
export interface PasswordInput {
  password: string;
  pairs: CredentialPair[] | null;
}

/** The name in the credential that stands for the password. */
const PASSWORD = 'password';

export const emptyPassword: PasswordInput = { password: '', pairs: null };

/** Whether nothing was entered. */
export const isEmpty = ({ password, pairs }: PasswordInput): boolean =>
  pairs === null ? password === '' : pairs.every(({ key, value }) => key === '' && value === '');

export type CredentialProblem = 'missing' | 'incomplete' | 'duplicate';

/** Returns the credential that was entered, ignoring empty rows, or the problem with it. */
export function readCredential({ password, pairs }: PasswordInput): Credential | CredentialProblem {
  if (pairs === null) return password === '' ? 'missing' : { [PASSWORD]: password };
  const filled = pairs.filter(({ key, value }) => key !== '' || value !== '');
  if (filled.length === 0 || filled.some(({ key, value }) => key === '' || value === '')) return 'incomplete';
  const credential = Object.fromEntries(filled.map(({ key, value }) => [key, value]));
  return Object.keys(credential).length === filled.length ? credential : 'duplicate';
}

/** What was entered is not a credential. */
export class CredentialError extends Error {
  constructor(readonly problem: CredentialProblem) {
    super(problem);
  }
}

/** Returns the credential that was entered. Throws a CredentialError. */
export function credentialFrom(input: PasswordInput): Credential {
  const credential = readCredential(input);
  if (typeof credential === 'string') throw new CredentialError(credential);
  return credential;
}

/** Shows the names and values of the password. */
export const toPairs = ({ password }: PasswordInput): PasswordInput => ({
  password: '',
  pairs: [{ key: password === '' ? '' : PASSWORD, value: password }],
});

/** Shows one password again; other names and values are dropped. */
export const toPassword = ({ pairs }: PasswordInput): PasswordInput => ({
  password: pairs?.find(({ key }) => key === PASSWORD)?.value ?? '',
  pairs: null,
});
