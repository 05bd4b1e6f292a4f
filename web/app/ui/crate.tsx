const HUES = 5;

/** The file as a container with its kind painted on the doors; an odd ending stays unpainted. */
export function Crate({ name }: { name: string }) {
  const ending = /\.([A-Za-z0-9]{1,4})$/.exec(name)?.[1]?.toUpperCase() ?? '-';
  const hue = (ending.length * 3 + ending.charCodeAt(0)) % HUES;
  return (
    <span class={`crate crate-${hue}`} aria-hidden="true">
      {ending === '-' ? '' : ending}
    </span>
  );
}
