import { translated } from '../../shared/messages/index';

export const texts = translated({
  en: {
    title: 'Decisions',
  },
  de: {
    title: 'Entscheidungen',
  },
});
