import type { Browser, Page } from '@playwright/test';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time in microseconds. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/**
 * The tasks of the page's own thread while something goes on, by the browser's trace.
 * @returns the processor time of each in milliseconds. Wall time would also count what other programs of a
 *   busy machine take from the browser in between, which says nothing about the page.
 */
export async function taskTimesMs(
  browser: Browser,
  page: Page,
  work: () => Promise<unknown>,
): Promise<number[]> {
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await work();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threads = trace.traceEvents
    .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
    .map(threadOf);
  return trace.traceEvents
    .filter(
      (event) => event.name.endsWith('RunTask') && event.ph === 'X' && threads.includes(threadOf(event)),
    )
    .flatMap(({ tdur }) => (tdur === undefined ? [] : [tdur / 1000]));
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid}/${tid}`;
}
