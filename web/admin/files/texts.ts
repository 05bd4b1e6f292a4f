import { translated } from '../../shared/messages/index';

export const texts = translated({
  en: {
    title: 'Files',
  },
  de: {
    title: 'Dateien',
  },
});
