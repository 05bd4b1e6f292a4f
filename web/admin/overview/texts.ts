import { translated } from '../../shared/messages/index';

export const texts = translated({
  en: {
    title: 'Overview',
  },
  de: {
    title: 'Übersicht',
  },
});
