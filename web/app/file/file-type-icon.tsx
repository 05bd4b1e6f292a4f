const HUES = 5;

/** A container with the file's extension on it; without an extension, or with a long one, it stays blank. */
export function FileTypeIcon({ name }: { name: string }) {
  const extension = /\.([A-Za-z0-9]{1,4})$/.exec(name)?.[1]?.toUpperCase() ?? '-';
  const hue = (extension.length * 3 + extension.charCodeAt(0)) % HUES;
  return (
    <span class={`file-type file-type-${hue}`} aria-hidden="true">
      {extension === '-' ? '' : extension}
    </span>
  );
}
