import { describe, expect, it } from 'vitest';
import type { TrainingEvent } from '../../core/run/events';
import { coalesceEvents } from './event-coalescer';

function log(message: string): TrainingEvent {
  return { type: 'log', message };
}

describe('coalesceEvents', () => {
  it('delivers once a frame, in order', () => {
    const frames: (() => void)[] = [];
    const delivered: (readonly TrainingEvent[])[] = [];
    const events = coalesceEvents(
      (some) => delivered.push(some),
      (callback) => frames.push(callback),
    );
    events.push(log('a'));
    events.push(log('b'));
    expect([frames.length, delivered.length]).toEqual([1, 0]);
    frames.shift()!();
    events.push(log('c'));
    frames.shift()!();
    expect(delivered).toEqual([[log('a'), log('b')], [log('c')]]);
  });

  it('delivers the rest at once when it is flushed, and nothing twice', () => {
    const frames: (() => void)[] = [];
    const delivered: (readonly TrainingEvent[])[] = [];
    const events = coalesceEvents(
      (some) => delivered.push(some),
      (callback) => frames.push(callback),
    );
    events.push(log('a'));
    events.flush();
    frames.shift()!();
    expect(delivered).toEqual([[log('a')]]);
  });
});
