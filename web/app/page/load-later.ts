import { later } from './later-part';

// Only the entry point imports this: the build then puts what both files use into the first one, without a third.
later.fetch = () => import('./later');
