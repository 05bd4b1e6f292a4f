import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { sharedMessages as messages } from '../messages/index';
import { usePageContext } from '../state/page-context';

/**
 * Returns a component whose code is loaded when it is rendered for the first time. Without the code, as after a new version
 * was installed, it announces an error, and calls `onClose`.
 */
export function lazy<P extends { onClose: () => void }>(load: () => Promise<ComponentType<P>>) {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const { announcer } = usePageContext();
    const [Component, setComponent] = useState(() => loaded);
    useEffect(() => {
      load().then(
        (component) => {
          loaded = component;
          setComponent(() => component);
        },
        () => {
          announcer.announce(messages.errors.unknown, true);
          props.onClose();
        },
      );
    }, []);
    return Component && <Component {...props} />;
  };
}
