import { loadMessages } from '../messages/load';
import '../page/load-later';

// tests of the engine run without a page
if ('document' in globalThis) await loadMessages();
