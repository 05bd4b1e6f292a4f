import { translated } from '../../shared/messages/index';

export const texts = translated({
  en: {
    title: 'Audit log',
  },
  de: {
    title: 'Audit-Log',
  },
});
