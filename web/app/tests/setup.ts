import { loadMessages } from '../messages/load';
import '../page/load-later';

await loadMessages();
