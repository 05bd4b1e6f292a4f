import { translated } from '../../shared/messages/index';

export const texts = translated({
  en: {
    title: 'Quarantine',
  },
  de: {
    title: 'Quarantäne',
  },
});
