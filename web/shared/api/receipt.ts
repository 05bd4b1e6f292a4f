import { type Credential, credentialHeader, type HttpClient } from '../../client/index';
import { clickLink } from '../state/click-link';

/** A receipt: the signed text, and its contents for reading. */
export interface Receipt {
  receipt: string;
  contents: Record<string, unknown>;
}

/** Returns a file's receipt, signed for this call. Throws ApiError 404 `receipts_off`, 409 `verdict_pending`. */
export const getReceipt = (http: HttpClient, id: string, credential?: Credential): Promise<Receipt> =>
  http.call(`/api/v1/file/receipt/${id}`, { headers: credentialHeader(credential), repeat: 'once' });

/** How long a browser may take to begin saving. Milliseconds. */
const REVOKE_AFTER = 60_000;

/** The name of a saved receipt: an id, so that a command with it needs no quotes. */
export const receiptName = (id: string): string => `${id}.jws`;

/** Saves a file's receipt. Throws the errors of `getReceipt`. */
export async function saveReceipt(http: HttpClient, id: string, credential?: Credential): Promise<void> {
  const { receipt } = await getReceipt(http, id, credential);
  const url = URL.createObjectURL(new Blob([receipt], { type: 'application/jose' }));
  clickLink(url, receiptName(id));
  // Firefox reads it after this turn of the event loop
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER);
}
