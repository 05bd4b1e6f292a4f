/**
 * Returns whether a file fits the `accept` attribute of an `<input>`: `image/*`, `application/pdf`, `.csv`, separated by
 * commas. https://html.spec.whatwg.org/multipage/input.html#attr-input-accept
 */
export function isAccepted({ name, type }: { name: string; type: string }, accept = ''): boolean {
  const wanted = accept
    .toLowerCase()
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
  const [filename, mediaType = ''] = [name.toLowerCase(), type.toLowerCase().split(';')[0]];
  return wanted.length === 0 || wanted.some((each) => fits(each, filename, mediaType));
}

function fits(wanted: string, filename: string, mediaType: string): boolean {
  if (wanted === '*/*') return true;
  if (wanted.startsWith('.')) return filename.endsWith(wanted);
  if (wanted.endsWith('/*')) return mediaType.startsWith(wanted.slice(0, -1));
  return mediaType === wanted;
}
