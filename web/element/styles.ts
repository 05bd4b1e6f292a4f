/** Sizes and colours can be changed by custom properties, all else by `::part()`. `light-dark()` follows the page's color-scheme. */
export const STYLES = `
:host {
  --_accent: var(--longshore-accent, light-dark(#0f5661, #6cc5c5));
  --_on-accent: var(--longshore-on-accent, light-dark(#fff, #082024));
  --_ground: var(--longshore-ground, light-dark(#fbf9f3, #142227));
  --_ink: var(--longshore-ink, light-dark(#14262c, #e8ece6));
  --_ink-soft: var(--longshore-ink-soft, light-dark(#4c5f65, #a3b4b5));
  --_line: var(--longshore-line, light-dark(#8a8b7d, #6d8187));
  --_good: var(--longshore-good, light-dark(#24613a, #86d19c));
  --_bad: var(--longshore-bad, light-dark(#a02d18, #ff9c84));
  --_radius: var(--longshore-radius, 6px);
  --_gap: var(--longshore-gap, 0.75rem);
  display: block;
  container-type: inline-size;
  color: var(--_ink);
  font: var(--longshore-font, inherit);
}
:host([theme='light']) { color-scheme: light; }
:host([theme='dark']) { color-scheme: dark; }
:host([theme]) { background: var(--_ground); border-radius: var(--_radius); }
:host([theme]) [part='list'] { padding: 0 var(--_gap); }
:host([hidden]), [hidden] { display: none; }
[part~='dropzone'] {
  display: flex; flex-wrap: wrap; align-items: center; justify-content: center; gap: var(--_gap);
  padding: calc(2 * var(--_gap));
  border: 2px dashed var(--_line); border-radius: var(--_radius);
  background: var(--_ground); text-align: center;
}
[part~='over'] { border-style: solid; border-color: var(--_accent); }
button { font: inherit; cursor: pointer; border-radius: var(--_radius); min-height: 2rem; }
button:disabled { cursor: not-allowed; opacity: 0.55; }
button:focus-visible { outline: 3px solid var(--_accent); outline-offset: 2px; }
[part~='button'] {
  padding: 0.5rem 1rem; border: 1px solid transparent; min-height: 2.75rem;
  background: var(--_accent); color: var(--_on-accent); font-weight: 600;
}
[part~='button']:disabled { opacity: 0.7; }
:is([part='pause'], [part='resume'], [part='retry'], [part='remove']) {
  padding: 0.25rem 0.6rem; border: 1px solid var(--_line); background: transparent; color: inherit;
}
[part='list'] { list-style: none; margin: 0; padding: 0; }
[part~='item'] {
  display: grid; grid-template-columns: 1fr auto auto; gap: 0.15rem 0.5rem; align-items: center;
  padding: var(--_gap) 0; border-bottom: 1px solid var(--_line);
}
[part='name'], [part='status'], progress { grid-column: 1; min-width: 0; overflow-wrap: anywhere; }
[part='name'] { font-weight: 600; }
[part='status'] { color: var(--_ink-soft); grid-row: 2; }
:is([part='pause'], [part='resume'], [part='retry']) { grid-column: 2; grid-row: 1 / 3; }
[part='remove'] { grid-column: 3; grid-row: 1 / 3; }
@container (inline-size < 28rem) {
  [part~='item'] { grid-template-columns: auto 1fr; }
  [part='name'], [part='status'] { grid-column: 1 / -1; }
  :is([part='pause'], [part='resume'], [part='retry']) { grid-column: 1; grid-row: 4; }
  [part='remove'] { grid-column: 2; grid-row: 4; justify-self: start; }
}
[part~='accepted'] [part='status'] { color: var(--_good); }
:is([part~='infected'], [part~='blocked'], [part~='unscanned'], [part~='failed']) [part='status'] { color: var(--_bad); }
progress { grid-column: 1 / -1; grid-row: 3; width: 100%; height: 0.5rem; accent-color: var(--_accent); }
.hidden {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
`;
