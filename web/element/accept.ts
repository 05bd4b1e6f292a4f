/** Whether a file has one of the types of `accept`, as for `<input type=file>` (https://html.spec.whatwg.org/#attr-input-accept). */
export function isAccepted({ name, type }: Pick<File, 'name' | 'type'>, accept: string): boolean {
  const wanted = accept
    .toLowerCase()
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
  return wanted.length === 0 || wanted.some((each) => fits(name.toLowerCase(), type.toLowerCase(), each));
}

function fits(name: string, type: string, wanted: string): boolean {
  if (wanted.startsWith('.')) return name.endsWith(wanted);
  if (wanted.endsWith('/*')) return type.startsWith(wanted.slice(0, -1));
  return type === wanted;
}
