/** Numbers as the page writes them. A measured zero is `0` and nothing else is. */

export function formatChange(change: number | null): string {
  if (change === null) return '';
  if (change === 0) return '0';
  if (!Number.isFinite(change)) return 'not finite';
  return change >= 0.001 ? change.toFixed(4) : change.toExponential(1);
}

export function formatRate(rate: number | null): string {
  if (rate === null) return '';
  if (rate === 0) return '0';
  return rate >= 0.0001 ? String(Number(rate.toPrecision(4))) : Number(rate.toPrecision(3)).toExponential();
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A share of 1 with three digits; a dash where there is none (NaN: nothing was validated). */
export function formatShare(share: number | null): string {
  return share === null || Number.isNaN(share) ? '–' : share.toFixed(3);
}

/** `12 %`; below half a percent `0 %`. */
export function formatPercent(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}

export function formatLoss(loss: number | null): string {
  if (loss === null || Number.isNaN(loss)) return '–';
  return loss >= 1000 ? loss.toExponential(2) : loss.toFixed(4);
}

export function formatDuration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Time that something took: `0.04 s`, `1.4 s`, then as `formatDuration`. */
export function formatTook(ms: number): string {
  if (ms < 995) return `${(ms / 1000).toFixed(2)} s`;
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(Math.round(ms / 1000) * 1000);
}

/** `1 class`, `1,200 pictures`. */
export function formatNumberOf(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Steps a second with as many digits as are worth reading. */
export function formatSpeed(stepMs: number | null): string {
  if (stepMs === null || stepMs === 0) return '–';
  const perSecond = 1000 / stepMs;
  return perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toPrecision(2);
}

/** Milliseconds of a step, three digits; a dash before the first. */
export function formatStepTime(stepMs: number | null): string {
  if (stepMs === null) return '–';
  return `${stepMs >= 1000 ? formatCount(Math.round(stepMs)) : Number(stepMs.toPrecision(3))} ms`;
}

/** Seconds that were estimated: two digits, no more are known. */
export function formatEstimate(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 0.1) return '< 0.1 s';
  return seconds < 10 ? `${seconds.toPrecision(2)} s` : formatDuration(Math.round(seconds) * 1000);
}

/** `1.4`, `22`, `310`: a factor as exactly as an estimate is worth. */
export function formatTimes(times: number): string {
  return times < 10 ? times.toFixed(1) : formatCount(Number(times.toPrecision(2)));
}

/** Memory in units of 2²⁰ bytes, as browsers and systems count it. */
export function formatMemory(bytes: number): string {
  if (bytes === 0) return '0 MB';
  const mebibytes = bytes / 2 ** 20;
  return `${mebibytes < 10 ? mebibytes.toFixed(1) : formatCount(Math.round(mebibytes))} MB`;
}

/** Large counts in millions: `3.9 M`. */
export function formatMillions(count: number): string {
  if (count === 0) return '0';
  const millions = count / 1e6;
  return `${millions < 10 ? millions.toFixed(2) : formatCount(Math.round(millions))} M`;
}
