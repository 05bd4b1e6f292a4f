import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openInFrame, saveLink } from '../../../shared/state/save-link';
import { recordFrames } from '../../../shared/tests/page';

const URL_A = 'https://storage.example/a?signed=1';
const URL_B = 'https://storage.example/b?signed=1';
const REFUSED = "Storage didn't send the file. Try again; if it happens again, tell the operator.";

let frames: HTMLIFrameElement[];
let clicked: string[];
let problems: string[];

beforeEach(() => {
  vi.useFakeTimers();
  frames = recordFrames();
  clicked = [];
  problems = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    clicked.push(this.href);
  });
});

afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});

const save = (url: string) => saveLink(url, (text) => problems.push(text));
const load = (at: number) => frames[at]?.dispatchEvent(new Event('load'));
/** What a browser reports of a frame that the page's policy forbids. */
const forbid = (effectiveDirective = 'frame-src', blockedURI = 'https://storage.example') =>
  document.dispatchEvent(
    Object.assign(new Event('securitypolicyviolation'), { effectiveDirective, blockedURI }),
  );

test('a file is saved in a hidden frame, which is removed later', () => {
  save(URL_A);
  expect(frames.map(({ src, hidden, isConnected }) => [src, hidden, isConnected])).toEqual([
    [URL_A, true, true],
  ]);
  vi.runAllTimers();
  expect([frames[0]?.isConnected, clicked, problems]).toEqual([false, [], []]);
});

test('a frame in which storage shows an error is a problem', () => {
  save(URL_A);
  load(0);
  vi.runAllTimers();
  expect([problems, clicked]).toEqual([[REFUSED], []]);
});

test.each([
  ['before', [() => forbid(), () => load(0), () => load(1)]],
  ['after', [() => load(0), () => load(1), () => forbid(), () => forbid()]],
  ['between', [() => load(0), () => forbid(), () => load(1), () => forbid()]],
])('where the policy forbids frames, which is reported %s their load, links are clicked', (_, events) => {
  save(URL_A);
  save(URL_B);
  for (const event of events) event();
  vi.runAllTimers();
  expect([clicked, problems]).toEqual([[URL_A, URL_B], []]);
});

test.each([
  ['of something else', 'img-src', 'https://storage.example'],
  ['of a frame of another address', 'frame-src', 'https://elsewhere.example'],
])('a report %s clicks no link', (_, directive, address) => {
  save(URL_A);
  forbid(directive, address);
  expect(clicked).toEqual([]);
});

test('a later report is not of this download', () => {
  save(URL_A);
  vi.runAllTimers();
  forbid();
  expect(clicked).toEqual([]);
});

test('a frame without a listener is removed too', () => {
  openInFrame('/zip/a')();
  vi.runAllTimers();
  expect(frames[0]?.isConnected).toBe(false);
});
