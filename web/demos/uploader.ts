import { Uploader } from '@longshore/client';
import { endpoint } from './service'; // 'https://files.example'

/** One for the whole application: it shares connections between files. */
export const uploader = new Uploader({ endpoint });
