import { translated } from '../../shared/messages/index';

export const texts = translated({
  en: {
    title: 'Open uploads',
  },
  de: {
    title: 'Offene Uploads',
  },
});
