import { translated } from '../../shared/messages/index';

export const texts = translated({
  en: {
    title: 'Allow-list',
  },
  de: {
    title: 'Ausnahmen',
  },
});
