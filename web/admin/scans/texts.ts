import { translated } from '../../shared/messages/index';

export const texts = translated({
  en: {
    title: 'Scans',
  },
  de: {
    title: 'Prüfungen',
  },
});
