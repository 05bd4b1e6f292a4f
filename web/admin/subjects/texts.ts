import { translated } from '../../shared/messages/index';

export const texts = translated({
  en: {
    title: 'Subjects',
  },
  de: {
    title: 'Konten',
  },
});
