import { Component, type ComponentType } from 'preact';

/** Renders a component again only when one of its props has changed, because lists are long and change often. */
export function memo<Props extends object>(Inner: ComponentType<Props>): ComponentType<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      const now = this.props as Props;
      return (Object.keys(next) as (keyof Props)[]).some((name) => next[name] !== now[name]);
    }

    override render(props: Props) {
      return <Inner {...props} />;
    }
  };
}
