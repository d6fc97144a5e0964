import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { picturesFromFiles } from '../picture-files';
import { mergePictureSets } from '../picture-set';
import { recordFrames } from './record-frames';
import { recordingOf } from './recording-name';

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-24T10:20:30.456Z') }));
afterEach(() => void vi.useRealTimers());

/** A camera in front of which nothing moves: every frame has the same bytes. */
const stillCamera = async () => new Blob(['the same frame'], { type: 'image/jpeg' });

async function record(lastingMs: number): Promise<File[]> {
  const frames: File[] = [];
  const ending = new AbortController();
  const done = recordFrames(stillCamera, (frame) => frames.push(frame), ending.signal);
  await vi.advanceTimersByTimeAsync(lastingMs);
  ending.abort();
  await done;
  return frames;
}

test('eight frames a second, and one for the shortest press', async () => {
  expect(await record(1000)).toHaveLength(9);
  expect(await record(0)).toHaveLength(1);
});

test('frames are JPEG files that say when they were taken and of which recording they are', async () => {
  const [first, second] = await record(130);
  expect(first!.type).toBe('image/jpeg');
  expect(first!.name).toMatch(/^webcam-20261124T102030456Z-[0-9a-f]{8}-0001\.jpg$/);
  expect(second!.lastModified - first!.lastModified).toBe(125);
  expect(recordingOf(first!.name)).toBe(recordingOf(second!.name));
  expect(recordingOf(first!.name)).not.toBeNull();
});

test('frames of the same bytes stay apart, also when the clock was set back between two recordings', async () => {
  const first = await record(1000);
  vi.setSystemTime(new Date('2026-11-24T10:20:30.456Z'));
  const second = await record(1000);
  expect(recordingOf(first[0]!.name)).not.toBe(recordingOf(second[0]!.name));
  const add = (files: File[]) => picturesFromFiles(files, { fallbackClassName: 'cup' }).set;
  const set = mergePictureSets(add(first), add(second));
  expect(set.pictures).toHaveLength(18);
  // The same files again are the same pictures.
  expect(mergePictureSets(set, add(second)).pictures).toHaveLength(18);
});

test('names of other files belong to no recording', () => {
  for (const name of ['webcam-1.jpg', 'cat.jpg', 'webcam-20261124T102030456Z-0123abcd.jpg']) {
    expect(recordingOf(name)).toBeNull();
  }
});
