import { sharedMessages as messages } from '../messages/index';
import { clickLink } from './click-link';

/** A frame stays for this long, as its removal would stop a download whose headers are not there yet. Milliseconds. */
const FRAME_TIME = 60_000;
/** Chromium reports a frame that the policy of the page forbids only after its load. Milliseconds. */
const REPORT_TIME = 1_000;

/**
 * Opens a download in a frame, so that the page and its uploads stay open; returns a function that removes the frame later,
 * and then calls another. `onLoad` is called where the answer is no download.
 */
export function openInFrame(url: string, onLoad?: () => void): (then?: () => void) => void {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.src = url;
  if (onLoad) frame.addEventListener('load', onLoad);
  document.body.append(frame);
  return (then) =>
    void setTimeout(() => {
      frame.remove();
      then?.();
    }, FRAME_TIME);
}

/**
 * Saves what a link of storage sends. `onProblem` is called with what to show where storage sends something else: an error.
 * Firefox asks whether to leave the page if a link to storage is clicked during an upload, so that is done only where a proxy
 * sends an older policy, which forbids the frame.
 */
export function saveLink(url: string, onProblem: (text: string) => void): void {
  const { origin } = new URL(url);
  let isForbidden = false;
  const onViolation = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent) => {
    if (isForbidden || effectiveDirective !== 'frame-src' || !blockedURI.startsWith(origin)) return;
    isForbidden = true;
    clickLink(url);
  };
  document.addEventListener('securitypolicyviolation', onViolation);
  const closeLater = openInFrame(url, () => {
    setTimeout(() => isForbidden || onProblem(messages.errors.not_sent), REPORT_TIME);
  });
  closeLater(() => document.removeEventListener('securitypolicyviolation', onViolation));
}
