/** Decoration: a crane lifts a container from a ship. */
export function DropIllustration() {
  return (
    <svg class="illustration" viewBox="0 0 260 130" aria-hidden="true" focusable="false">
      <g class="illustration-ship">
        <path d="M22 92h96l-10 20H34z" />
        <path d="M40 92V76h18v16M58 92V82h34v10M46 76V66h6v10" />
      </g>
      <g class="illustration-crane">
        <path d="M168 108V34M196 108V34M168 108l28-28M168 80l28-26M196 108l-28-28M196 80l-28-26" />
        <path d="M92 34h132M182 34V18M182 18l-82 16M182 18l38 16" />
        <path d="M224 34v12h-16V34" />
      </g>
      <g class="illustration-load">
        <path d="M110 34v16" />
        <path class="illustration-container" d="M98 50h24v16H98z" />
        <path d="M104 50v16M110 50v16M116 50v16" />
      </g>
      <path class="illustration-wall" d="M150 108h104v8H150z" />
      <g class="illustration-water">
        <path d="M2 116q8-5 16 0t16 0 16 0 16 0 16 0 16 0 16 0 16 0 16 0" />
        <path d="M14 124q8-5 16 0t16 0 16 0 16 0 16 0 16 0 16 0" />
      </g>
    </svg>
  );
}
