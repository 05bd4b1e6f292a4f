/** `<longshore-upload>`: importing this module defines the element, in a browser. */
import { LongshoreUpload } from './element';

export { LongshoreUpload } from './element';
export type { EntryState, Until } from './entry';
export type { LongshoreUploadEvents, UploadFileDetail } from './events';

/** The attributes in HTML, for types of JSX. */
export interface LongshoreUploadAttributes {
  endpoint?: string | undefined;
  policy?: string | undefined;
  grant?: string | undefined;
  name?: string | undefined;
  accept?: string | undefined;
  'path-name'?: string | undefined;
  until?: 'clean' | 'stored' | undefined;
  theme?: 'light' | 'dark' | undefined;
  lang?: string | undefined;
  form?: string | undefined;
  multiple?: boolean | undefined;
  required?: boolean | undefined;
  disabled?: boolean | undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    'longshore-upload': LongshoreUpload;
  }
}

// without a DOM, as in server-side rendering, there is nothing to define
if (typeof customElements !== 'undefined' && !customElements.get('longshore-upload'))
  customElements.define('longshore-upload', LongshoreUpload);
