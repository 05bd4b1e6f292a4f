import { messages } from '../messages/index';
import { addressOf } from '../state/route';
import { VIEWS } from '../views';

/** Links to all views. */
export function Navigation({ current }: { current: string }) {
  return (
    <nav class="navigation" aria-label={messages.navigation} data-testid="navigation">
      <ul role="list">
        {VIEWS.map(({ path, title }) => (
          <li key={path}>
            <a
              href={addressOf(path)}
              aria-current={path === current ? 'page' : undefined}
              data-testid={`to-${path}`}
            >
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
